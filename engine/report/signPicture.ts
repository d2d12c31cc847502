/** Draws the signed mask of a layer as a PNG with a transparent background, for pages in light and dark. */
import { PNG } from 'pngjs';
import { drawPicture } from '../inspection/picture';
import type { LayerHeader } from '../vocabulary/checkpoint';

/** The hues of signs in all pictures of Winning Sign. Both have a contrast of at least 3 : 1 on white and on black. */
export const POSITIVE = '#d9730d';
export const NEGATIVE = '#3b82f6';

export interface SignPicture {
  png: Buffer;
  /** Width in pixels. A pixel shows the means of its weights. */
  width: number;
  height: number;
}

/**
 * Draws a layer in at most `maxSize` × `maxSize` pixels. The hue shows the mean sign of the kept weights. The opacity is the square root of
 * the kept share, so that single weights are visible in a very sparse layer.
 */
export async function drawSigns(
  file: string,
  { name, rows, columns }: LayerHeader,
  maxSize: number,
): Promise<SignPicture> {
  const region = { x: 0, y: 0, width: columns, height: rows };
  const { width, height, bytes } = await drawPicture({ file, layer: name, region, maxSize });
  const cells = width * height;
  const planes = Buffer.from(bytes, 'base64'); // kept, positive and negative come first, with one byte per cell
  const png = new PNG({ width, height });
  const [plus, minus] = [channelsOf(POSITIVE), channelsOf(NEGATIVE)];
  for (let cell = 0; cell < cells; cell++) {
    const [kept = 0, positive = 0, negative = 0] = [0, 1, 2].map((plane) => planes[plane * cells + cell] ?? 0);
    const share = positive + negative === 0 ? 0.5 : positive / (positive + negative);
    for (let channel = 0; channel < 3; channel++)
      png.data[4 * cell + channel] = Math.round(share * plus[channel]! + (1 - share) * minus[channel]!);
    png.data[4 * cell + 3] = Math.round(Math.sqrt(kept / 255) * 255);
  }
  return { png: PNG.sync.write(png), width, height };
}

function channelsOf(color: string): number[] {
  return [1, 3, 5].map((place) => parseInt(color.slice(place, place + 2), 16));
}
