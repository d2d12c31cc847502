/** Drafts are runs that do not exist yet. `preflight` checks them and `makeRun` makes their directory. Nothing here starts a run. */
import path from 'node:path';
import type { Source } from '../inspection/source';
import type { RunRecord } from '../vocabulary/runRecord';
import { checkOptions } from './options';
import { directoryFor, isHeldBy, recordOf, writeRecord } from './record';

/** Place of a new run: a new directory below `folder`, or exactly `directory`. */
export type Place = { folder: string } | { directory: string };

/** A run that `makeRun` can make. */
export interface Draft {
  directory: string;
  record: RunRecord;
  /** Path of the file with the options. Errors name this file. */
  origin: string;
  /** The checkpoints that the run starts from or measures. The first is the ticket of a transfer, or end A of a connectivity run. */
  sources: readonly Source[];
  /** The initialization of the ticket of a transfer, if the transfer reads it. */
  initialization?: Source | undefined;
  /** Whether the run exists already. Then it is resumed. */
  exists: boolean;
  place: Place;
  /** Fields whose values come from the command line, not from the file. */
  replaced: readonly string[];
  /** For each file that was found at another path than the recorded one: a sentence for the user. */
  moved?: readonly string[] | undefined;
}

/** The origin of a draft: the file with its options, and the checkpoints of a derived run. */
export type Origin = Pick<Draft, 'origin'> & Partial<Pick<Draft, 'sources' | 'initialization' | 'replaced' | 'moved'>>;

/** Writes `run.json` into a new directory and returns the directory. Does not change a run that exists. */
export async function makeRun({ directory, record, exists, place, ...made }: Draft): Promise<string> {
  if (exists || (await writeRecord(directory, record))) return directory;
  // Another process has just made a run in this directory, so this run gets the next name.
  const next = await directoryIn(place, record);
  return makeRun({ ...made, record, place, ...next });
}

/** Makes a draft from options that are not in a file. Errors name `origin` instead of a file. */
export function draftFromOptions(
  place: Place,
  name: string,
  given: { options: unknown; origin: string },
): Promise<Draft> {
  return draftOf(place, recordOf(name, checkOptions(given.options, given.origin)), { origin: given.origin });
}

/** Makes the draft of a record. `origin` is the file with its options. */
export async function draftOf(
  place: Place,
  record: RunRecord,
  { origin, sources = [], initialization, replaced = [], moved }: Origin,
): Promise<Draft> {
  return { record, origin, sources, initialization, replaced, moved, place, ...(await directoryIn(place, record)) };
}

/** Returns the directory of a draft. Throws UserError if the requested directory contains another run. */
async function directoryIn(place: Place, record: RunRecord): Promise<Pick<Draft, 'directory' | 'exists'>> {
  const directory = 'directory' in place ? path.resolve(place.directory) : await directoryFor(place.folder, record);
  return { directory, exists: await isHeldBy(directory, record) };
}
