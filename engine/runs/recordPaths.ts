/**
 * Converts the paths in a record. In `run.json` they are relative to the run directory, so that a whole project can be moved or copied.
 * Everywhere else they are absolute.
 */
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { sha256Of } from '../checkpoints/write';
import { fingerprint } from '../datasets/fingerprint';
import { loadDataset } from '../datasets/load';
import { UserError } from '../errors';
import { isIncluded } from '../vocabulary/includedDataset';
import { isOwn } from '../vocabulary/models/ownName';
import type { DatasetSpec } from '../vocabulary/runOptions';
import type { FileAsOf, HashedFile, RunRecord } from '../vocabulary/runRecord';
import { pathParts } from '../vocabulary/filePaths';
import { isBeginning } from './events';
import { paths } from './paths';
import { readEvents, UNREAD } from './readEvents';

/** Returns the new path for a path in a record. `sha256` is the hash of the file, if the record has one. */
type ChangePath = (recorded: string, sha256?: string) => string;

/** Returns the record after `change` was applied to its paths: those of its data and of its source checkpoints. */
function withPaths(record: RunRecord, change: ChangePath): RunRecord {
  const moved = <F extends HashedFile>(given: F): F => ({
    ...given,
    checkpoint: change(given.checkpoint, given.sha256),
  });
  const file = <F extends FileAsOf>(given: F): F => ({
    ...moved(given),
    ...(given.mask && { mask: moved(given.mask) }),
  });
  const changed = { ...record, dataset: withPath(record.dataset, change) };
  if (changed.kind === 'connectivity')
    return { ...changed, a: file(changed.a), b: file(changed.b), ...(changed.c && { c: file(changed.c) }) };
  if (changed.kind === 'search') {
    const { start } = changed;
    if (!start) return changed;
    const initialization = start.initialization && { initialization: file(start.initialization) };
    return { ...changed, start: { ...file(start), ...initialization } };
  }
  if (changed.source.from !== 'checkpoint') return changed;
  const { source } = changed;
  const others = {
    ...(source.rewind && { rewind: file(source.rewind) }),
    ...(source.initialization && { initialization: file(source.initialization) }),
  };
  return { ...changed, source: { ...file(source), ...others } };
}

function withPath(dataset: DatasetSpec, change: ChangePath): DatasetSpec {
  return isIncluded(dataset) ? dataset : { ...dataset, path: change(dataset.path) };
}

/** Returns the record as it is written into a run directory. Paths on another drive of Windows stay absolute. */
export function storedRecord(directory: string, record: RunRecord): RunRecord {
  const madeIn = path.resolve(directory);
  const relative = (file: string) => path.relative(madeIn, file).split(path.sep).join('/') || '.';
  return { ...withModelPath(withPaths(record, relative), relative), madeIn };
}

/**
 * Returns the record with absolute paths. `directory` is the folder of the file of the record. If only the run directory was moved, a path
 * to a missing file is resolved from the old directory.
 */
export function absoluteRecord(directory: string, record: RunRecord): RunRecord {
  const here = path.resolve(directory);
  const { madeIn = here } = record;
  const locate: ChangePath = (recorded) => {
    const now = path.resolve(here, recorded);
    if (here === madeIn || isAbsolute(recorded) || existsSync(now)) return now;
    const others = [realOf(here), madeIn].map((origin) => path.resolve(origin, recorded));
    return others.find((file) => existsSync(file)) ?? now;
  };
  return withModelPath(withPaths(record, locate), locate);
}

/** Returns the record after `change` was applied to the path of an own network. The run does not need this file, so it is never searched. */
function withModelPath(record: RunRecord, change: ChangePath): RunRecord {
  const { model } = record;
  return isOwn(model) ? { ...record, model: { ...model, path: change(model.path) } } : record;
}

/** Returns the directory without symbolic links. */
function realOf(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return directory;
  }
}

/** Whether a path is absolute on any system, because records may be copied between systems. */
function isAbsolute(file: string): boolean {
  return path.posix.isAbsolute(file) || path.win32.isAbsolute(file);
}

export interface LocatedRecord {
  record: RunRecord;
  /** For each path that was replaced: a sentence for the user. */
  moved: string[];
}

/**
 * Finds missing files after a project was moved, and returns the record with their current paths. This is needed because versions up to 0.1
 * wrote absolute paths. A file is searched at the same place below each parent folder of the run directory. A checkpoint must have the
 * recorded SHA-256. Data must have the fingerprint in the log of the run. If the log has no fingerprint yet, the last two
 * parts of the path must be the same.
 */
export async function locateRecord(directory: string, record: RunRecord): Promise<LocatedRecord> {
  const found = new Map<string, string>();
  const wanted = new Map<string, string | undefined>();
  withPaths(record, (file, sha256) => {
    if (!existsSync(file)) wanted.set(file, sha256);
    return file;
  });
  for (const [file, sha256] of wanted) {
    const isIt = sha256 === undefined ? await dataTest(directory, record.dataset) : hasHash(sha256);
    for (const candidate of candidatesFor(directory, file)) {
      if (!(await isIt(candidate))) continue;
      found.set(file, candidate.file);
      break;
    }
  }
  const moved = Array.from(found, ([before, now]) => `${before} is missing, so ${now} is used instead.`);
  return { record: moved.length === 0 ? record : withPaths(record, (file) => found.get(file) ?? file), moved };
}

/** An existing file or folder that may be the missing one. The last `parts` parts of both paths are equal. */
interface Candidate {
  file: string;
  parts: number;
}

function hasHash(sha256: string): (candidate: Candidate) => Promise<boolean> {
  return async ({ file }) => (await sha256Of(file).catch(() => '')) === sha256;
}

/** Number of equal last parts of a path. The name alone is not enough, because another project may also have a `data.npz`. */
const ENOUGH_PARTS = 2;

/** Returns a function that tests whether a candidate is the data of a run. */
async function dataTest(directory: string, dataset: DatasetSpec): Promise<(candidate: Candidate) => Promise<boolean>> {
  const { events } = await readEvents(paths.events(directory), UNREAD, { progress: false });
  const sha256 = events.findLast(isBeginning)?.datasetSha256;
  if (sha256 === undefined) return ({ parts }) => Promise.resolve(parts >= ENOUGH_PARTS);
  return async ({ file }) => {
    try {
      return (
        fingerprint(
          await loadDataset(
            withPath(dataset, () => file),
            directory,
          ),
        ) === sha256
      );
    } catch (error) {
      if (error instanceof UserError) return false; // it is something else
      throw error;
    }
  };
}

/**
 * Returns the candidates below the parent folders of the run directory. Candidates with more equal parts come first, then those in nearer
 * folders.
 */
function candidatesFor(directory: string, file: string): Candidate[] {
  const parts = pathParts(file);
  const folders = foldersAround(path.resolve(directory));
  return parts
    .map((_, at) => parts.slice(at))
    .flatMap((end) => folders.map((folder) => ({ file: path.join(folder, ...end), parts: end.length })))
    .filter((candidate) => existsSync(candidate.file));
}

function foldersAround(directory: string): string[] {
  const above = path.dirname(directory);
  return above === directory ? [] : [above, ...foldersAround(above)];
}
