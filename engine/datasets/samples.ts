/** Gives access to the images of a split one at a time, however they are stored. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Dataset, FileSplit, Pixels, Split, StoredSplit } from './dataset';
import { badFile } from './fields';
import { centerCut, whole, type Cut } from './images/crop';
import { decodeImage } from './images/decode';
import { forgetListing } from './images/listing';
import { nameOf } from './images/names';
import { resample } from './images/resample';

/** Chooses a part of an image of any size, which is then resized to the size of the dataset. */
export type CutChooser = (image: { height: number; width: number }) => Cut;

/** Labelled images of one size. */
export interface Samples {
  count: number;
  /** Returns the class of image `i`. */
  label(i: number): number;
  /**
   * Returns image `i`, or the part that `choose` chooses, in the stored unit: height × width × channels. Its memory may belong to the
   * dataset, so do not change it. Throws UserError that names the file if an image file cannot be read.
   */
  pixels(i: number, choose?: CutChooser): Pixels;
}

/** Opens a split. A thread can open the split of a dataset that was sent to it. */
export function openSamples(dataset: Shape, split: Split): Samples {
  return 'files' in split ? openFiles(dataset, split) : openArray(dataset, split);
}

type Shape = Pick<Dataset, 'height' | 'width' | 'channels'>;

function openArray({ height, width, channels }: Shape, { count, labels, images }: StoredSplit): Samples {
  const size = height * width * channels;
  return {
    count,
    label: (i) => labels[i]!,
    pixels: (i, choose) => {
      const pixels = images.subarray(i * size, (i + 1) * size);
      return choose ? resample({ height, width, channels, pixels }, choose({ height, width })) : pixels;
    },
  };
}

function openFiles({ height: side, channels }: Shape, split: FileSplit): Samples {
  const { count, labels, files, rows, sizes, resize } = split;
  const center: CutChooser = (image) => centerCut(image, { resize, side });
  return {
    count,
    label: (i) => labels[i]!,
    pixels: (i, choose = center) => {
      const file = path.join(files.folder, nameOf(files, rows[i]!));
      const bytes = readBytes(file);
      checkSize(file, { now: bytes.length, listed: sizes[rows[i]!]!, folder: files.folder });
      const { height, width, pixels } = decodeImage(file, bytes);
      const cut = choose({ height, width });
      const image = { height, width, channels, pixels };
      return isWhole(image, cut) ? pixels : resample(image, cut);
    },
  };
}

/** Whether the whole image is used in its own size, as in Tiny-ImageNet. */
function isWhole(image: { height: number; width: number }, { crop, size, window }: Cut): boolean {
  return [crop, whole(size), window].every(
    (box) => box.height === image.height && box.width === image.width && box.top === 0 && box.left === 0,
  );
}

/** The data of a run are identified by the sizes of the files, which were listed before. */
function checkSize(file: string, { now, listed, folder }: { now: number; listed: number; folder: string }): void {
  if (now === listed) return;
  forgetListing(folder);
  throw badFile(
    file,
    `has changed: it has ${now} bytes, but had ${listed} when the folder was listed. Put the old file back, or make a new run: it will list the folder again`,
  );
}

function readBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw badFile(
      file,
      `cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).message}). Copy it again`,
    );
  }
}
