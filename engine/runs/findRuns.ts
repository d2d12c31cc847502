/** Finds run directories: at or below folders, through symbolic links too. */
import { existsSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { paths } from './paths';

/** Runs are looked for in a folder, its folders, and theirs. */
const DEPTH = 2;
/** Folders of thousands of folders that have no runs. */
const SKIPPED: readonly string[] = ['node_modules', '.git'];

export interface Found {
  /** Run directories, by name, each once however many links lead to it. */
  runs: string[];
  /** Directories that are not runs, in which runs may appear. */
  places: string[];
}

interface Candidate {
  directory: string;
  /** Its path without links; undefined if it is not known yet. */
  real: string | undefined;
  depth: number;
}

/** Folders that do not exist have no runs. */
export async function findRuns(...folders: readonly string[]): Promise<Found> {
  const found: Found = { runs: [], places: [] };
  const seen = new Set<string>();
  // Links come last, so that a run which is in the folders itself is listed there.
  const [folderQueue, linkQueue]: [Candidate[], Candidate[]] = [folders.map(asRoot), []];
  for (let next; (next = folderQueue.shift() ?? linkQueue.shift());) {
    const { directory, depth } = next;
    const real = next.real ?? (await realOf(directory));
    if (real === undefined || seen.has(real)) continue;
    seen.add(real);
    if (existsSync(paths.record(directory))) found.runs.push(directory);
    else {
      found.places.push(directory);
      if (depth === 0) continue;
      for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
        if (SKIPPED.includes(entry.name)) continue;
        const inner = { directory: path.join(directory, entry.name), depth: depth - 1 };
        if (entry.isDirectory()) folderQueue.push({ ...inner, real: path.join(real, entry.name) });
        else if (entry.isSymbolicLink()) linkQueue.push({ ...inner, real: undefined });
      }
    }
  }
  found.runs.sort();
  return found;
}

function asRoot(directory: string): Candidate {
  return { directory, real: undefined, depth: DEPTH };
}

/** Undefined if there is no such file, or if links lead in a circle. */
async function realOf(directory: string): Promise<string | undefined> {
  return realpath(directory).catch(() => undefined);
}
