/** `run.json`: made once, never changed. */
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { UserError } from '../errors';
import { createAtomically, makeFolder } from '../files';
import { parseJson } from '../json/parse';
import { readText } from '../json/text';
import { isObject } from '../json/strict';
import type { BackendName, DatasetSpec, RunOptions } from '../vocabulary/runOptions';
import type { RunRecord } from '../vocabulary/runRecord';
import { isBeginning } from './events';
import { checkOptions, hashOptions, OPTION_NAMES } from './options';
import { folderName } from './names';
import { directoryOf, paths, tracesOf } from './paths';
import { readEvents, UNREAD } from './readEvents';
import { absoluteRecord, locateRecord, storedRecord } from './recordPaths';
import { checkRecord } from './recordShape';

/** The record of a run file: a full training for `dense`, a search for the others. */
export function recordOf(name: string, options: RunOptions): RunRecord {
  const base = { version: 1 as const, name, ...options };
  return options.method === 'dense'
    ? { ...base, kind: 'train', source: { from: 'initialization' } }
    : { ...base, kind: 'search' };
}

/** Whether a directory holds this run already; UserError when it holds another, or what is left of one. */
export async function isHeldBy(directory: string, record: RunRecord): Promise<boolean> {
  if (!existsSync(paths.record(directory))) {
    const [trace] = tracesOf(directory);
    if (trace === undefined) return false;
    throw new UserError(
      `${directory}: has ${path.relative(directory, trace)} of a run, but no run.json; put that back, or choose another directory (--dir).`,
    );
  }
  if (await holds(directory, record)) return true;
  const found = await readRecord(directory);
  const other = differingFields(found, record).map((name) => `"${name}"`);
  throw new UserError(
    `${directory}: holds a run of other options (${other.join(', ')} ${other.length === 1 ? 'differs' : 'differ'}); choose another directory (--dir).`,
  );
}

const UNCOMPARED = ['name', 'madeIn'];

/** By name, for a person. */
function differingFields(found: RunRecord, record: RunRecord): string[] {
  const [there, here] = [found, record].map((whole) => new Map(Object.entries(whole)));
  const names = [...new Set([...there!.keys(), ...here!.keys()])].filter((name) => !UNCOMPARED.includes(name));
  return names.filter((name) => !isDeepStrictEqual(there!.get(name), here!.get(name)));
}

/** Writes `run.json`; false where somebody else has made another run there in the meantime. */
export async function writeRecord(directory: string, record: RunRecord): Promise<boolean> {
  await makeFolder(directory);
  const text = JSON.stringify(storedRecord(directory, record), undefined, 2) + '\n';
  return (await createAtomically(paths.record(directory), text)) || holds(directory, record);
}

/** The first of the run directories that these files lie in. */
export function runOf(...files: readonly string[]): string | undefined {
  return files.map(directoryOf).find((directory) => existsSync(paths.record(directory)));
}

/** A directory below `folder` for this record: the one that holds it already, else the first free of NAME, NAME-2, … */
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
 * Whether a directory is of this very run, on the backend that is asked for. Of paths its hash knows the last part only, so those of
 * the data are compared whole.
 */
async function holds(directory: string, record: RunRecord): Promise<boolean> {
  const found = await locateRecord(directory, await readRecord(directory));
  if (hashOptions(found) !== hashOptions(record)) return false;
  const backend = await backendOf(directory, found);
  if (record.backend !== 'auto' && backend !== 'auto' && backend !== record.backend) return false;
  const [there, here] = [locationOf(found.dataset), locationOf(record.dataset)];
  if (there !== here && realPath(there) !== realPath(here))
    throw new UserError(
      `${directory}: holds this run on the data of ${there}, not ${here}; choose another directory (--dir), or, if the same data have moved, set "dataset.path" in its run.json.`,
    );
  return true;
}

/** Without links; as it is if nothing is there. */
function realPath(file: string): string {
  return existsSync(file) ? realpathSync(file) : file;
}

/** The backend a run is on; one that has not begun by `auto` may be on any. */
async function backendOf(directory: string, { backend }: RunRecord): Promise<BackendName> {
  if (backend !== 'auto') return backend;
  const { events } = await readEvents(paths.events(directory), UNREAD, { progress: false });
  return events.findLast(isBeginning)?.backend.name ?? 'auto';
}

/** Where a dataset is, for a person. */
export function locationOf(dataset: DatasetSpec): string {
  return typeof dataset === 'string' ? dataset : dataset.path;
}

/** The record of a run directory; UserError when it is none. Whether it can be run is checked by whoever runs it. */
export async function readRecord(directory: string): Promise<RunRecord> {
  const file = paths.record(directory);
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) throw new UserError(`${directory}: not a run directory (it has no run.json).`);
  if (!found.isFile()) throw new UserError(`${file} is not an ordinary file.`);
  return absoluteRecord(directory, checkRecord(parseJson(await readText(file), file), file));
}

/** What was parsed, if it is meant to be a record. Throws UserError if it is a broken one, or one of a later version. */
export function recordIn(parsed: unknown, file: string): RunRecord | undefined {
  const isMeant = isObject(parsed) && 'version' in parsed && 'kind' in parsed;
  return isMeant ? absoluteRecord(path.dirname(file), checkRecord(parsed, file)) : undefined;
}

/** Returns a record with its options checked as those of a run file are: defaults filled in, and its files where they are now. */
export async function resolveRecord(directory: string, record: RunRecord): Promise<RunRecord> {
  const located = await locateRecord(directory, record);
  const remedy =
    'Put the data back there, or set "dataset.path" in run.json to where they are now (its last part must stay)';
  return { ...located, ...checkOptions(optionsOf(located), paths.record(directory), { remedy }) };
}

/** Returns the options of a record that are not the default. */
export function givenOptions(record: RunRecord): Partial<RunOptions> {
  const defaults = (knownDefaults ??= defaultOptions());
  const options = Object.entries(optionsOf(record));
  const isDefault = ([name, value]: [string, unknown]) =>
    value === undefined || isDeepStrictEqual(value, (defaults as Readonly<Record<string, unknown>>)[name]);
  return Object.fromEntries(options.filter((option) => !isDefault(option)));
}

let knownDefaults: Partial<RunOptions> | undefined;

function defaultOptions(): Partial<RunOptions> {
  const { method, model, dataset, ...defaults } = checkOptions(
    { method: 'dense', model: 'mlp', dataset: 'sample' },
    '',
  );
  return defaults;
}

/** A record less what it adds to the options. */
export function optionsOf(record: RunRecord): RunOptions {
  const given = OPTION_NAMES.filter((name) => record[name] !== undefined);
  const options: Partial<Record<keyof RunOptions, unknown>> = Object.fromEntries(
    given.map((name) => [name, record[name]]),
  );
  return options as RunOptions;
}

/** Epochs of one round of a run; a training has one round. */
export function epochsOf(record: RunRecord, round: number): number {
  if (record.kind === 'train') return record.finalEpochs;
  return round === 0 ? record.warmupEpochs : record.epochsPerRound;
}
