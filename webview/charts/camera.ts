/** The camera of a picture: pure functions that convert between weights and pixels. */
import type { Region } from '../../engine/protocol';

/** `scale` is pixels per weight; (x, y) is the column and row at the top left of the view. */
export interface Camera {
  scale: number;
  x: number;
  y: number;
}

export interface Extent {
  rows: number;
  columns: number;
}

export interface Viewport {
  width: number;
  height: number;
}

const LARGEST = 64;

/** Returns the camera that shows the whole layer, from the top left of the view. */
export function fitCamera(extent: Extent, view: Viewport): Camera {
  const scale = Math.min(view.width / extent.columns, view.height / extent.rows, LARGEST);
  return { scale, x: 0, y: 0 };
}

/** Returns the height in pixels of all rows at the scale of the camera, or if they fill the width, whichever is greater. */
export function neededHeight({ scale }: Camera, extent: Extent, view: Viewport): number {
  return extent.rows * Math.max(scale, fitCamera(extent, { ...view, height: Infinity }).scale);
}

/** Returns the camera zoomed about a point of the view (pixels). The weight under that point stays there. */
export function zoomAt(camera: Camera, factor: number, point: { x: number; y: number }): Camera {
  const scale = camera.scale * factor;
  return {
    scale,
    x: camera.x + point.x / camera.scale - point.x / scale,
    y: camera.y + point.y / camera.scale - point.y / scale,
  };
}

/**
 * Keeps the camera inside the layer. Limits the scale: it is at most 64 pixels per weight, and at the lower limit the whole layer is
 * visible.
 */
export function clampCamera(camera: Camera, extent: Extent, view: Viewport): Camera {
  const { scale: least } = fitCamera(extent, view);
  const scale = Math.min(Math.max(camera.scale, Math.min(least, 1)), LARGEST);
  return held({ ...camera, scale }, extent, view);
}

function held(camera: Camera, { rows, columns }: Extent, { width, height }: Viewport): Camera {
  const { scale } = camera;
  return { scale, x: inside(camera.x, columns, width / scale), y: inside(camera.y, rows, height / scale) };
}

function inside(start: number, size: number, visible: number): number {
  return visible >= size ? 0 : Math.min(Math.max(start, 0), size - visible);
}

/** Returns the weight at a point of the view, if there is one. */
export function weightAt(camera: Camera, extent: Extent, point: { x: number; y: number }) {
  const column = Math.floor(camera.x + point.x / camera.scale);
  const row = Math.floor(camera.y + point.y / camera.scale);
  const there = row >= 0 && column >= 0 && row < extent.rows && column < extent.columns;
  return there ? { row, column } : undefined;
}

/** Returns the region of weights that are visible, at least in part. */
export function visibleRegion(camera: Camera, extent: Extent, view: Viewport): Region {
  const x = Math.max(0, Math.floor(camera.x));
  const y = Math.max(0, Math.floor(camera.y));
  const right = Math.min(extent.columns, Math.ceil(camera.x + view.width / camera.scale));
  const bottom = Math.min(extent.rows, Math.ceil(camera.y + view.height / camera.scale));
  return { x, y, width: Math.max(0, right - x), height: Math.max(0, bottom - y) };
}

/** Moves the camera by the smallest distance that makes a weight visible. */
export function reveal(camera: Camera, view: Viewport, weight: { row: number; column: number }): Camera {
  const shift = (start: number, at: number, visible: number) => Math.min(Math.max(start, at + 1 - visible), at);
  return {
    ...camera,
    x: shift(camera.x, weight.column, view.width / camera.scale),
    y: shift(camera.y, weight.row, view.height / camera.scale),
  };
}
