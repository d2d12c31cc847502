/** Draws a layer: painted tiles under a camera, glyphs of single weights, and the cursor. */
import type { Region } from '../../engine/protocol';
import type { Theme } from '../theme';
import type { Camera, Extent } from './camera';

/** A painted tile, with one pixel per cell. */
export interface PaintedTile {
  region: Region;
  image: CanvasImageSource;
}

export interface LayerPictureOptions {
  camera: Camera;
  extent: Extent;
  width: number;
  height: number;
  theme: Theme;
  /** Returns the glyph for one weight: a character, `hatch` for a pruned weight, or undefined for none. */
  glyph?: (row: number, column: number) => string | undefined;
  visible: Region;
  cursor?: { row: number; column: number };
  /** Size of a convolution's kernels. Lines separate the kernels at a large scale. */
  kernel?: { rows: number; columns: number } | undefined;
}

/** From this scale on (pixels per weight), pruned weights are hatched. From `WRITTEN` on, glyphs are drawn too. */
const HATCHED = 8;
/** Lines between kernels are drawn if a kernel and a weight have at least these sizes in pixels. */
const KERNEL = 16;
const LEAST_WEIGHT = 5;
const WRITTEN = { normal: 16, highContrast: 10 };

/** Draws the tiles in the given order, so the caller puts coarse tiles before fine tiles. Then draws glyphs and cursor. */
export function drawLayerPicture(
  context: CanvasRenderingContext2D,
  tiles: readonly PaintedTile[],
  options: LayerPictureOptions,
): void {
  const { camera, extent, theme, width, height } = options;
  context.fillStyle = theme.background;
  context.fillRect(0, 0, width, height);
  for (const { region, image } of tiles) {
    const box = boxOf(camera, region);
    context.imageSmoothingEnabled = camera.scale < 1;
    context.drawImage(image, box.x, box.y, box.width, box.height);
  }
  if (camera.scale >= HATCHED) drawWeights(context, options);
  drawKernels(context, options);
  const frame = boxOf(camera, { x: 0, y: 0, width: extent.columns, height: extent.rows });
  context.strokeStyle = theme.line;
  context.lineWidth = 1;
  context.strokeRect(frame.x - 0.5, frame.y - 0.5, frame.width + 1, frame.height + 1);
  if (options.cursor) drawCursor(context, options.cursor, options);
}

function boxOf({ scale, x, y }: Camera, region: Region): Region {
  return {
    x: (region.x - x) * scale,
    y: (region.y - y) * scale,
    width: region.width * scale,
    height: region.height * scale,
  };
}

function drawWeights(context: CanvasRenderingContext2D, options: LayerPictureOptions): void {
  const { camera, visible, theme, glyph } = options;
  const { scale } = camera;
  const written = scale >= (theme.highContrast ? WRITTEN.highContrast : WRITTEN.normal);
  context.font = `${Math.min(scale * 0.7, 18)}px sans-serif`;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillStyle = theme.background;
  context.strokeStyle = theme.line;
  context.beginPath();
  for (let row = visible.y; row < visible.y + visible.height; row++) {
    for (let column = visible.x; column < visible.x + visible.width; column++) {
      const mark = glyph?.(row, column);
      if (mark === undefined) continue;
      const [x, y] = [(column - camera.x) * scale, (row - camera.y) * scale];
      if (mark === 'hatch') hatch(context, x, y, scale);
      else if (written) context.fillText(mark, x + scale / 2, y + scale / 2 + 0.5);
    }
  }
  context.globalAlpha = theme.highContrast ? 0.5 : 1;
  context.stroke();
  context.globalAlpha = 1;
}

/** Draws lines between kernels, if there is room between the lines. */
function drawKernels(
  context: CanvasRenderingContext2D,
  { kernel, camera, extent, visible, theme }: LayerPictureOptions,
) {
  if (!kernel) return;
  const across = kernel.columns > 1;
  const size = across ? kernel.columns : kernel.rows;
  if (size * camera.scale < KERNEL || camera.scale < LEAST_WEIGHT) return;
  const box = boxOf(camera, { x: 0, y: 0, width: extent.columns, height: extent.rows });
  const [from, length] = across ? [visible.x, visible.width] : [visible.y, visible.height];
  context.beginPath();
  for (let at = Math.ceil(from / size) * size; at <= from + length; at += size) {
    if (across) drawLine(context, { x: box.x + at * camera.scale, y: Math.max(0, box.y) }, { x: 0, y: box.height });
    else drawLine(context, { x: Math.max(0, box.x), y: box.y + at * camera.scale }, { x: box.width, y: 0 });
  }
  context.strokeStyle = theme.muted;
  context.lineWidth = 1;
  context.stroke();
}

function drawLine(context: CanvasRenderingContext2D, from: Point, by: Point): void {
  context.moveTo(Math.round(from.x) + 0.5, Math.round(from.y) + 0.5);
  context.lineTo(Math.round(from.x + by.x) + 0.5, Math.round(from.y + by.y) + 0.5);
}

interface Point {
  x: number;
  y: number;
}

function hatch(context: CanvasRenderingContext2D, x: number, y: number, size: number): void {
  context.moveTo(x, y + size);
  context.lineTo(x + size, y);
}

function drawCursor(
  context: CanvasRenderingContext2D,
  { row, column }: { row: number; column: number },
  { camera, theme }: LayerPictureOptions,
): void {
  const { x, y, width } = boxOf(camera, { x: column, y: row, width: 1, height: 1 });
  const size = Math.max(width, 6);
  const shift = (size - width) / 2;
  context.lineWidth = 3;
  context.strokeStyle = theme.background;
  context.strokeRect(x - shift, y - shift, size, size);
  context.lineWidth = 1;
  context.strokeStyle = theme.foreground;
  context.strokeRect(x - shift, y - shift, size, size);
}
