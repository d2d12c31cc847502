/** Makes pictures like the engine (engine/inspection/picture.ts): each cell is the mean of its weights. */
import type { Region } from '../../../engine/protocol';
import type { Tile } from '../../../webview/protocol';

export interface Seen {
  rows: number;
  columns: number;
  weights: Float32Array;
  mask: Uint8Array;
}

type Value = (index: number) => number;

/** Planes for one checkpoint: kept, positive, negative, nonfinite, weight, magnitude. */
export function pictureOf({ columns, weights, mask }: Seen, region: Region, maxSize: number): Tile {
  const kept = (i: number) => mask[i] === 1;
  return tileOf(region, maxSize, columns, {
    u8: {
      kept: (i) => Number(kept(i)),
      positive: (i) => Number(kept(i) && weights[i]! > 0),
      negative: (i) => Number(kept(i) && weights[i]! < 0),
      nonfinite: (i) => Number(!Number.isFinite(weights[i]!)),
    },
    f32: { weight: (i) => weights[i]!, magnitude: (i) => Math.abs(weights[i]!) },
  });
}

/** Planes for two checkpoints: same, flipped, unsigned, onlyA, onlyB, nonfinite, weightA, weightB. */
export function pictureOfTwo(a: Seen, b: Seen, { region, maxSize }: { region: Region; maxSize: number }): Tile {
  const both = (i: number) => a.mask[i] === 1 && b.mask[i] === 1;
  const agree = (i: number) => Math.sign(a.weights[i]!) === Math.sign(b.weights[i]!);
  return tileOf(region, maxSize, a.columns, {
    u8: {
      same: (i) => Number(both(i) && agree(i)),
      flipped: (i) => Number(both(i) && !agree(i)),
      unsigned: () => 0,
      onlyA: (i) => Number(a.mask[i] === 1 && b.mask[i] === 0),
      onlyB: (i) => Number(a.mask[i] === 0 && b.mask[i] === 1),
      nonfinite: (i) => Number(!Number.isFinite(a.weights[i]!) || !Number.isFinite(b.weights[i]!)),
    },
    f32: { weightA: (i) => a.weights[i]!, weightB: (i) => b.weights[i]! },
  });
}

function tileOf(
  region: Region,
  maxSize: number,
  columns: number,
  values: { u8: Record<string, Value>; f32: Record<string, Value> },
): Tile {
  const width = Math.min(maxSize, region.width);
  const height = Math.min(maxSize, region.height);
  const reduce = (value: Value): number[] => {
    const cells = new Array<number>(width * height).fill(0);
    for (let y = 0; y < height; y++) {
      const [top, bottom] = [span(y, height, region.height), span(y + 1, height, region.height)];
      for (let x = 0; x < width; x++) {
        const [left, right] = [span(x, width, region.width), span(x + 1, width, region.width)];
        let sum = 0;
        for (let row = top; row < bottom; row++) {
          for (let column = left; column < right; column++)
            sum += value((region.y + row) * columns + region.x + column);
        }
        cells[y * width + x] = sum / ((bottom - top) * (right - left));
      }
    }
    return cells;
  };
  const u8 = Object.values(values.u8).map((value) =>
    Uint8Array.from(reduce(value), (share) => (share > 0 ? Math.max(1, Math.round(share * 255)) : 0)),
  );
  const f32 = Object.values(values.f32).map((value) => new Uint8Array(Float32Array.from(reduce(value)).buffer));
  const bytes = new Uint8Array([...u8, ...f32].reduce((total, { length }) => total + length, 0));
  let start = 0;
  for (const plane of [...u8, ...f32]) {
    bytes.set(plane, start);
    start += plane.length;
  }
  const planes = [
    ...Object.keys(values.u8).map((name) => ({ name, type: 'u8' as const })),
    ...Object.keys(values.f32).map((name) => ({ name, type: 'f32' as const })),
  ];
  return { region, width, height, planes, bytes: bytes.buffer };
}

function span(cell: number, cells: number, size: number): number {
  return Math.floor((cell * size) / cells);
}
