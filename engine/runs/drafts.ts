/** What runs are made of: run files, checkpoints, pairs of checkpoints. Each gives a draft, which `preflight` checks and `makeRun` makes; nothing is started. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readMetadata, readOwnMetadata } from '../checkpoints/open';
import { headerOf } from '../checkpoints/shapes';
import { sha256Of } from '../checkpoints/write';
import { UserError } from '../errors';
import { shapeText } from '../models/fit';
import type { RunOptions } from '../vocabulary/runOptions';
import type { ConnectivityEnds, FileAsOf, RunRecord, TrainSource, TransferVariant } from '../vocabulary/runRecord';
import { checkOptions, hashOptions, readRunFile } from './options';
import { directoryOf, INITIALIZATION, paths, rewindPointIn } from './paths';
import { directoryFor, isHeldBy, optionsOf, readRecord, recordOf, runOf, writeRecord } from './record';

/** Where a new run goes: into a directory of its own below `folder`, or into `directory` itself. */
export type Place = { folder: string } | { directory: string };

/** Options that replace those of the run file or of the source run; `augmentation.crop` is one within another. Checked like any others. */
export type Overrides = Partial<Record<keyof RunOptions | `${keyof RunOptions}.${string}`, unknown>>;

function override(options: RunOptions, overrides: Overrides = {}): unknown {
  const one = (whole: unknown, [name, value]: [string, unknown]) => within(whole, { to: name.split('.') }, value);
  return Object.entries(overrides).reduce(one, options);
}

/** `whole`, which stands at `from`, with what stands further at `to` replaced. */
function within(whole: unknown, { from = [], to }: { from?: string[]; to: string[] }, value: unknown): unknown {
  const [next, ...rest] = to;
  if (next === undefined) return value;
  if (whole !== undefined && !isObject(whole))
    throw new UserError(
      `field "${[...from, ...to].join('.')}" cannot be set: ${from.join('.')} is ${JSON.stringify(whole)}, which has no fields; give ${from.join('.')} whole, as JSON.`,
    );
  const part = whole && Object.hasOwn(whole, next) ? whole[next] : undefined;
  return { ...whole, [next]: within(part, { from: [...from, next], to: rest }, value) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A run that can be made. */
export interface Draft {
  directory: string;
  record: RunRecord;
  /** The file its options are from, which error sentences name. */
  origin: string;
  /** It was made before: to go on with, knowing what it began with. */
  exists: boolean;
  place: Place;
}

/** Writes `run.json` into a new directory, which it returns; a run that is there already is left as it is. */
export async function makeRun({ directory, record, exists, place }: Draft): Promise<string> {
  if (exists || (await writeRecord(directory, record))) return directory;
  // Another was quicker: of two that are made at once in a folder, the second takes the next name.
  const next = await directoryIn(place, record);
  return makeRun({ record, origin: next.directory, place, ...next });
}

export async function draftRun(place: Place, file: string, overrides?: Overrides): Promise<Draft> {
  const { name, options } = await readRunFile(file);
  return draft(place, recordOf(name, checkOptions(override(options, overrides), file)), file);
}

/** Of options that were never in a file; `origin` stands for it. */
export function draftFromOptions(
  place: Place,
  name: string,
  given: { options: unknown; origin: string },
): Promise<Draft> {
  return draft(place, recordOf(name, checkOptions(given.options, given.origin)), given.origin);
}

export interface TransferRequest {
  checkpoint: string;
  variant: TransferVariant;
  seed: number;
  overrides?: Overrides;
  /** A run file with model, dataset and final training, for a checkpoint that lies in no run directory. */
  optionsFile?: string;
}

/** A full training from what a checkpoint hands over, with the options of the run it comes from. */
export async function draftTransfer(place: Place, request: TransferRequest): Promise<Draft> {
  const checkpoint = path.resolve(request.checkpoint);
  const { variant, seed } = request;
  refuseSearchOptions(request.overrides);
  const label = await labelOf(checkpoint);
  const origin = await originOf([checkpoint], request.optionsFile);
  const { method = origin.options.method } = await readOwnMetadata(checkpoint);
  const options = checkOptions(
    override({ ...origin.options, method, seed } as RunOptions, request.overrides),
    origin.file,
  );
  const rewind = variant === 'retrain' ? await rewindPointOf(checkpoint) : undefined;
  const source: TrainSource = {
    from: 'checkpoint',
    ...(await fileNow(checkpoint)),
    variant,
    ...(rewind && { rewind }),
  };
  const name = `${label}-${variant}-seed${options.seed}`;
  return draft(place, { version: 1, name, ...options, kind: 'train', source }, origin.file);
}

/** What decides a search only; it has been made, and says so itself. */
const OF_SEARCHES: readonly (keyof RunOptions)[] = [
  'method',
  'rounds',
  'pruningFraction',
  'warmupEpochs',
  'epochsPerRound',
  'rewindStep',
  'normalizationInterpolation',
];

function refuseSearchOptions(overrides: Overrides = {}): void {
  const given = Object.keys(overrides).find((name) => OF_SEARCHES.some((field) => field === name.split('.')[0]));
  if (given !== undefined)
    throw new UserError(`field "${given}" is for searches and decides nothing in a full training; leave it out.`);
}

/**
 * What the ticket of an imp search has for weights: not those that its round was trained to, but the ones that rounds are rewound to
 * (Frankle et al. 2020); undefined for every other checkpoint, which holds its ticket's weights itself.
 */
async function rewindPointOf(checkpoint: string): Promise<FileAsOf | undefined> {
  const { method, round } = await readOwnMetadata(checkpoint);
  if (method !== 'imp' || !isRound(round)) return undefined;
  const directory = directoryOf(checkpoint);
  const record = existsSync(paths.record(directory)) ? await readRecord(directory) : undefined;
  if (record?.kind !== 'search' || record.method !== 'imp')
    throw new UserError(
      `${checkpoint} is a round of an imp search, whose ticket is its mask on the weights that rounds are rewound to; those lie in its run directory, and this file does not: name the one there.`,
    );
  const file = record.rewindStep === 0 ? paths.checkpoint(directory, INITIALIZATION) : rewindPointIn(directory);
  if (!existsSync(file))
    throw new UserError(
      `${file} is gone: it holds the weights that the ticket ${checkpoint} is rewound to; put it back, or run the search again.`,
    );
  const options = hashOptions(record);
  for (const part of [checkpoint, file])
    if ((await readMetadata(part))['options'] !== options)
      throw new UserError(
        `${part} is not of the search in ${directory}: its run.json was changed, or the file is from elsewhere; put back what was there.`,
      );
  return fileNow(file);
}

export interface ConnectivityRequest {
  a: string;
  b: string;
  /** Values of α, ends included; at least 2. */
  points: number;
  optionsFile?: string;
}

/** A measurement of the networks between two checkpoints, on the data of the run that A, or else B, comes from. */
export async function draftConnectivity(place: Place, request: ConnectivityRequest): Promise<Draft> {
  const { points } = request;
  if (!Number.isInteger(points) || points < 2 || points > 1001)
    throw new UserError(`field "points" is ${points}; it must be a whole number from 2 to 1001.`);
  await checkHeaders(request.a, request.b);
  const [a, b] = [await fileNow(path.resolve(request.a)), await fileNow(path.resolve(request.b))];
  const { options, file } = await originOf([a.checkpoint, b.checkpoint], request.optionsFile);
  const name = `${await labelOf(a.checkpoint)}-to-${await labelOf(b.checkpoint)}`;
  const ends: ConnectivityEnds = { a, b, points };
  const record: RunRecord = { version: 1, name, ...checkOptions(options, file), kind: 'connectivity', ...ends };
  return draft(place, record, file);
}

/**
 * Refuses what the two headers show to be of two architectures: a masked layer that the other lacks, or one tensor in two shapes.
 * What a file holds beside its network is nobody's business here; the run looks at every tensor of the architecture.
 */
async function checkHeaders(a: string, b: string): Promise<void> {
  const [inA, inB] = [await headerOf(a), await headerOf(b)];
  const shared = [...inA.shapes.keys()].filter((name) => inB.shapes.has(name));
  for (const name of new Set([...inA.masked, ...inB.masked, ...shared])) {
    const [shapeA, shapeB] = [inA, inB]
      .map(({ shapes }) => shapes.get(name)?.shape)
      .map((shape) => (shape ? shapeText(shape) : 'missing'));
    if (shapeA !== shapeB)
      throw new UserError(
        `${a} and ${b} cannot be interpolated: tensor ${name} is ${shapeA} in the first and ${shapeB} in the second; name checkpoints of one architecture.`,
      );
  }
}

async function fileNow(checkpoint: string): Promise<FileAsOf> {
  return { checkpoint, sha256: await sha256Of(checkpoint) };
}

/** `aws-2-r03` for round 3 of the run in the directory `aws-2`; a foreign file goes by its own name. */
async function labelOf(checkpoint: string): Promise<string> {
  const { run, round } = await readOwnMetadata(checkpoint);
  if (run === undefined || round === undefined) return path.basename(checkpoint, path.extname(checkpoint));
  const directory = runOf(checkpoint);
  const name = directory === undefined ? run : path.basename(directory);
  return isRound(round) ? `${name}-r${round.padStart(2, '0')}` : round === 'final' ? name : `${name}-${round}`;
}

/** Of a search; others are `init`, `rewind` and `final`. */
function isRound(round = ''): boolean {
  return /^\d+$/.test(round);
}

/** The options of the run that the first of these checkpoints to lie in one comes from, unless a run file says them. */
async function originOf(
  checkpoints: readonly string[],
  optionsFile?: string,
): Promise<{ options: RunOptions; file: string }> {
  if (optionsFile) return { options: (await readRunFile(optionsFile)).options, file: optionsFile };
  const directory = runOf(...checkpoints);
  if (directory === undefined)
    throw new UserError(
      `${checkpoints.join(' and ')}: ${checkpoints.length === 1 ? 'lies' : 'lie'} in no run directory, so model and dataset are unknown; name a run file that says them (--options FILE).`,
    );
  return { options: optionsOf(await readRecord(directory)), file: paths.record(directory) };
}

async function draft(place: Place, record: RunRecord, origin: string): Promise<Draft> {
  return { record, origin, place, ...(await directoryIn(place, record)) };
}

/** UserError where the directory that was asked for holds another run. */
async function directoryIn(place: Place, record: RunRecord): Promise<Pick<Draft, 'directory' | 'exists'>> {
  const directory = 'directory' in place ? path.resolve(place.directory) : await directoryFor(place.folder, record);
  return { directory, exists: await isHeldBy(directory, record) };
}
