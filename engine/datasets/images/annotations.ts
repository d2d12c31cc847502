/** Reads the text files of Tiny-ImageNet and ImageNet that have the classes of the validation images and the names of the classes. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { badFile } from '../fields';

/** The classes of images that are not in class folders. */
export interface Annotations {
  /** The file with the classes, below the folder of the dataset. */
  file: string;
  /** Folder names of classes, by file names without their ending. */
  classes: ReadonlyMap<string, string>;
}

interface LinesOf {
  name: string;
  /** Takes the name of a file and its class from a line. */
  line: RegExp;
  /** Whether the first line is a heading. */
  heading?: true;
}

/** Tiny-ImageNet has a rectangle after the class. ImageNet at Kaggle has the class and its rectangle, perhaps several times. */
const TINY: LinesOf = { name: 'val_annotations.txt', line: /^([^\t]+)\t([^\t\r]+)/ };
const KAGGLE: LinesOf = { name: 'LOC_val_solution.csv', line: /^([^,]+),(\S+)/, heading: true };

export const ANNOTATION_FILES = [TINY.name, KAGGLE.name];

/** Returns the name of a file without its ending. */
export function stemOf(file: string): string {
  return path.parse(file).name;
}

/**
 * Reads the classes of the images in the folder `test`. Returns undefined if there is no file with them. The file of Kaggle may be beside
 * class folders, which then count.
 */
export async function readAnnotations(
  place: string,
  test: string,
  { inClassFolders }: { inClassFolders: boolean },
): Promise<Annotations | undefined> {
  const kaggle = inClassFolders
    ? []
    : [test, '.'].map((folder) => ({ ...KAGGLE, file: path.join(folder, KAGGLE.name) }));
  for (const kind of [{ ...TINY, file: path.join(test, TINY.name) }, ...kaggle]) {
    const file = path.join(place, kind.file);
    const text = await readIfThere(file);
    if (text !== undefined) return { file: kind.file, classes: classesIn(text, file, kind) };
  }
  return undefined;
}

function classesIn(text: string, file: string, { line: form, heading }: LinesOf): Map<string, string> {
  const classes = new Map<string, string>();
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '' || (heading && i === 0)) continue;
    const [, name, label] = form.exec(line) ?? [];
    if (!name || !label) throw badFile(file, `has no file name and class in line ${i + 1}. Download the dataset again`);
    classes.set(stemOf(name), label);
  }
  return classes;
}

/** Lines of a folder name and the names of a class, as Tiny-ImageNet and ImageNet at Kaggle have them. */
const NAME_FILES = ['words.txt', 'LOC_synset_mapping.txt'];

/**
 * Returns the names of classes for display: for the folder `n01440764`, “tench”. A class that no file names has the name of its folder. Two
 * classes of ImageNet are cranes: such classes also get the name of their folder, “crane (n02012849)”.
 */
export async function readClassNames(place: string, folders: readonly string[]): Promise<string[]> {
  const known = new Map<string, string>();
  for (const file of NAME_FILES) {
    const text = await readIfThere(path.join(place, file));
    for (const line of text?.split('\n') ?? []) {
      const [, folder, names] = /^(\S+)\s+(\S.*?)\s*$/.exec(line) ?? [];
      if (folder !== undefined && names !== undefined) known.set(folder, names.split(',')[0]!);
    }
  }
  const names = folders.map((folder) => known.get(folder) ?? folder);
  const isShared = (name: string) => names.indexOf(name) !== names.lastIndexOf(name);
  const shared = new Set(names.filter(isShared));
  return names.map((name, i) => (shared.has(name) ? `${name} (${folders[i]!})` : name));
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw badFile(file, `cannot be read (${code ?? message}). Correct its permissions, or copy it again`);
  }
}
