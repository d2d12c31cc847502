import assert from 'node:assert/strict';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { pictureOf, startGrid } from '../../../engine/inspection/grid';
import { drawPicture } from '../../../engine/inspection/picture';
import { PIECE } from '../../../engine/inspection/pieces';
import {
  addOne,
  addTwo,
  countOne,
  countTwo,
  type PlaneOfOne,
  type PlaneOfTwo,
} from '../../../engine/inspection/reduce';
import type { PlaneType, Region } from '../../../engine/protocol';
import { random } from '../../../engine/random';
import type { HostTensor } from '../../../engine/tensors';
import { temporaryFolder } from '../../fixtures';

const ONE: readonly PlaneOfOne[] = ['kept', 'positive', 'negative', 'nonfinite', 'weight', 'magnitude'];
const TWO: readonly PlaneOfTwo[] = [
  ...(['same', 'flipped', 'unsigned', 'onlyA', 'onlyB', 'nonfinite'] as const),
  ...(['weightA', 'weightB'] as const),
];
const SPECIAL = [0, -0, 1e-45, -1e-45, 3.4e38, -3.4e38, Infinity, -Infinity, NaN];

/** Shapes near the limits of the kernels: columns of a block, rows of a block, and weights of a piece. */
const SHAPES: [rows: number, columns: number][] = [
  [9, 4096 + 17],
  [700, 61],
  [3, PIECE / 2 + 5],
  [2, PIECE + 3],
];

interface Side {
  weights: Float32Array;
  mask: Uint8Array;
}

/** Half of the weights are special values. Without a mask, exact zeros are pruned. */
function makeSide(name: string, count: number, masked: boolean): Side {
  const source = random(1, name);
  const weights = Float32Array.from({ length: count }, () =>
    source.below(2) === 0 ? SPECIAL[source.below(SPECIAL.length)]! : source.normal(),
  );
  const mask = weights.map((weight) => (masked ? source.below(2) : Number(weight !== 0)));
  return { weights, mask: Uint8Array.from(mask) };
}

function regionsOf(rows: number, columns: number): [Region, number][] {
  return [
    [{ x: 0, y: 0, width: columns, height: rows }, 512],
    [{ x: 0, y: 0, width: columns, height: rows }, 1],
    [{ x: 3, y: 1, width: columns - 5, height: rows - 1 }, 100],
    [{ x: columns - 21, y: 0, width: 21, height: rows }, 1024],
  ];
}

describe('the kernels of pictures', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();

  async function write(name: string, shape: number[], { weights, mask }: Side, masked: boolean): Promise<string> {
    const tensors = new Map<string, HostTensor>([['a.weight', { dtype: 'F32', shape, data: weights }]]);
    if (masked) tensors.set('a.mask', { dtype: 'U8', shape, data: mask });
    await writeSafetensors(inFolder(name), { tensors, metadata: {} });
    return inFolder(name);
  }

  for (const [rows, columns] of SHAPES)
    for (const [maskedA, maskedB] of [
      [true, true],
      [false, true],
      [false, false],
    ] as const)
      it(`count ${rows} × ${columns} weights like a loop over values (masks: ${maskedA}, ${maskedB})`, async () => {
        const count = rows * columns;
        const [a, b] = [makeSide('a', count, maskedA), makeSide('b', count, maskedB)];
        const file = await write('a', [rows, columns], a, maskedA);
        const against = await write('b', [rows, columns], b, maskedB);
        for (const [region, maxSize] of regionsOf(rows, columns)) {
          const piece = { ...region, x: 0, y: 0, stride: region.width, from: 0, to: region.width * region.height };
          const cut = (side: Side) => cutOut(side, columns, region);
          const one = startGrid(region, maxSize, ONE);
          countOne(one, piece, [cut(a)]);
          addOne(one, piece, [cut(a)]);
          const two = startGrid(region, maxSize, TWO);
          countTwo(two, piece, [cut(a), cut(b)]);
          addTwo(two, piece, [cut(a), cut(b)]);
          const request = { file, layer: 'a', region, maxSize };
          const asked = JSON.stringify({ region, maxSize });
          assert.ok(bytesOf(await drawPicture(request)).equals(bytesOf(pictureOf(one, typed(ONE)))), asked);
          const drawn = await drawPicture({ ...request, against });
          assert.ok(bytesOf(drawn).equals(bytesOf(pictureOf(two, typed(TWO)))), `${asked} of two`);
        }
      });

  it('leave out a layer whose mask is not binary', async () => {
    const side = makeSide('a', 300 * 300, true);
    side.mask[77_777] = 2;
    const file = await write('soft', [300, 300], side, true);
    const region = { x: 0, y: 0, width: 300, height: 300 };
    await assert.rejects(drawPicture({ file, layer: 'a', region, maxSize: 8, weights: false }), /is not binary/);
    const above = { ...region, height: 200 };
    await drawPicture({ file, layer: 'a', region: above, maxSize: 8, weights: false });
  });
});

function cutOut({ weights, mask }: Side, columns: number, { x, y, width, height }: Region): Side {
  const cut: Side = { weights: new Float32Array(width * height), mask: new Uint8Array(width * height) };
  for (let row = 0; row < height; row++) {
    const from = (y + row) * columns + x;
    cut.weights.set(weights.subarray(from, from + width), row * width);
    cut.mask.set(mask.subarray(from, from + width), row * width);
  }
  return cut;
}

function typed<Name extends string>(names: readonly Name[]): { name: Name; type: PlaneType }[] {
  const floats: readonly string[] = ['weight', 'magnitude', 'weightA', 'weightB'];
  return names.map((name) => ({ name, type: floats.includes(name) ? 'f32' : 'u8' }));
}

function bytesOf({ bytes }: { bytes: string }): Buffer {
  return Buffer.from(bytes, 'base64');
}
