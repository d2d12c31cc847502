/** Makes drafts of runs that start from checkpoints. */
import path from 'node:path';
import { roundOf } from '../checkpoints/metadata';
import { UserError } from '../errors';
import { sha256Of } from '../checkpoints/write';
import { openSource, type Source } from '../inspection/source';
import { checkShape, object } from '../shapes';
import type { CheckpointRef } from '../vocabulary/checkpoint';
import type { Method, RunOptions } from '../vocabulary/runOptions';
import type { FileAsOf, RunRecord, TicketSource } from '../vocabulary/runRecord';
import { ownDataSeed } from '../vocabulary/seeds';
import type { TransferChoices } from '../vocabulary/transferVariants';
import { type Draft, draftOf, type Place } from './drafts';
import { SEARCH_OPTIONS } from './options';
import { checkReplaced, replacedBy, type OptionsSource, type Overrides } from './overrides';
import { paths } from './paths';
import { optionsOf, readRecord, runOf } from './record';
import { locateRecord } from './recordPaths';
import { METHOD } from './recordShape';
import { readRunFile } from './runFile';
import { checkChoices, initializationOf, rewindPointOf } from './transferSources';

/** The source of the options of a derived run. By default it is the run that wrote the checkpoint. */
export interface DerivedOptions {
  /** A run file with the options. It is needed if the checkpoint is not in a run directory. */
  optionsFile?: string;
  origin?: OptionsSource;
  overrides?: Overrides;
}

export interface TransferRequest extends DerivedOptions, TransferChoices {
  checkpoint: CheckpointRef;
  seed: number;
}

/** Drafts a full training that starts from a checkpoint. The draft has the options of the checkpoint's run, but its own seeds. */
export async function draftTransfer(place: Place, request: TransferRequest): Promise<Draft> {
  const { variant, seed } = request;
  refuseSearchOptions(request.overrides);
  checkChoices(request);
  const ticket = await openSource(request.checkpoint);
  const origin = await originOf([ticket], request);
  const method = methodOf(ticket);
  const own = { ...(method !== undefined && { method }), seed, dataSeed: undefined };
  const options = checkReplaced(origin, { ...own, ...request.overrides });
  const rewind = variant === 'retrain' ? await rewindPointOf(ticket) : undefined;
  const initialization = await initializationOf(ticket, request);
  const source: TicketSource = {
    from: 'checkpoint',
    ...(await asOfNow(ticket)),
    variant,
    ...ownChoices(request),
    ...(initialization && { initialization: await asOfNow(initialization) }),
    ...(rewind && { rewind: await asOfNow(rewind) }),
  };
  const name = [labelOf(ticket), variant, ...rescaleLabel(source), seedsLabel(options, source)].join('-');
  const record: RunRecord = { version: 1, name, ...options, kind: 'train', source };
  const sources = rewind ? [ticket, rewind] : [ticket];
  return draftOf(place, record, {
    origin: origin.file,
    moved: origin.moved,
    sources,
    initialization,
    replaced: replacedBy(request.overrides),
  });
}

/** Returns the choices that are not the default. */
export function ownChoices({
  magnitudeSeed,
  seed,
  rescale = 'none',
  classifier,
}: Omit<TransferChoices, 'initialization' | 'variant'> & { seed: number }) {
  return {
    ...(magnitudeSeed !== undefined && magnitudeSeed !== seed && { magnitudeSeed }),
    ...(rescale !== 'none' && { rescale }),
    ...(classifier !== undefined && { classifier }),
  };
}

function rescaleLabel({ rescale }: TicketSource): string[] {
  return rescale === undefined ? [] : [`rescaled-by-${rescale}`];
}

function seedsLabel(options: RunOptions, { magnitudeSeed }: TicketSource): string {
  const { dataSeed } = ownDataSeed(options);
  const others = { data: dataSeed, magnitudes: magnitudeSeed };
  const labels = Object.entries(others).flatMap(([name, seed]) => (seed === undefined ? [] : [`-${name}${seed}`]));
  return `seed${options.seed}${labels.join('')}`;
}

function methodOf({ file, metadata: { method } }: Source): Method | undefined {
  return method === undefined ? undefined : checkShape({ method }, `The metadata of ${file}`, HAS_METHOD).method;
}

const HAS_METHOD = object({ method: METHOD });

/** Options that a transfer does not inherit. */
const OF_SEARCHES: readonly (keyof RunOptions)[] = ['method', ...SEARCH_OPTIONS];

function refuseSearchOptions(overrides: Overrides = {}): void {
  const given = Object.keys(overrides).find((name) => OF_SEARCHES.some((field) => field === name.split('.')[0]));
  if (given !== undefined)
    throw new UserError(`field "${given}" has no effect in a full training, only in a search. Leave it out.`);
}

/** Returns a source as it is recorded in `run.json`. */
export async function asOfNow({ file, sha256, choice: { layers, state, mask } }: Source): Promise<FileAsOf> {
  return {
    checkpoint: file,
    sha256: await sha256(),
    ...(layers !== undefined && { layers }),
    ...(state !== undefined && { state }),
    ...(mask !== undefined && { mask: { checkpoint: mask, sha256: await sha256Of(mask) } }),
  };
}

/**
 * Returns a label for names of runs: `aws-2-r03` for round 3 of the run in the directory `aws-2`, or the file name for other tools' files.
 */
export function labelOf({ file, metadata }: Source): string {
  const { run, round } = metadata;
  if (run === undefined || round === undefined) return path.basename(file, path.extname(file));
  const directory = runOf(file);
  const name = directory === undefined ? run : path.basename(directory);
  return roundOf(metadata) !== undefined
    ? `${name}-r${round.padStart(2, '0')}`
    : round === 'final'
      ? name
      : `${name}-${round}`;
}

/** Returns the options from the given run file, else from the run of the first checkpoint that is in a run directory. */
export async function originOf(
  sources: readonly Source[],
  { origin, optionsFile }: DerivedOptions,
): Promise<OptionsSource> {
  if (origin) return origin;
  if (optionsFile) return readRunFile(optionsFile);
  const checkpoints = sources.map(({ file }) => file);
  const directory = runOf(...checkpoints);
  if (directory === undefined)
    throw new UserError(
      `${checkpoints.join(' and ')}: not in a run directory, so the model and the dataset are unknown.`,
      {
        advice: {
          terminal: 'Name a run file with a model and a dataset (--options FILE).',
          window: 'Choose a run file with a model and a dataset.',
        },
      },
    );
  const { record, moved } = await locateRecord(directory, await readRecord(directory));
  return { options: optionsOf(record), file: paths.record(directory), moved };
}
