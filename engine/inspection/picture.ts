/** Reduces a region of a layer to a picture, for one checkpoint or for the same layer of two. */
import { UserError } from '../errors';
import type { Picture, PictureRequest, PlaneType, Region } from '../vocabulary/inspection';
import { quote } from '../json/strict';
import type { Layer } from '../checkpoints/layers';
import { readLayer, type LayerPart } from '../checkpoints/masks';
import { countByKernel } from './cells';
import { CHUNK, prefetch } from './chunks';
import { pictureOf, startGrid, type Grid } from './grid';
import { withLayerIn, type Drawn } from './partners';
import { isLayerVectorial, PIECE, readInto, slotsInTurn, withWorkspace } from './pieces';
import { addOne, addTwo, countOne, countTwo, type Piece, type PlaneOfOne, type PlaneOfTwo } from './reduce';
import type { PairSide, Workspace } from './simd/workspace';

const LARGEST_PICTURE = 1024;

/** The planes of a picture of one or two checkpoints. `count` adds a piece to its planes of bytes, and `add` to the others. */
interface Reduction<Name extends string, Parts extends readonly LayerPart[]> {
  planes: Record<Name, PlaneType>;
  count: (grid: Grid<Name>, piece: Piece, parts: Parts) => void;
  add: (grid: Grid<Name>, piece: Piece, parts: Parts) => void;
}

const ONE: Reduction<PlaneOfOne, readonly [LayerPart]> = {
  planes: {
    ...{ kept: 'u8', positive: 'u8', negative: 'u8', nonfinite: 'u8' },
    ...{ weight: 'f32', magnitude: 'f32' },
  },
  count: countOne,
  add: addOne,
};

const TWO: Reduction<PlaneOfTwo, readonly [LayerPart, LayerPart]> = {
  planes: {
    ...{ same: 'u8', flipped: 'u8', unsigned: 'u8', onlyA: 'u8', onlyB: 'u8', nonfinite: 'u8' },
    ...{ weightA: 'f32', weightB: 'f32' },
  },
  count: countTwo,
  add: addTwo,
};

/** Draws a region of a layer. Reads only the rows of the region. `Picture` documents the planes and their order. */
export async function drawPicture(options: PictureRequest): Promise<Picture> {
  const { file, against, orderOf = file, layer, map } = options;
  const files = against === undefined ? [file] : [file, against];
  return withLayerIn(files, { orderOf, layer, map }, async (sides) => {
    checkRegion(options, sides[0]!);
    return sides.length === 1 ? draw(sides, ONE, options) : draw(sides, TWO, options);
  });
}

async function draw<Name extends string, Parts extends readonly LayerPart[]>(
  sides: readonly Drawn[],
  { planes, count, add }: Reduction<Name, Parts>,
  { region, maxSize, weights = true }: PictureRequest,
): Promise<Picture> {
  const grid = startGrid(region, maxSize, keysOf(planes));
  const counted = keysOf(planes).filter((name) => planes[name] === 'u8');
  const tensors = sides.map(({ layer }) => layer.weight);
  await withWorkspace(tensors, async (workspace) => {
    const size = workspace ? PIECE : CHUNK;
    for await (const { piece, ...read } of prefetch(
      piecesOf(sides[0]!.layer, region, size),
      readPiece(sides, workspace),
    )) {
      const parts = () => read.parts() as readonly LayerPart[] as Parts;
      if (read.vectors) {
        const isBinary = countByKernel(grid, piece, { ...read.vectors, planes: counted });
        // Reading such a mask by value throws, unless it has bytes for truth values, which the kernel counts like a loop.
        if (!isBinary) parts();
      } else count(grid, piece, parts());
      if (weights) add(grid, piece, parts());
    }
  });
  const wanted = weights ? keysOf(planes) : counted;
  return pictureOf(
    grid,
    wanted.map((name) => ({ name, type: planes[name] })),
  );
}

/** A piece that was read from each side. `vectors` is set if the kernels can count it. */
interface Read {
  piece: Piece;
  parts: () => LayerPart[];
  vectors?: { workspace: Workspace; sides: PairSide[] };
}

/** Returns a function that reads a piece of each side. Use its result before the next piece, which reuses the memory. */
function readPiece(drawn: readonly Drawn[], workspace: Workspace | undefined): (piece: Piece) => Promise<Read> {
  const next = workspace && slotsInTurn(workspace);
  const vectorial = drawn.every(({ layer }) => isLayerVectorial(layer));
  return async (piece) => {
    if (!next || !vectorial) {
      const parts = await Promise.all(drawn.map(({ reader, layer }) => readLayer(reader, layer, piece)));
      return { piece, parts: () => parts };
    }
    const slots = next();
    const sides = drawn.map(({ layer: { mask } }, side) => ({ slot: slots[side]!, masked: mask !== undefined }));
    const { from, to } = piece;
    const read = await Promise.all(
      drawn.map(({ reader, layer }, side) => readInto({ workspace, slot: slots[side]! }, reader, { layer, from, to })),
    );
    return { piece, parts: () => read.map((decode) => decode()), vectors: { workspace, sides } };
  };
}

function checkRegion({ region, maxSize }: PictureRequest, { reader, layer }: Drawn): void {
  const { x, y, width, height } = region;
  const whole = [x, y, width, height, maxSize].every((number) => Number.isSafeInteger(number));
  const inside =
    x >= 0 && y >= 0 && width >= 1 && height >= 1 && x + width <= layer.columns && y + height <= layer.rows;
  if (whole && inside && maxSize >= 1 && maxSize <= LARGEST_PICTURE) return;
  const asked = `columns ${x} … ${x + width}, rows ${y} … ${y + height} in ${maxSize} cells`;
  throw new UserError(
    `${reader.file}: layer ${quote(layer.name)} has ${layer.columns} columns and ${layer.rows} rows. The region ${asked} is not inside the layer.`,
  );
}

/** A piece of several rows may read this many times the weights of the region: many short reads would take longer. */
const WASTE = 16;

/**
 * Splits a region into pieces of at most `size` weights. If the region covers enough of each row, a piece is several whole rows. Otherwise it
 * is a part of one row.
 */
function* piecesOf({ columns }: Layer, region: Region, size: number): Iterable<Piece> {
  const together = columns <= WASTE * region.width ? Math.max(1, Math.floor(size / columns)) : 1;
  const across = together === 1 ? size : region.width;
  for (let y = 0; y < region.height; y += together) {
    for (let x = 0; x < region.width; x += across) {
      const height = Math.min(together, region.height - y);
      const width = Math.min(across, region.width - x);
      const from = (region.y + y) * columns + region.x + x;
      yield { x, y, width, height, stride: columns, from, to: from + (height - 1) * columns + width };
    }
  }
}

function keysOf<Key extends string>(table: Record<Key, unknown>): Key[] {
  return Object.keys(table) as Key[];
}
