/** Chooses the part of an image that a network sees, with the rules of torchvision. */
import type { Random } from '../../random';
import type { Box } from './resample';

/** Height and width. */
interface Size {
  height: number;
  width: number;
}

/** What `resample` does: cut `crop`, resize it to `size`, keep `window`. */
export interface Cut {
  crop: Box;
  size: Size;
  window: Box;
}

/** Resizes the shorter side to `resize` and crops the center: torchvision's `Resize(resize)` and `CenterCrop(side)`. `resize` ≥ `side`. */
export function centerCut(image: Size, { resize, side }: { resize: number; side: number }): Cut {
  const [short, long] = [Math.min(image.height, image.width), Math.max(image.height, image.width)];
  const longer = Math.trunc((resize * long) / short);
  const size = image.height <= image.width ? { height: resize, width: longer } : { height: longer, width: resize };
  const [top, left] = [roundHalfToEven((size.height - side) / 2), roundHalfToEven((size.width - side) / 2)];
  return { crop: whole(image), size, window: { top, left, height: side, width: side } };
}

const TRIES = 10;
const [NARROWEST, WIDEST] = [Math.log(3 / 4), Math.log(4 / 3)];

/**
 * Cuts a random part and resizes it: torchvision's `RandomResizedCrop(size, scale)`. The area of the part is a fraction of the image,
 * uniform in `scale`. Its ratio of width to height is between 3/4 and 4/3, and its logarithm is uniform.
 */
export function randomCut(
  image: Size,
  { size, scale, source }: { size: Size; scale: readonly number[]; source: Random },
): Cut {
  const window = whole(size);
  const [low, high] = scale as [number, number];
  for (let i = 0; i < TRIES; i++) {
    const area = image.height * image.width * (low + (high - low) * source.uniform());
    const ratio = Math.exp(NARROWEST + (WIDEST - NARROWEST) * source.uniform());
    const width = roundHalfToEven(Math.sqrt(area * ratio));
    const height = roundHalfToEven(Math.sqrt(area / ratio));
    if (width < 1 || height < 1 || width > image.width || height > image.height) continue;
    const top = source.below(image.height - height + 1);
    const left = source.below(image.width - width + 1);
    return { crop: { top, left, height, width }, size, window };
  }
  return { crop: centered(image), size, window };
}

/** Returns the largest part in the center whose ratio is allowed. */
function centered(image: Size): Box {
  const ratio = image.width / image.height;
  const width = ratio > Math.exp(WIDEST) ? roundHalfToEven(image.height * Math.exp(WIDEST)) : image.width;
  const height = ratio < Math.exp(NARROWEST) ? roundHalfToEven(image.width / Math.exp(NARROWEST)) : image.height;
  return { top: Math.floor((image.height - height) / 2), left: Math.floor((image.width - width) / 2), height, width };
}

export function whole({ height, width }: Size): Box {
  return { top: 0, left: 0, height, width };
}

/** Rounds like Python: a half is rounded to the even neighbor. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
