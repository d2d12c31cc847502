/** Finds study files in folders, for example those of a workspace. */
import { existsSync, readdirSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { RUNS_FOLDER } from '../runs/paths';
import { folderOf, lockOf } from './place';
import { studyName } from './studyFile';

/** End of the name of a study file. */
export const STUDY_FILE = '.study.json';

/** Number of levels of subfolders that are searched, and the greatest number of folders. A dataset may have thousands. */
const [DEPTH, MOST_FOLDERS] = [2, 500];

export interface FoundStudies {
  /** Absolute paths, sorted. */
  files: string[];
  /** Folders in which a study file may appear later. */
  places: string[];
}

/** Finds the study files at or below folders. Does not search hidden folders and `node_modules`. */
export async function findStudies(folders: readonly string[]): Promise<FoundStudies> {
  const files = new Set<string>();
  const places = new Set<string>();
  const queue = folders.map((folder) => ({ folder: path.resolve(folder), depth: 0 }));
  for (let next; (next = queue.shift()) && places.size < MOST_FOLDERS;) {
    const { folder, depth } = next;
    if (places.has(folder)) continue;
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
    if (!entries) continue;
    places.add(folder);
    for (const entry of entries) {
      const inner = path.join(folder, entry.name);
      if (!entry.isDirectory() && entry.name.endsWith(STUDY_FILE)) files.add(inner);
      else if (entry.isDirectory() && depth < DEPTH && isSearched(entry.name))
        queue.push({ folder: inner, depth: depth + 1 });
    }
  }
  return { files: [...files].sort(), places: [...places] };
}

/** Returns what to watch: places in which study files may appear, the files, and the locks that the processes of studies leave. */
export function watchedFor(
  places: readonly string[],
  files: readonly string[],
): Map<string, ReadonlySet<string> | undefined> {
  const watched = new Map<string, ReadonlySet<string> | undefined>(places.map((place) => [place, undefined]));
  for (const file of files) {
    const lock = lockOf({ file, name: studyName(file) });
    if (existsSync(path.dirname(lock))) watched.set(path.dirname(lock), new Set([path.basename(lock)]));
    if (!watched.has(path.dirname(file))) watched.set(path.dirname(file), new Set([path.basename(file)]));
  }
  return watched;
}

/** Whether a folder with this name may have study files. */
export function isSearched(name: string): boolean {
  return !name.startsWith('.') && name !== 'node_modules';
}

/** Returns the study file that the runs in a folder belong to, or undefined if it is not the folder of a study. The file may be missing. */
export function studyOfFolder(folder: string): string | undefined {
  const runs = path.dirname(folder);
  const [, name] = /^(.+)\.study$/.exec(path.basename(folder)) ?? [];
  if (name === undefined || path.basename(runs) !== RUNS_FOLDER) return undefined;
  const place = path.dirname(runs);
  const file = path.join(place, `${name}${STUDY_FILE}`);
  if (existsSync(file)) return file;
  // The folder of a study whose name is no safe folder name has another name.
  const other = namesIn(place).find(
    (one) => one.endsWith(STUDY_FILE) && folderOf({ file: path.join(place, one), name: studyName(one) }) === folder,
  );
  return other === undefined ? file : path.join(place, other);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
