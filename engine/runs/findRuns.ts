/** Finds run directories at or below folders. Follows symbolic links. */
import { existsSync } from 'node:fs';
import { readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { paths, RUNS_FOLDER } from './paths';

/**
 * Number of levels of subfolders that are searched: those of studies have runs. A folder `.winning-sign` at one of these levels, or directly
 * below the last, is searched by as many levels itself.
 */
const DEPTH = 2;
/** Names of folders that are not searched, because they have thousands of subfolders and no runs. */
export const SKIPPED: readonly string[] = ['node_modules', '.git'];

export interface Found {
  /** Run directories sorted by name. Each is listed once, even if several links lead to it. */
  runs: string[];
  /** Directories that are not runs now, but may become runs later. */
  places: string[];
}

interface Candidate {
  directory: string;
  /** The path without links; undefined if it is not known yet. */
  real: string | undefined;
  depth: number;
}

/** Finds the runs at or below folders. A folder that does not exist has no runs. */
export async function findRuns(...folders: readonly string[]): Promise<Found> {
  return findRunsAgain(folders, new Set());
}

/** Finds runs like `findRuns`. `known` are run directories that were found a moment ago. */
export async function findRunsAgain(folders: readonly string[], known: ReadonlySet<string>): Promise<Found> {
  const found: Found = { runs: [], places: [] };
  const seen = new Set<string>();
  // Links are followed last. A run that can be reached with and without links is then listed by its path without links.
  const [folderQueue, linkQueue]: [Candidate[], Candidate[]] = [folders.map(asRoot), []];
  for (let next; (next = folderQueue.shift() ?? linkQueue.shift());) {
    const { directory, depth } = next;
    const real = next.real ?? (await realOf(directory));
    if (real === undefined || seen.has(real)) continue;
    seen.add(real);
    if (known.has(directory) || existsSync(paths.record(directory))) found.runs.push(directory);
    else {
      found.places.push(directory);
      if (depth === 0) {
        const inner = path.join(directory, RUNS_FOLDER);
        // it is followed like a link, because it may be one; a folder that is not there is skipped
        if (existsSync(inner)) linkQueue.push({ directory: inner, real: undefined, depth: DEPTH });
        continue;
      }
      for (const entry of await readdir(directory, { withFileTypes: true }).catch(() => [])) {
        if (SKIPPED.includes(entry.name)) continue;
        const inner = {
          directory: path.join(directory, entry.name),
          depth: entry.name === RUNS_FOLDER ? DEPTH : depth - 1,
        };
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

/** Returns the path without links; undefined if the directory does not exist, or if links form a loop. */
async function realOf(directory: string): Promise<string | undefined> {
  return realpath(directory).catch(() => undefined);
}
