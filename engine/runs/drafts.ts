/** Drafts: runs that can be made, which `preflight` checks and `makeRun` makes. Nothing is started. */
import path from 'node:path';
import type { Source } from '../inspection/source';
import type { RunRecord } from '../vocabulary/runRecord';
import { checkOptions } from './options';
import { directoryFor, isHeldBy, recordOf, writeRecord } from './record';

/** Where a new run goes: into a directory of its own below `folder`, or into `directory` itself. */
export type Place = { folder: string } | { directory: string };

/** A run that can be made. */
export interface Draft {
  directory: string;
  record: RunRecord;
  /** The file its options are from, which error sentences name. */
  origin: string;
  /** The checkpoints it starts from or measures, the ticket or A first. */
  sources: readonly Source[];
  /** It was made before: to go on with, knowing what it began with. */
  exists: boolean;
  place: Place;
  /** Fields that are from the command line instead of the file. */
  replaced: readonly string[];
}

/** Where a draft is from: the file its options are from, and the checkpoints of a derived run. */
export type Origin = Pick<Draft, 'origin'> & Partial<Pick<Draft, 'sources' | 'replaced'>>;

/** Writes `run.json` into a new directory, which it returns; a run that is there already is left as it is. */
export async function makeRun({ directory, record, exists, place, ...made }: Draft): Promise<string> {
  if (exists || (await writeRecord(directory, record))) return directory;
  // Another was quicker: of two that are made at once in a folder, the second takes the next name.
  const next = await directoryIn(place, record);
  return makeRun({ ...made, record, place, ...next });
}

/** Of options that were never in a file; `origin` stands for it. */
export function draftFromOptions(
  place: Place,
  name: string,
  given: { options: unknown; origin: string },
): Promise<Draft> {
  return draftOf(place, recordOf(name, checkOptions(given.options, given.origin)), { origin: given.origin });
}

/** The draft of a record; `origin` is the file its options are from. */
export async function draftOf(
  place: Place,
  record: RunRecord,
  { origin, sources = [], replaced = [] }: Origin,
): Promise<Draft> {
  return { record, origin, sources, replaced, place, ...(await directoryIn(place, record)) };
}

/** UserError where the directory that was asked for holds another run. */
async function directoryIn(place: Place, record: RunRecord): Promise<Pick<Draft, 'directory' | 'exists'>> {
  const directory = 'directory' in place ? path.resolve(place.directory) : await directoryFor(place.folder, record);
  return { directory, exists: await isHeldBy(directory, record) };
}
