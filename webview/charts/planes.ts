/** Extracts the planes of a tile from its bytes. */
import type { Tile } from '../protocol';

export type Plane = Uint8Array | Float32Array;
/** Planes by name, as documented at `Picture`. Each is `width` × `height`, row-major. */
export type Planes = Partial<Record<string, Plane>>;

/** Returns the planes. f32 planes are copied, because they may not start at a multiple of four bytes. */
export function planesOf({ planes, bytes, width, height }: Tile): Planes {
  const size = width * height;
  const result: Planes = {};
  let start = 0;
  for (const { name, type } of planes) {
    const length = type === 'u8' ? size : size * 4;
    result[name] =
      type === 'u8' ? new Uint8Array(bytes, start, length) : new Float32Array(bytes.slice(start, start + length));
    start += length;
  }
  return result;
}
