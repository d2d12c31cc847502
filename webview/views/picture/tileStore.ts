/**
 * The tiles of one picture. Each tile is requested once and painted once per colouring. Only tiles of the last view are requested, a few at
 * a time. The tiles that were not used for the longest time are dropped.
 * A tile that failed is requested again when the view changes or the engine has restarted.
 */
import type { Region } from '../../../engine/protocol';
import { needsWeights, paintCells, type CellColors } from '../../charts/cells';
import type { PaintedTile } from '../../charts/layerPicture';
import { planesOf, type Planes } from '../../charts/planes';
import { COARSE, TILE } from '../../charts/tiling';
import type { Host } from '../../host';
import type { Tile } from '../../protocol';
import { tileParams, type PictureSource } from './source';

const MOST_TILES = 96;
/** Greatest number of requests under way. While the user zooms, the view needs other tiles before all of them are drawn. */
const MOST_ASKED = 4;
/** Milliseconds for painting tiles in each animation frame. The remaining tiles wait for the next frame. */
const PAINT_MS = 6;

interface Held {
  tile: Tile;
  planes: Planes;
  painted?: { colors: string; image: HTMLCanvasElement };
}

export class TileStore {
  readonly #host: Host;
  readonly #source: PictureSource;
  readonly #changed: () => void;
  readonly #held = new Map<string, Held>();
  readonly #asked = new Set<string>();
  readonly #failed = new Set<string>();
  readonly #whole: Region;
  /** Settles when the coarse picture of the whole layer has arrived, or has failed. */
  readonly first: Promise<void>;
  #error: Error | undefined;
  #view = '';
  #wanted: readonly Region[] = [];
  /** The tile in which `weight` found the last weight. The next weight is probably in the same tile. */
  #near: Held | undefined;
  #ended = false;

  /** `changed` is called after a tile has arrived or failed. */
  constructor(host: Host, source: PictureSource, changed: () => void) {
    this.#host = host;
    this.#source = source;
    this.#changed = changed;
    const { columns: width, rows: height } = source.layer;
    this.#whole = { x: 0, y: 0, width, height };
    this.first = this.#ask(this.#whole, COARSE);
  }

  /** Requests the tiles of a view that are missing. `busy` is true while a request is under way. */
  want(regions: readonly Region[], visible: Region): void {
    const view = keyOf(visible, 0);
    if (view !== this.#view) this.retry();
    this.#view = view;
    const coarseIsFine = Math.max(this.#whole.width, this.#whole.height) <= COARSE;
    // The coarse picture comes first: fine tiles would only make it late.
    const hasCoarse = this.#held.has(keyOf(this.#whole, COARSE));
    this.#wanted = !coarseIsFine && hasCoarse ? fromCentre(regions, visible) : [];
    this.#askNext();
    if (!this.busy && this.#failed.size === 0) this.#error = undefined;
  }

  /** Forgets which tiles failed. They are requested again when the view needs them. */
  retry(): void {
    this.#failed.clear();
    void this.#ask(this.#whole, COARSE);
  }

  /** The last error of a tile that is missing. The error remains while the tile is requested again. */
  get error(): Error | undefined {
    return this.#error;
  }

  get busy(): boolean {
    return this.#asked.size > 0;
  }

  /** Returns the coarse picture of the whole layer, if it has arrived. */
  coarse(colors: CellColors): PaintedTile | undefined {
    return this.#paint(this.#whole, COARSE, colors);
  }

  /** Returns the fine tiles that have arrived. The coarse picture is below them unless they cover the view. */
  painted(regions: readonly Region[], colors: CellColors): PaintedTile[] {
    const end = performance.now() + PAINT_MS;
    const key = colorsKey(colors);
    const tiles: PaintedTile[] = [];
    for (const region of regions) {
      const held = this.#use(keyOf(region, TILE));
      if (!held) continue;
      if (held.painted?.colors !== key && performance.now() > end) {
        this.#changed(); // the others are painted with the next frames
        break;
      }
      tiles.push(paintHeld(held, colors, key));
    }
    const coarse = tiles.length < regions.length ? this.coarse(colors) : undefined;
    return coarse ? [coarse, ...tiles] : tiles;
  }

  /** Returns the planes of a tile that shows this weight unreduced, and its cell. Undefined if no such tile has arrived. */
  weight(row: number, column: number): { planes: Planes; cell: number } | undefined {
    if (!this.#near || !hasWeight(this.#near, row, column)) {
      this.#near = [...this.#held.values()].find((held) => hasWeight(held, row, column));
    }
    if (!this.#near) return undefined;
    const { tile, planes } = this.#near;
    return { planes, cell: (row - tile.region.y) * tile.width + column - tile.region.x };
  }

  dispose(): void {
    this.#ended = true;
  }

  #askNext(): void {
    for (const region of this.#wanted) if (this.#asked.size < MOST_ASKED) void this.#ask(region, TILE);
  }

  /** Returns a tile, and notes that it was used last. */
  #use(key: string): Held | undefined {
    const held = this.#held.get(key);
    if (held) {
      this.#held.delete(key);
      this.#held.set(key, held);
    }
    return held;
  }

  #ask(region: Region, maxSize: number): Promise<void> {
    const key = keyOf(region, maxSize);
    if (this.#held.has(key) || this.#asked.has(key) || this.#failed.has(key)) return Promise.resolve();
    this.#asked.add(key);
    return this.#host.request('checkpoint/picture', { ...tileParams(this.#source), region, maxSize }).then(
      (tile) => {
        this.#asked.delete(key);
        if (this.#ended) return;
        this.#hold(key, tile);
        if (this.#failed.size === 0) this.#error = undefined;
        this.#askNext();
        this.#changed();
      },
      (error: unknown) => {
        this.#asked.delete(key);
        if (this.#ended) return;
        this.#failed.add(key);
        this.#error = error as Error;
        this.#askNext();
        this.#changed();
      },
    );
  }

  #hold(key: string, tile: Tile): void {
    this.#held.set(key, { tile, planes: planesOf(tile) });
    const coarse = keyOf(this.#whole, COARSE);
    const oldest = [...this.#held.keys()].find((other) => other !== coarse && other !== key);
    if (this.#held.size > MOST_TILES && oldest !== undefined) this.#held.delete(oldest);
  }

  #paint(region: Region, maxSize: number, colors: CellColors): PaintedTile | undefined {
    const held = this.#held.get(keyOf(region, maxSize));
    return held && paintHeld(held, colors, colorsKey(colors));
  }
}

/** Returns regions in the order of their distance from the centre of the view. */
function fromCentre(regions: readonly Region[], visible: Region): Region[] {
  const middle = ({ x, y, width, height }: Region) => ({ x: x + width / 2, y: y + height / 2 });
  const centre = middle(visible);
  const distance = (region: Region) => Math.hypot(middle(region).x - centre.x, middle(region).y - centre.y);
  return [...regions].sort((a, b) => distance(a) - distance(b));
}

function colorsKey({ mode, largest, theme }: CellColors): string {
  return JSON.stringify([mode, needsWeights(mode) && largest, theme]);
}

function paintHeld(held: Held, colors: CellColors, key: string): PaintedTile {
  if (held.painted?.colors !== key) held.painted = { colors: key, image: paintTile(held, colors) };
  return { region: held.tile.region, image: held.painted.image };
}

/** Returns whether a tile shows this weight unreduced. */
function hasWeight({ tile: { region, width, height } }: Held, row: number, column: number): boolean {
  if (region.width !== width || region.height !== height) return false;
  const [x, y] = [column - region.x, row - region.y];
  return x >= 0 && y >= 0 && x < width && y < height;
}

function keyOf({ x, y, width, height }: Region, maxSize: number): string {
  return [x, y, width, height, maxSize].join();
}

function paintTile({ tile: { width, height }, planes }: Held, colors: CellColors): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  const pixels = paintCells(planes, width * height, colors);
  canvas.getContext('2d')!.putImageData(new ImageData(pixels, width, height), 0, 0);
  return canvas;
}
