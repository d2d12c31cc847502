/**
 * Lists the image files of a folder. Listing ImageNet's 1.28 million files takes minutes, so the list is kept in the data folder of this
 * user. It is used again if no folder has changed since, and if some of the files still have their size.
 */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder, writeAtomically, UNGUARDED } from '../../files';
import { listingsFolder } from '../../home';
import { random } from '../../random';
import { badFile } from '../fields';

/** A folder below the listed one. Paths are relative to the listed folder, with `/`. */
interface ListedFolder {
  path: string;
  /** Time of its last change, in milliseconds. It changes if a file in it is added, removed or renamed. */
  changed: number;
  /** Names and sizes in bytes of the image files in it, sorted by name. */
  files: string[];
  sizes: number[];
}

export interface Listing {
  version: 1;
  /** When the listing began. */
  begun: number;
  /** All folders, sorted by path. */
  folders: ListedFolder[];
}

const IMAGES = /\.(jpe?g|png)$/i;
/**
 * Milliseconds. If a folder changed less than this before it was listed, its list is not used again: a change right after the listing could
 * have the same time of change.
 */
const UNCERTAIN = 2_000;
/**
 * Number of files whose sizes are compared before a list is used again. In a larger folder, about so many, chosen at random, are compared. A thread that
 * reads a file whose size has changed refuses it (`samples.ts`).
 */
const COMPARED = 10_000;
/** Number of requests to the file system at a time. Network drives are faster with several. */
const AT_ONCE = 64;

/** Returns the image files in a folder and the folders below it. Hidden files are left out. Throws UserError. */
export async function listImages(folder: string, { cache = listingsFolder() } = {}): Promise<Listing> {
  const file = fileOf(folder, cache);
  const kept = await readListing(file);
  if (kept && (await isCurrent(folder, kept))) return kept;
  const begun = Date.now();
  const folders: ListedFolder[] = [];
  await addFolder(folder, '', { folders, above: [] });
  const listing: Listing = { version: 1, begun, folders: folders.sort((a, b) => compare(a.path, b.path)) };
  await keep(file, listing);
  return listing;
}

/** Compares texts by their characters, as Python does. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** @param above the folders above this one, without links; a link to one of them would never end */
async function addFolder(
  root: string,
  below: string,
  { folders, above }: { folders: ListedFolder[]; above: readonly string[] },
): Promise<void> {
  const folder = path.join(root, below);
  try {
    const own = await realpath(folder);
    if (above.includes(own)) throw badFile(folder, 'is a link to a folder above it. Remove the link');
    const { mtimeMs: changed } = await stat(folder);
    const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.'));
    const files: string[] = [];
    const inner: string[] = [];
    for (const entry of entries) {
      const isFolder = entry.isSymbolicLink()
        ? await leadsToFolder(path.join(folder, entry.name))
        : entry.isDirectory();
      if (isFolder) inner.push(entry.name);
      else if (IMAGES.test(entry.name)) files.push(entry.name);
    }
    files.sort(compare);
    folders.push({ path: below, changed, files, sizes: await sizesOf(folder, files) });
    for (const name of inner)
      await addFolder(root, below === '' ? name : `${below}/${name}`, { folders, above: [...above, own] });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw badFile(folder, code === 'ENOENT' ? 'does not exist. Correct the path' : `cannot be listed (${code})`);
  }
}

async function leadsToFolder(link: string): Promise<boolean> {
  try {
    return (await stat(link)).isDirectory();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw badFile(link, `is a link to a file that cannot be reached (${code}). Remove or correct the link`);
  }
}

async function sizesOf(folder: string, files: readonly string[]): Promise<number[]> {
  const sizes: number[] = [];
  for (let begin = 0; begin < files.length; begin += AT_ONCE) {
    const some = files.slice(begin, begin + AT_ONCE).map(async (file) => (await stat(path.join(folder, file))).size);
    for (const size of await Promise.all(some)) sizes.push(size);
  }
  return sizes;
}

async function readListing(file: string): Promise<Listing | undefined> {
  try {
    const listing: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isListing(listing) ? listing : undefined;
  } catch {
    return undefined; // there is none, or it is corrupt: the folder is listed again
  }
}

function isListing(value: unknown): value is Listing {
  const { version, begun, folders } = value as Partial<Listing>;
  const isFolder = ({ path: below, files, sizes }: Partial<ListedFolder>) =>
    typeof below === 'string' && Array.isArray(files) && Array.isArray(sizes) && files.length === sizes.length;
  return version === 1 && typeof begun === 'number' && Array.isArray(folders) && folders.every(isFolder);
}

async function isCurrent(root: string, { folders, begun }: Listing): Promise<boolean> {
  for (let begin = 0; begin < folders.length; begin += AT_ONCE) {
    const some = folders.slice(begin, begin + AT_ONCE).map(async ({ path: below, changed }) => {
      const now = await stat(path.join(root, below)).catch(() => undefined);
      return now?.mtimeMs === changed && changed < begun - UNCERTAIN;
    });
    if (!(await Promise.all(some)).every(Boolean)) return false;
  }
  return haveSizes(root, chosenFiles(folders, begun));
}

type ChosenFile = readonly [name: string, size: number];

/** Returns all files, or a random choice of `COMPARED` files. */
function chosenFiles(folders: readonly ListedFolder[], seed: number): ChosenFile[] {
  const count = folders.reduce((sum, { files }) => sum + files.length, 0);
  const source = random(seed, 'compared files');
  const isChosen = count <= COMPARED ? () => true : () => source.uniform() < COMPARED / count;
  return folders.flatMap(({ path: below, files, sizes }) =>
    files.flatMap((file, i): ChosenFile[] => (isChosen() ? [[path.join(below, file), sizes[i]!]] : [])),
  );
}

async function haveSizes(root: string, files: readonly ChosenFile[]): Promise<boolean> {
  for (let begin = 0; begin < files.length; begin += AT_ONCE) {
    const some = files.slice(begin, begin + AT_ONCE).map(async ([name, size]) => {
      const now = await stat(path.join(root, name)).catch(() => undefined);
      return now?.size === size;
    });
    if (!(await Promise.all(some)).every(Boolean)) return false;
  }
  return true;
}

/** Removes the kept list of a folder, so that the folder is listed again. */
export function forgetListing(folder: string, { cache = listingsFolder() } = {}): void {
  rmSync(fileOf(folder, cache), { force: true });
}

function fileOf(folder: string, cache: string): string {
  const name = createHash('sha256').update(path.resolve(folder)).digest('hex').slice(0, 32);
  return path.join(cache, `${name}.json`);
}

/** Keeps the list for the next time. If it cannot be written, the folder is listed again then. */
async function keep(file: string, listing: Listing): Promise<void> {
  try {
    await makeFolder(path.dirname(file));
    await writeAtomically(file, [Buffer.from(JSON.stringify(listing))], UNGUARDED);
  } catch {
    // It is only a cache.
  }
}
