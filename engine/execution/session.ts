/** One execution of a run in this process: its data, network and backend, its log, and when to report, save and stop. */
import { existsSync } from 'node:fs';
import { UserError } from '../errors';
import type { Backend } from '../backends/backend';
import { countBatches } from '../datasets/batches';
import { fingerprint } from '../datasets/fingerprint';
import { loadDataset } from '../datasets/load';
import { BatchMaker } from '../datasets/ahead';
import type { Dataset } from '../datasets/dataset';
import { keepCount } from '../lottery/prune';
import { initialize, initializeNormalization } from '../models/initialize';
import type { Architecture } from '../models/network';
import { buildArchitecture } from '../models/registry';
import type { BackendChoice, RunOptions, RunRecord } from '../protocol';
import { sizeOf, type NetworkState } from '../tensors';
import { measureIn } from '../calibration/calibrate';
import { chooseBackend } from '../calibration/choose';
import { createTrainer } from '../training/create';
import type { Trainer } from '../training/trainer';
import type { EventLog } from '../runs/events';
import { CLI } from '../runs/launch';
import { hashOptions } from '../runs/options';
import { paths } from '../runs/paths';
import { locationOf } from '../runs/record';
import { Writer } from './savedState';

export interface Session {
  directory: string;
  record: RunRecord;
  options: RunOptions;
  dataset: Dataset;
  datasetSha256: string;
  /** Of the dataset's training batches. */
  maker: BatchMaker;
  architecture: Architecture;
  /** θ_init and ψ_init of the run's seed, masks all ones; drawn when they are first asked for. */
  initial: () => NetworkState;
  backend: Backend;
  trainer: Trainer;
  log: EventLog;
  /** Logs that the run begins or goes on: once all that it begins with was read, for then the log is cut back to that. */
  begin(): void;
  writer: Writer;
  /** Whether somebody asked this run to stop, by signal or by file. */
  stopRequested(): boolean;
}

/** A run that was asked to stop, thrown once its state is saved. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** A run whose loss is no longer a number: a result, not an error. */
export class Diverged extends Error {
  override readonly name = 'Diverged';
}

/** What a run trained on last: it has to be the same when it goes on, or is told where it is not. */
export interface Begun {
  backend: BackendChoice;
  datasetSha256?: string | undefined;
}

export interface Opening {
  record: RunRecord;
  options: RunOptions;
  /** Where it is loaded already. */
  dataset?: Dataset | undefined;
  began?: Begun | undefined;
  signal?: AbortSignal;
  /** Hears what takes a while. */
  say?: ((sentence: string) => void) | undefined;
}

export type OpenedSession = Omit<Session, 'log' | 'begin' | 'stopRequested'>;

/** Everything of a session but its log; `closeSession` gives memory and threads back. */
export async function openSession(
  directory: string,
  { record, options, dataset: loaded, began, signal, say }: Opening,
): Promise<OpenedSession> {
  const dataset = loaded ?? (await loadDataset(options.dataset, directory));
  const datasetSha256 = fingerprint(dataset);
  if (began?.datasetSha256 !== undefined && began.datasetSha256 !== datasetSha256)
    throw new UserError(
      `${directory}: the data of ${locationOf(options.dataset)} have changed since this run began; put back what they were, or make a new run of these.`,
    );
  const architecture = planIn(directory, { ...record, ...options }, dataset);
  const work = { model: options.model, data: architecture.data, batchSize: options.batchSize };
  const choosing = { work, measure: measureIn(CLI), began: began?.backend, signal, say };
  const backend = await chooseBackend(options.backend, choosing).catch(withRemedy(directory, began));
  const { optimizer: kind, momentum, weightDecay } = options;
  const trainer = createTrainer({
    architecture,
    backend,
    optimizer: { kind, momentum, weightDecay },
    initial: initializeNormalization(architecture, options.seed),
  });
  const maker = new BatchMaker(dataset);
  const writer = new Writer(directory, hashOptions(record));
  let drawn: NetworkState | undefined;
  const initial = () => (drawn ??= initialize(architecture, options.seed));
  return { directory, record, options, dataset, datasetSha256, maker, architecture, initial, backend, trainer, writer };
}

/** A run that has begun can go on elsewhere. */
function withRemedy(directory: string, began: Begun | undefined): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof UserError) || !began) throw error;
    const other = 'or set its "backend" to one that can be used: the run goes on there, and ends in other bytes';
    throw new UserError(`${paths.record(directory)}: ${error.message.replace(/\.$/, '')}; ${other}.`, { cause: error });
  };
}

export async function closeSession({ trainer, backend, maker }: Pick<Session, 'trainer' | 'backend' | 'maker'>) {
  trainer.dispose();
  backend.dispose();
  await maker.dispose();
}

/** The network of a run, with all checked that the data show before anything is trained. */
export function plan(record: RunRecord, data: Dataset): Architecture {
  const { height, width, channels, classes } = data;
  const architecture = buildArchitecture(record.model, { height, width, channels, classes });
  if (record.kind === 'search') checkSearch(record, data, architecture);
  return architecture;
}

/** Refuses a search whose rounds cannot all be made. */
function checkSearch(record: RunRecord, data: Dataset, architecture: Architecture): void {
  const { method, rewindStep, warmupEpochs, rounds, pruningFraction } = record;
  const steps = warmupEpochs * countBatches(data, record);
  if (method === 'imp' && rewindStep >= steps)
    throw new UserError(
      `field "rewindStep" is ${rewindStep}, but round 0 has ${steps} steps; lower it or raise warmupEpochs.`,
    );
  const { prunable } = countParameters(architecture).parameters;
  let kept = prunable;
  for (let round = 1; round <= rounds; round++) {
    kept = keepCount(kept, pruningFraction);
    if (kept > 0) continue;
    throw new UserError(
      `field "pruningFraction" is ${pruningFraction}, which leaves none of ${prunable} prunable weights in round ${round}; lower it, or "rounds".`,
    );
  }
}

/** What cannot be planned is the record's fault: its file is named. */
function planIn(directory: string, record: RunRecord, data: Dataset): Architecture {
  try {
    return plan(record, data);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${paths.record(directory)}: ${error.message}`, { cause: error });
  }
}

const LOOK_MS = 500;

/** Listens for a stop by signal, and looks for the stop file now and then. */
export function stopWatch(directory: string, signal: AbortSignal): () => boolean {
  let looked = 0;
  return () => {
    if (signal.aborted) return true;
    if (Date.now() - looked < LOOK_MS) return false;
    looked = Date.now();
    return existsSync(paths.stop(directory));
  };
}

/** Shapes of the prunable layers, and the two denominators of every sparsity. */
export function countParameters(architecture: Architecture) {
  const prunable = architecture.entries.filter((entry) => entry.prunable);
  const layers = prunable.map(({ name, shape }) => ({
    name: name.replace(/\.weight$/, ''),
    shape: [...shape],
    count: sizeOf(shape),
  }));
  const sum = (entries: readonly { shape: readonly number[] }[]) =>
    entries.reduce((total, { shape }) => total + sizeOf(shape), 0);
  const all = architecture.entries.filter((entry) => entry.role !== 'buffer');
  return { layers, parameters: { prunable: sum(prunable), all: sum(all) } };
}

/** What a checkpoint says of itself: never a time or a path, so that equal states are equal bytes. */
export function metadataOf({ record, architecture, dataset }: Session, round: string): Record<string, string> {
  return {
    format: 'winning-sign 1',
    run: record.name,
    round,
    method: record.method,
    seed: String(record.seed),
    options: hashOptions(record),
    model: JSON.stringify(record.model),
    data: JSON.stringify(architecture.data),
    normalization: JSON.stringify({ mean: dataset.normalization.mean, std: dataset.normalization.std }),
  };
}
