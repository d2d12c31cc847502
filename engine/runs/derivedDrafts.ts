/** Drafts of runs that are made from checkpoints: transfers, and measurements between two. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import { openSource, type Source } from '../inspection/source';
import { shapeText } from '../models/fit';
import { checkShape, object, oneOf } from '../shapes';
import type { Method, RunOptions } from '../vocabulary/runOptions';
import type { ConnectivityEnds, FileAsOf, RunRecord, TrainSource, TransferVariant } from '../vocabulary/runRecord';
import { POINTS } from '../vocabulary/runSchema';
import { numberText } from '../vocabulary/schemaWords';
import { ownDataSeed } from '../vocabulary/seeds';
import { type Draft, draftOf, type Place } from './drafts';
import { hashOptions } from './options';
import { checkReplaced, replacedBy, type OptionsSource, type Overrides } from './overrides';
import { directoryOf, INITIALIZATION, paths, rewindPointIn } from './paths';
import { optionsOf, readRecord, runOf } from './record';
import { locateRecord } from './recordPaths';
import { readRunFile } from './runFile';

/** The options of a derived run; by default those of the run that its checkpoint lies in. */
interface DerivedOptions {
  /** A run file that has them, for a checkpoint that lies in no run directory. */
  optionsFile?: string;
  origin?: OptionsSource;
  overrides?: Overrides;
}

export interface TransferRequest extends DerivedOptions {
  checkpoint: string;
  variant: TransferVariant;
  seed: number;
}

/** A full training from what a checkpoint hands over, with the options of the run it comes from, but for its seeds. */
export async function draftTransfer(place: Place, request: TransferRequest): Promise<Draft> {
  const { variant, seed } = request;
  refuseSearchOptions(request.overrides);
  const ticket = await openSource(request.checkpoint);
  const origin = await originOf([ticket], request);
  const method = methodOf(ticket);
  const own = { ...(method !== undefined && { method }), seed, dataSeed: undefined };
  const options = checkReplaced(origin, { ...own, ...request.overrides });
  const rewind = variant === 'retrain' ? await rewindPointOf(ticket) : undefined;
  const source: TrainSource = {
    from: 'checkpoint',
    ...(await asOfNow(ticket)),
    variant,
    ...(rewind && { rewind: await asOfNow(rewind) }),
  };
  const { dataSeed } = ownDataSeed(options);
  const seeds = `seed${options.seed}${dataSeed === undefined ? '' : `-data${dataSeed}`}`;
  const name = `${labelOf(ticket)}-${variant}-${seeds}`;
  const record: RunRecord = { version: 1, name, ...options, kind: 'train', source };
  const sources = rewind ? [ticket, rewind] : [ticket];
  return draftOf(place, record, { origin: origin.file, sources, replaced: replacedBy(request.overrides) });
}

function methodOf({ file, metadata: { method } }: Source): Method | undefined {
  return method === undefined ? undefined : checkShape({ method }, `The metadata of ${file}`, HAS_METHOD).method;
}

const HAS_METHOD = object({ method: oneOf<Method>('dense', 'imp', 'lrr', 'aws') });

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
async function rewindPointOf(ticket: Source): Promise<Source | undefined> {
  const { file: checkpoint, metadata } = ticket;
  const { method, round } = metadata;
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
  const rewind = await openSource(file);
  const options = hashOptions(record);
  for (const part of [ticket, rewind])
    if (part.metadata['options'] !== options)
      throw new UserError(
        `${part.file} is not of the search in ${directory}: its run.json was changed, or the file is from elsewhere; put back what was there.`,
      );
  return rewind;
}

export interface ConnectivityRequest extends DerivedOptions {
  a: string;
  b: string;
  /** Values of α, ends included; at least 2. */
  points: number;
}

/** A measurement of the networks between two checkpoints, on the data of the run that A, or else B, comes from. */
export async function draftConnectivity(place: Place, request: ConnectivityRequest): Promise<Draft> {
  const { points } = request;
  if (!Number.isInteger(points) || points < POINTS.minimum || points > POINTS.maximum)
    throw new UserError(`"points" is ${points}; it must be ${numberText('integer', POINTS)}.`);
  const [a, b] = [await openSource(request.a), await openSource(request.b)];
  checkHeaders(a, b);
  const origin = await originOf([a, b], request);
  const options = checkReplaced(origin, request.overrides);
  const name = `${labelOf(a)}-to-${labelOf(b)}`;
  const ends: ConnectivityEnds = { a: await asOfNow(a), b: await asOfNow(b), points };
  const record: RunRecord = { version: 1, name, ...options, kind: 'connectivity', ...ends };
  return draftOf(place, record, {
    origin: origin.file,
    sources: [a, b],
    replaced: replacedBy(request.overrides),
  });
}

/**
 * Refuses what the two headers show to be of two architectures: a masked layer that the other lacks, or one tensor in two shapes.
 * What a file holds beside its network is nobody's business here; the run looks at every tensor of the architecture.
 */
function checkHeaders(a: Source, b: Source): void {
  const shared = [...a.shapes.keys()].filter((name) => b.shapes.has(name));
  for (const name of new Set([...a.masked, ...b.masked, ...shared])) {
    const [shapeA, shapeB] = [a, b]
      .map(({ shapes }) => shapes.get(name)?.shape)
      .map((shape) => (shape ? shapeText(shape) : 'missing'));
    if (shapeA !== shapeB)
      throw new UserError(
        `${a.file} and ${b.file} cannot be interpolated: tensor ${name} is ${shapeA} in the first and ${shapeB} in the second; name checkpoints of one architecture.`,
      );
  }
}

async function asOfNow({ file, sha256 }: Source): Promise<FileAsOf> {
  return { checkpoint: file, sha256: await sha256() };
}

/** `aws-2-r03` for round 3 of the run in the directory `aws-2`; a foreign file goes by its own name. */
function labelOf({ file, metadata }: Source): string {
  const { run, round } = metadata;
  if (run === undefined || round === undefined) return path.basename(file, path.extname(file));
  const directory = runOf(file);
  const name = directory === undefined ? run : path.basename(directory);
  return isRound(round) ? `${name}-r${round.padStart(2, '0')}` : round === 'final' ? name : `${name}-${round}`;
}

const ROUND = /^\d{1,4}$/;

/** Of a search; others are `init`, `rewind` and `final`. */
function isRound(round = ''): boolean {
  return ROUND.test(round);
}

/** The options of the run that the first of these checkpoints to lie in one comes from, unless a run file says them. */
async function originOf(sources: readonly Source[], { origin, optionsFile }: DerivedOptions): Promise<OptionsSource> {
  if (origin) return origin;
  if (optionsFile) return readRunFile(optionsFile);
  const checkpoints = sources.map(({ file }) => file);
  const directory = runOf(...checkpoints);
  if (directory === undefined)
    throw new UserError(
      `${checkpoints.join(' and ')}: ${checkpoints.length === 1 ? 'lies' : 'lie'} in no run directory, so model and dataset are unknown; name a run file that says them (--options FILE).`,
    );
  const record = await locateRecord(directory, await readRecord(directory));
  return { options: optionsOf(record), file: paths.record(directory) };
}
