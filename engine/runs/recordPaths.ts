/**
 * The paths in a record. `run.json` has them relative to the run directory, so that a project can be moved or copied whole. Everybody else
 * reads absolute paths.
 */
import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { sha256Of } from '../checkpoints/write';
import type { DatasetSpec } from '../vocabulary/runOptions';
import type { FileAsOf, RunRecord } from '../vocabulary/runRecord';

/** A path of a record, with the SHA-256 of the file if the record has it. */
type ChangePath = (recorded: string, sha256?: string) => string;

/** The record with other paths: of its data, and of the checkpoints that it starts from or measures. */
function withPaths(record: RunRecord, change: ChangePath): RunRecord {
  const file = <F extends FileAsOf>(given: F): F => ({ ...given, checkpoint: change(given.checkpoint, given.sha256) });
  const changed = { ...record, dataset: withPath(record.dataset, change) };
  if (changed.kind === 'connectivity') return { ...changed, a: file(changed.a), b: file(changed.b) };
  if (changed.kind !== 'train' || changed.source.from !== 'checkpoint') return changed;
  const { source } = changed;
  return { ...changed, source: { ...file(source), ...(source.rewind && { rewind: file(source.rewind) }) } };
}

function withPath(dataset: DatasetSpec, change: ChangePath): DatasetSpec {
  return typeof dataset === 'string' ? dataset : { ...dataset, path: change(dataset.path) };
}

/** The record as it is written into a run directory. Paths on another disk of Windows stay absolute. */
export function storedRecord(directory: string, record: RunRecord): RunRecord {
  const madeIn = path.resolve(directory);
  const relative = (file: string) => path.relative(madeIn, file).split(path.sep).join('/') || '.';
  return { ...withPaths(record, relative), madeIn };
}

/**
 * The record with absolute paths, from a file in `directory`. In a run directory that was moved alone, a path is where it was if nothing
 * is at the same place relative to the directory now.
 */
export function absoluteRecord(directory: string, record: RunRecord): RunRecord {
  const here = path.resolve(directory);
  const { madeIn = here } = record;
  return withPaths(record, (recorded) => {
    const now = path.resolve(here, recorded);
    if (here === madeIn || isAbsolute(recorded) || existsSync(now)) return now;
    const others = [realOf(here), madeIn].map((origin) => path.resolve(origin, recorded));
    return others.find((file) => existsSync(file)) ?? now;
  });
}

/** The directory without links. */
function realOf(directory: string): string {
  try {
    return realpathSync(directory);
  } catch {
    return directory;
  }
}

/** On any system: records are carried from one to another. */
function isAbsolute(file: string): boolean {
  return path.posix.isAbsolute(file) || path.win32.isAbsolute(file);
}

/**
 * The record with the paths of files that are gone replaced by where they are now, if the project was moved: versions up to 0.1 wrote
 * absolute paths. Such a file is looked for at the same place below each folder that the run directory lies in; a checkpoint counts only
 * with the recorded SHA-256, and the data are compared with those that the run began with when they are loaded.
 */
export async function locateRecord(directory: string, record: RunRecord): Promise<RunRecord> {
  const found = new Map<string, string>();
  const wanted: [file: string, sha256: string | undefined][] = [];
  withPaths(record, (file, sha256) => {
    if (!existsSync(file)) wanted.push([file, sha256]);
    return file;
  });
  for (const [file, sha256] of wanted)
    for (const candidate of candidatesFor(directory, file)) {
      if (sha256 !== undefined && (await sha256Of(candidate).catch(() => '')) !== sha256) continue;
      found.set(file, candidate);
      break;
    }
  return found.size === 0 ? record : withPaths(record, (file) => found.get(file) ?? file);
}

/** The files that exist at the end of a path below the folders around a run directory: the longest end first, the nearest folder first. */
function candidatesFor(directory: string, file: string): string[] {
  const parts = file.split(/[\\/]/).filter(Boolean);
  const ends = parts.map((_, at) => parts.slice(at).join('/'));
  const folders = foldersAround(path.resolve(directory));
  return ends.flatMap((end) => folders.map((folder) => path.join(folder, end))).filter((one) => existsSync(one));
}

function foldersAround(directory: string): string[] {
  const above = path.dirname(directory);
  return above === directory ? [] : [above, ...foldersAround(above)];
}
