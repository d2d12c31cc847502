/** The minimap: the whole layer, with a frame around the visible region. */
import type { Region } from '../../engine/protocol';
import type { Theme } from '../theme';
import type { Extent } from './camera';
import type { PaintedTile } from './layerPicture';

const MOST = { width: 120, height: 90 };

export interface MinimapOptions {
  extent: Extent;
  visible: Region;
  theme: Theme;
}

/** Draws the minimap, or hides it if the whole layer is visible. */
export function drawMinimap(canvas: HTMLCanvasElement, coarse: PaintedTile | undefined, options: MinimapOptions): void {
  const { extent, visible, theme } = options;
  const all = visible.width >= extent.columns && visible.height >= extent.rows;
  canvas.hidden = all || !coarse;
  if (canvas.hidden || !coarse) return;
  const scale = Math.min(MOST.width / extent.columns, MOST.height / extent.rows);
  canvas.width = Math.max(8, extent.columns * scale);
  canvas.height = Math.max(8, extent.rows * scale);
  const context = canvas.getContext('2d')!;
  context.drawImage(coarse.image, 0, 0, canvas.width, canvas.height);
  context.strokeStyle = theme.foreground;
  context.lineWidth = 2;
  const [x, y] = [canvas.width / extent.columns, canvas.height / extent.rows];
  context.strokeRect(visible.x * x, visible.y * y, Math.max(3, visible.width * x), Math.max(3, visible.height * y));
}

/** Returns the weight at a point of the minimap. */
export function minimapWeight(canvas: HTMLCanvasElement, extent: Extent, point: { x: number; y: number }) {
  return { column: (point.x / canvas.width) * extent.columns, row: (point.y / canvas.height) * extent.rows };
}
