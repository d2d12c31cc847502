/** Reads and writes `run.json`, which is written once and never changed. */
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { existsSync, realpathSync, statSync, type Stats } from 'node:fs';
import { asReadError } from '../checkpoints/file';
import { Remembered } from '../collections';
import { UserError, type UserErrorOptions } from '../errors';
import { createAtomically, makeFolder } from '../files';
import { parseJson } from '../json/parse';
import { readText } from '../json/text';
import { isObject } from '../json/strict';
import { placeOf } from '../vocabulary/includedDataset';
import { firstRoundOf } from '../vocabulary/rounds';
import type { BackendName, RunOptions } from '../vocabulary/runOptions';
import type { RunRecord } from '../vocabulary/runRecord';
import { commonNumberOf } from './commonFields';
import { isBeginning } from './events';
import { checkOptions, hashOptions, OPTION_NAMES, withDefaults } from './options';
import { folderName } from './names';
import { directoryOf, paths, tracesOf } from './paths';
import { readEvents, UNREAD } from './readEvents';
import { absoluteRecord, locateRecord, storedRecord, type LocatedRecord } from './recordPaths';
import { checkRecord } from './recordShape';

/** Makes the record of a run file: a full training for `dense`, a search for the other methods. */
export function recordOf(name: string, options: RunOptions): RunRecord {
  const base = { version: 1 as const, name, ...options };
  return options.method === 'dense'
    ? { ...base, kind: 'train', source: { from: 'initialization' } }
    : { ...base, kind: 'search' };
}

const MOVED = 'If the same data have moved, set "dataset.path" in its run.json.';
const OTHER_DIRECTORY = { terminal: 'Choose another directory (--dir).', window: 'Choose another name for the run.' };

/** A directory contains another run than the wanted one. */
export class OtherRun extends UserError {
  constructor(
    readonly found: string,
    { advice = OTHER_DIRECTORY, ...options }: UserErrorOptions = {},
  ) {
    super(found, { advice, ...options });
  }
}

/** Whether a directory already contains this run. Throws UserError if the directory contains another run, or files of another run. */
export async function isHeldBy(directory: string, record: RunRecord): Promise<boolean> {
  if (!existsSync(paths.record(directory))) {
    const [trace] = tracesOf(directory);
    if (trace === undefined) return false;
    throw new UserError(`${directory}: has the file ${path.relative(directory, trace)} of a run, but no run.json.`, {
      advice: {
        terminal: 'Restore run.json, or choose another directory (--dir).',
        window: 'Restore run.json, or choose another name for the run.',
      },
    });
  }
  if (await holds(directory, record)) return true;
  const found = await readRecord(directory);
  const other = differingFields(found, record).map((name) => `"${name}"`);
  throw new OtherRun(
    `${directory}: contains a run with other options (${other.join(', ')} ${other.length === 1 ? 'differs' : 'differ'}).`,
  );
}

const UNCOMPARED = ['name', 'madeIn'];

/** Returns the names of the fields that differ. */
function differingFields(found: RunRecord, record: RunRecord): string[] {
  const there = new Map(Object.entries(withDefaults(found)));
  const here = new Map(Object.entries(withDefaults(record)));
  const names = [...new Set([...there.keys(), ...here.keys()])].filter((name) => !UNCOMPARED.includes(name));
  return names.filter((name) => !isDeepStrictEqual(there.get(name), here.get(name)));
}

/** Writes `run.json`. Returns false if another process has made another run there in the meantime. */
export async function writeRecord(directory: string, record: RunRecord): Promise<boolean> {
  await makeFolder(directory);
  const text = JSON.stringify(storedRecord(directory, record), undefined, 2) + '\n';
  return (await createAtomically(paths.record(directory), text)) || holds(directory, record);
}

/** Returns the run directory of the first of these files that is in a run directory. */
export function runOf(...files: readonly string[]): string | undefined {
  return files.map(directoryOf).find((directory) => existsSync(paths.record(directory)));
}

/** Returns the first of the directories NAME, NAME-2, … below `folder` that is free or already contains this run. */
export async function directoryFor(folder: string, record: RunRecord): Promise<string> {
  const name = folderName(record.name);
  for (let copy = 1; ; copy++) {
    const directory = path.join(folder, copy === 1 ? name : `${name}-${copy}`);
    const exists = existsSync(paths.record(directory));
    if (!exists && tracesOf(directory).length === 0) return directory;
    if (exists && (await holds(directory, record))) return directory;
  }
}

/**
 * Whether a directory contains this run, on the requested backend. The hash of options uses only the last part of paths, so the whole paths
 * of the data are compared too.
 */
async function holds(directory: string, record: RunRecord): Promise<boolean> {
  const { record: found } = await locateRecord(directory, await readRecord(directory));
  if (hashOptions(found) !== hashOptions(record)) return false;
  const backend = await backendOf(directory, found);
  if (record.backend !== 'auto' && backend !== 'auto' && backend !== record.backend) return false;
  const [there, here] = [placeOf(found.dataset), placeOf(record.dataset)];
  if (there !== here && realPath(there) !== realPath(here))
    throw new OtherRun(`${directory}: contains this run with the data in ${there}, not in ${here}.`, {
      advice: {
        terminal: `${OTHER_DIRECTORY.terminal} ${MOVED}`,
        window: `${OTHER_DIRECTORY.window} ${MOVED}`,
      },
    });
  return true;
}

/** Returns a path without symbolic links; the path itself if it does not exist. */
function realPath(file: string): string {
  return existsSync(file) ? realpathSync(file) : file;
}

/** Returns the backend of a run, or `auto` if no backend has been chosen yet. */
async function backendOf(directory: string, { backend }: RunRecord): Promise<BackendName> {
  if (backend !== 'auto') return backend;
  const { events } = await readEvents(paths.events(directory), UNREAD, { progress: false });
  return events.findLast(isBeginning)?.backend.name ?? 'auto';
}

/** Reads the record of a run directory. Throws UserError for any other directory. `resolveRecord` checks the options later. */
export async function readRecord(directory: string): Promise<RunRecord> {
  return absoluteRecord(directory, await readStoredRecord(directory));
}

/** Like `readRecord`, but with the paths as they are stored. */
export async function readStoredRecord(directory: string): Promise<RunRecord> {
  const file = paths.record(directory);
  const found = statOf(file);
  if (!found) throw new UserError(`${directory}: not a run directory (it has no run.json).`);
  if (!found.isFile()) throw new UserError(`${file} is not an ordinary file.`);
  return checkRecord(parseJson(await readText(file), file), file);
}

/** Returns the status of a file; undefined if the file does not exist. Throws UserError if the file cannot be reached. */
function statOf(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw asReadError(error, file);
  }
}

/**
 * Returns a parsed value as a record. Returns undefined if the value is not like a record. Throws UserError if the record is invalid or too
 * new.
 */
export function recordIn(parsed: unknown, file: string): RunRecord | undefined {
  const isMeant = isObject(parsed) && 'version' in parsed && 'kind' in parsed;
  return isMeant ? absoluteRecord(path.dirname(file), checkRecord(parsed, file)) : undefined;
}

/**
 * Checks the options of a record like those of a run file, and fills in defaults. Also finds the current paths of the files that the record
 * names.
 */
export async function resolveRecord(directory: string, record: RunRecord): Promise<LocatedRecord> {
  const { record: located, moved } = await locateRecord(directory, record);
  const remedy =
    'Put the data back there, or set "dataset.path" in run.json to where they are now (its last part must stay)';
  return { record: { ...located, ...checkOptions(optionsOf(located), paths.record(directory), { remedy }) }, moved };
}

/** Returns the options of a record that are not the default. A field that an older version did not write has its default. */
export function givenOptions(record: RunRecord): Partial<RunOptions> {
  const { seed, dataSeed } = record;
  const given = knownOptions.get(commonNumberOf(record), () => givenWithoutSeeds(record));
  const isDefault = isDeepStrictEqual(seed, allDefaults().seed);
  return { ...given, ...(!isDefault && { seed }), ...(dataSeed !== undefined && { dataSeed }) };
}

/** The options that are not the default, except the seeds, by `commonNumberOf`. */
const knownOptions = new Remembered<number, Partial<RunOptions>>();

function givenWithoutSeeds(record: RunRecord): Partial<RunOptions> {
  const { seed, dataSeed, ...options } = optionsOf(withDefaults(record));
  const defaults: Readonly<Record<string, unknown>> = allDefaults();
  const isDefault = ([name, value]: [string, unknown]) =>
    value === undefined || isDeepStrictEqual(value, defaults[name]);
  return Object.fromEntries(Object.entries(options).filter((option) => !isDefault(option)));
}

let knownDefaults: Partial<RunOptions> | undefined;

/** Returns the default of every option that has one. The schema says the same, but it takes longer to load than a list of many runs may take. */
function allDefaults(): Partial<RunOptions> {
  return (knownDefaults ??= withDefaults({} as RunRecord));
}

/** Returns the options of a record, without its other fields. */
export function optionsOf(record: RunRecord): RunOptions {
  const given = OPTION_NAMES.filter((name) => record[name] !== undefined);
  const options: Partial<Record<keyof RunOptions, unknown>> = Object.fromEntries(
    given.map((name) => [name, record[name]]),
  );
  return options as RunOptions;
}

/** Returns the number of epochs that a run trains before a round. */
export function epochsBefore(record: RunRecord, round: number): number {
  let epochs = 0;
  for (let before = firstRoundOf(record); before < round; before++) epochs += epochsOf(record, before);
  return epochs;
}

/** Returns the number of epochs of a round. A full training has one round. */
export function epochsOf(record: RunRecord, round: number): number {
  if (record.kind === 'train') return record.finalEpochs;
  return round === 0 ? record.warmupEpochs : record.epochsPerRound;
}
