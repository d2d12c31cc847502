/** Resolution of canvases. While a picture is exported, it can be higher than the resolution of the screen. */

let exported: number | undefined;

/** Returns the pixels of a canvas per CSS pixel. */
export function pixelRatio(): number {
  return exported ?? window.devicePixelRatio;
}

/** Runs `draw` with this many pixels per CSS pixel, but not fewer than the screen has. */
export function atRatio<T>(ratio: number, draw: () => T): T {
  exported = Math.max(ratio, window.devicePixelRatio);
  try {
    return draw();
  } finally {
    exported = undefined;
  }
}
