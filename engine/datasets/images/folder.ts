/** Reads folders of image files: a folder for each class in `train` and `val`, as ImageNet and Tiny-ImageNet have them. */
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { FileDataset } from '../../vocabulary/runOptions';
import type { Dataset, FileSplit } from '../dataset';
import { badField, badFile } from '../fields';
import { listed } from '../files';
import { ANNOTATION_FILES, readAnnotations, readClassNames, stemOf, type Annotations } from './annotations';
import { HEADER_BYTES, readHeader, type ImageHeader } from './header';
import { compare, listImages, type Listing } from './listing';
import { packNames } from './names';

type FolderSpec = FileDataset;

/** The first of these folders that exists is the test split. `test` of ImageNet has no labels, so `val` comes first. */
const TEST_FOLDERS = ['val', 'valid', 'validation', 'test'];
type FolderDataset = Omit<Dataset, 'name' | 'normalization' | 'train' | 'test'> & Record<'train' | 'test', FileSplit>;

interface LabelledFile {
  /** Path below the folder of the dataset. */
  name: string;
  size: number;
  class: string;
}

/** Reads the list of images. No image is decoded. Throws UserError that names the folder or file. */
export async function readFolder(place: string, spec: FolderSpec): Promise<FolderDataset> {
  const listing = await listImages(place);
  const test = TEST_FOLDERS.find((name) => has(listing, name));
  if (!has(listing, 'train') || test === undefined) {
    const found = listing.folders.flatMap(({ path: below }) => (/^[^/]+$/.test(below) ? [below] : []));
    throw badFile(place, `must have the folders train and val (or test). It has the folders ${listed(found)}`);
  }
  const training = inClassFolders(listing, 'train');
  const names = [...new Set(training.map((file) => file.class))].sort(compare);
  if (names.length < 2)
    throw badFile(
      path.join(place, 'train'),
      'must have a folder of JPEG or PNG files for each of at least two classes',
    );
  const sorted = inClassFolders(listing, test);
  const annotations = await readAnnotations(place, test, { inClassFolders: sorted.length > 0 });
  const testing = annotations ? byAnnotation(listing, { place, test, annotations }) : sorted;
  if (testing.length === 0)
    throw badFile(
      path.join(place, test),
      `must have a folder of JPEG or PNG files for each class, or ${ANNOTATION_FILES.join(' or ')} with the class of each file`,
    );
  const known = new Set(names);
  const unknown = testing.find((file) => !known.has(file.class));
  if (unknown)
    throw badFile(path.join(place, unknown.name), `is of the class ${unknown.class}, which has no folder in train`);
  const { side, resize } = await sizeOf(path.join(place, training[0]!.name), spec);
  const split = (files: LabelledFile[]) => splitOf(place, files, { names, resize });
  return {
    height: side,
    width: side,
    channels: 3,
    classes: names.length,
    classNames: await readClassNames(place, names),
    train: split(training),
    test: split(testing),
  };
}

function has({ folders }: Listing, name: string): boolean {
  return folders.some(({ path: below }) => below === name);
}

/** Returns the files below the class folders of a split, sorted by class and path. */
function inClassFolders({ folders }: Listing, split: string): LabelledFile[] {
  return folders.flatMap(({ path: below, files, sizes }) => {
    const [first, name] = below.split('/');
    if (first !== split || name === undefined) return [];
    return files.map((file, i) => ({ name: `${below}/${file}`, size: sizes[i]!, class: name }));
  });
}

function byAnnotation(
  { folders }: Listing,
  { place, test, annotations }: { place: string; test: string; annotations: Annotations },
): LabelledFile[] {
  return folders
    .filter(({ path: below }) => below === test || below.startsWith(`${test}/`))
    .flatMap(({ path: below, files, sizes }) =>
      files.map((file, i) => {
        const name = annotations.classes.get(stemOf(file));
        if (name === undefined) throw badFile(path.join(place, below, file), `has no line in ${annotations.file}`);
        return { name: `${below}/${file}`, size: sizes[i]!, class: name };
      }),
    );
}

/** Returns the size of the images for the network. The default is the shorter side of the first training image. */
async function sizeOf(file: string, { size, resize }: FolderSpec): Promise<{ side: number; resize: number }> {
  const side = size ?? (await shorterSide(file));
  if (resize !== undefined && resize < side)
    throw badField('resize', `is ${resize}, but must be at least ${side}, the size of the images for the network`);
  return { side, resize: resize ?? side };
}

async function shorterSide(file: string): Promise<number> {
  try {
    const { width, height } = await headerOf(file);
    return Math.min(width, height);
  } catch (error) {
    throw badFile(file, `${(error as Error).message}. Copy or download it again, or set dataset.size`);
  }
}

/** Reads a header from the first bytes, or from the whole file if long comments come before the size. */
async function headerOf(file: string): Promise<ImageHeader> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    try {
      return readHeader(buffer.subarray(0, bytesRead));
    } catch (error) {
      if (bytesRead < HEADER_BYTES) throw error;
      return readHeader(await readFile(file));
    }
  } finally {
    await handle.close();
  }
}

function splitOf(
  place: string,
  files: readonly LabelledFile[],
  { names, resize }: { names: readonly string[]; resize: number },
): FileSplit {
  const numbers = new Map(names.map((name, i) => [name, i]));
  return {
    count: files.length,
    labels: Int32Array.from(files, (file) => numbers.get(file.class)!),
    files: packNames(
      place,
      files.map(({ name }) => name),
    ),
    sizes: Uint32Array.from(files, ({ size }) => size),
    rows: Uint32Array.from(files, (_, i) => i),
    resize,
  };
}
