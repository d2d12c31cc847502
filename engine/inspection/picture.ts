/** Reduces a region of a layer to a picture, for one checkpoint or for the same layer of two. */
import { UserError } from '../errors';
import type { Picture, PictureRequest, PlaneType, Region } from '../vocabulary/inspection';
import type { Layer } from '../checkpoints/layers';
import { readLayer } from '../checkpoints/masks';
import { CHUNK, prefetch } from './chunks';
import { pictureOf, startGrid } from './grid';
import { withLayerIn, type Drawn } from './partners';
import { addOne, addTwo, type Piece, type PlaneOfOne, type PlaneOfTwo } from './reduce';

const LARGEST_PICTURE = 1024;

const ONE: Record<PlaneOfOne, PlaneType> = {
  ...{ kept: 'u8', positive: 'u8', negative: 'u8', nonfinite: 'u8' },
  ...{ weight: 'f32', magnitude: 'f32' },
};
const TWO: Record<PlaneOfTwo, PlaneType> = {
  ...{ same: 'u8', flipped: 'u8', unsigned: 'u8', onlyA: 'u8', onlyB: 'u8', nonfinite: 'u8' },
  ...{ weightA: 'f32', weightB: 'f32' },
};

/** Draws a region of a layer. Reads only the rows of the region. `Picture` documents the planes and their order. */
export async function drawPicture(options: PictureRequest): Promise<Picture> {
  const { file, against, orderOf = file, layer, map } = options;
  const files = against === undefined ? [file] : [file, against];
  return withLayerIn(files, { orderOf, layer, map }, async ([a, b]) => {
    checkRegion(options, a!);
    return b ? drawTwo([a!, b], options) : drawOne(a!, options);
  });
}

async function drawOne({ reader, layer }: Drawn, options: PictureRequest): Promise<Picture> {
  const grid = startGrid(options.region, options.maxSize, keysOf(ONE));
  const pieces = prefetch(piecesOf(layer, options.region), async (piece) => {
    return { piece, part: await readLayer(reader, layer, piece) };
  });
  for await (const { piece, part } of pieces) addOne(grid, piece, part);
  return pictureOf(grid, planesOf(ONE, options));
}

async function drawTwo([a, b]: [Drawn, Drawn], options: PictureRequest): Promise<Picture> {
  const grid = startGrid(options.region, options.maxSize, keysOf(TWO));
  const pieces = prefetch(piecesOf(a.layer, options.region), async (piece) => {
    const parts = await Promise.all([readLayer(a.reader, a.layer, piece), readLayer(b.reader, b.layer, piece)]);
    return { piece, parts };
  });
  for await (const { piece, parts } of pieces) addTwo(grid, piece, parts);
  return pictureOf(grid, planesOf(TWO, options));
}

function checkRegion({ region, maxSize }: PictureRequest, { reader, layer }: Drawn): void {
  const { x, y, width, height } = region;
  const whole = [x, y, width, height, maxSize].every((number) => Number.isSafeInteger(number));
  const inside =
    x >= 0 && y >= 0 && width >= 1 && height >= 1 && x + width <= layer.columns && y + height <= layer.rows;
  if (whole && inside && maxSize >= 1 && maxSize <= LARGEST_PICTURE) return;
  const asked = `columns ${x} … ${x + width}, rows ${y} … ${y + height} in ${maxSize} cells`;
  throw new UserError(
    `${reader.file}: layer ${layer.name} has ${layer.columns} columns and ${layer.rows} rows. The region ${asked} is not inside the layer.`,
  );
}

/**
 * Splits a region into pieces. If the region covers at least an eighth of each row, a piece is several whole rows. Otherwise it is a part
 * of one row.
 */
function* piecesOf({ columns }: Layer, region: Region): Iterable<Piece> {
  const together = columns <= 8 * region.width ? Math.max(1, Math.floor(CHUNK / columns)) : 1;
  const across = together === 1 ? CHUNK : region.width;
  for (let y = 0; y < region.height; y += together) {
    for (let x = 0; x < region.width; x += across) {
      const height = Math.min(together, region.height - y);
      const width = Math.min(across, region.width - x);
      const from = (region.y + y) * columns + region.x + x;
      yield { x, y, width, height, stride: columns, from, to: from + (height - 1) * columns + width };
    }
  }
}

/** Returns the planes of a request. */
function planesOf<Name extends string>(
  table: Record<Name, PlaneType>,
  { weights = true }: PictureRequest,
): { name: Name; type: PlaneType }[] {
  const planes = keysOf(table).map((name) => ({ name, type: table[name] }));
  return weights ? planes : planes.filter(({ type }) => type === 'u8');
}

function keysOf<Key extends string>(table: Record<Key, unknown>): Key[] {
  return Object.keys(table) as Key[];
}
