/** Patches: squares that images are cut into, as tokens. */
import { UserError } from '../errors';
import type { DataShape } from './network';

/** Default patch sizes in order of preference. The first that divides both sides of the images is used. */
const PATCH_SIZES = [4, 7, 8, 5, 6, 3, 2, 1];

/** Returns the side of a patch. Throws UserError if it does not divide both sides of the images. */
export function patchSizeFor({ patchSize }: { patchSize?: number }, { height, width }: DataShape): number {
  const divides = (size: number) => height % size === 0 && width % size === 0;
  const size = patchSize ?? PATCH_SIZES.find(divides)!;
  if (divides(size)) return size;
  throw new UserError(
    `model.options.patchSize is ${size}, but the images are ${height} × ${width}. Choose a size that divides both numbers.`,
    { field: 'model.options.patchSize' },
  );
}

/** Checks the option `imageSize`. It follows from the data, so it is accepted only if it agrees with the data. */
export function checkImageSize({ imageSize }: { imageSize?: number }, { height, width }: DataShape): void {
  if (imageSize === undefined || (imageSize === height && imageSize === width)) return;
  throw new UserError(
    `model.options.imageSize is ${imageSize}, but the images are ${height} × ${width}. Remove this option.`,
    { field: 'model.options.imageSize' },
  );
}
