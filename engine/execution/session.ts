/** Opens everything that one execution of a run needs: data, network, backend, log and lock. */
import type { Backend } from '../backends/backend';
import { measureIn } from '../calibration/measure';
import { chooseBackend } from '../calibration/choose';
import { probeBackends } from '../calibration/probe';
import { BatchMaker } from '../datasets/ahead';
import type { Dataset } from '../datasets/dataset';
import { fingerprint } from '../datasets/fingerprint';
import { loadDataset } from '../datasets/load';
import { UserError } from '../errors';
import type { WriteGuard } from '../files';
import { identityNormalization, initialize, initializeNormalization } from '../models/initialize';
import type { Architecture } from '../models/network';
import type { EventLog } from '../runs/events';
import { CLI } from '../runs/detached';
import { paths } from '../runs/paths';
import { planNetwork } from '../runs/plan';
import type { NetworkState, StateDict } from '../tensors';
import { createTrainer } from '../training/create';
import type { Trainer } from '../training/trainer';
import { placeOf } from '../vocabulary/includedDataset';
import type { BackendChoice } from '../vocabulary/runEvents';
import type { RunRecord } from '../vocabulary/runRecord';
import { SignChanges } from './signChanges';
import { Writer } from './writer';

export interface Session {
  directory: string;
  /** The record of the run, after filling in defaults and resolving paths. */
  record: RunRecord;
  /** `hashOptions` of `run.json` as it is on the disk. The hash shows which state, log and checkpoints belong to this run. */
  optionsHash: string;
  dataset: Dataset;
  datasetSha256: string;
  /** Makes the training batches. */
  maker: BatchMaker;
  architecture: Architecture;
  /** Returns the initial network for the seed of the run, with masks of ones. It is drawn at the first call. */
  initial: () => NetworkState;
  backend: Backend;
  trainer: Trainer;
  /** The signs of the weights since the start of the round. */
  signs: SignChanges;
  /** The lock that this process holds. Before every write to the directory, the lock is checked. */
  lock: WriteGuard;
  log: EventLog;
  /**
   * Removes the invalid part of the log and logs `started` or `resumed`. Call this after everything that the run starts with has been
   * read.
   */
  begin(): void;
  writer: Writer;
  /** Whether a search also measures the re-estimated accuracy. */
  reestimates: boolean;
  /** Logs a warning. The same sentence is logged only once. */
  warn: (message: string) => void;
  /** Kinds of warnings that are given only once per execution. */
  warned: Set<string>;
  /** Returns whether a signal or a stop file has asked this run to stop. */
  stopRequested(): boolean;
}

/**
 * The backend and the data of the previous execution. If the data have changed, an error is thrown. If the backend has changed, the
 * change is reported.
 */
export interface PreviousExecution {
  backend: BackendChoice;
  datasetSha256?: string | undefined;
}

export interface Opening {
  record: RunRecord;
  optionsHash: string;
  lock: WriteGuard;
  /** The dataset, if the caller has loaded it already. */
  dataset?: Dataset | undefined;
  began?: PreviousExecution | undefined;
  signal?: AbortSignal;
  /** Receives messages for the user. Each message is one sentence. */
  onMessage?: ((sentence: string) => void) | undefined;
}

export type OpenedSession = Omit<Session, 'log' | 'begin' | 'warn' | 'warned' | 'reestimates' | 'stopRequested'>;

/** Opens everything of a session except the log. Call `closeSession` to free its memory and threads. */
export async function openSession(
  directory: string,
  { record, optionsHash, lock, dataset: loaded, began, signal, onMessage }: Opening,
): Promise<OpenedSession> {
  const dataset = loaded ?? (await loadDataset(record.dataset, directory));
  const datasetSha256 = fingerprint(dataset);
  if (began?.datasetSha256 !== undefined && began.datasetSha256 !== datasetSha256)
    throw new UserError(
      `${directory}: the data in ${placeOf(record.dataset)} have changed since this run began. Restore the old data, or make a new run with the new data.`,
    );
  const architecture = planIn(directory, record, dataset);
  const work = { model: record.model, data: architecture.data, batchSize: record.batchSize };
  const report = async () => (await probeBackends({ signal })).backends;
  const choosing = { work, measure: measureIn(CLI), report, began: began?.backend, signal, onMessage };
  const backend = await chooseBackend(record.backend, choosing).catch(withRemedy(directory, began));
  const trainer = createTrainerOn(backend, architecture, record);
  const maker = new BatchMaker(dataset);
  const writer = new Writer({ directory, options: optionsHash, lock });
  let drawn: NetworkState | undefined;
  const initial = () => (drawn ??= initialize(architecture, record.seed));
  return {
    directory,
    record,
    optionsHash,
    dataset,
    datasetSha256,
    maker,
    architecture,
    initial,
    backend,
    trainer,
    signs: new SignChanges(architecture),
    lock,
    writer,
  };
}

/** Creates the trainer of a run. If that fails, frees the backend. */
export function createTrainerOn(backend: Backend, architecture: Architecture, record: TrainerRecord): Trainer {
  const { optimizer: kind, momentum, weightDecay } = record;
  const optimizer = { kind, momentum, weightDecay };
  try {
    return createTrainer({ architecture, backend, optimizer, initial: initialNormalization(architecture, record) });
  } catch (error) {
    backend.dispose();
    throw error;
  }
}

/** Returns ψ_init, towards which aws interpolates. */
export function initialNormalization(
  architecture: Architecture,
  { seed, normalizationInterpolation }: Pick<RunRecord, 'seed' | 'normalizationInterpolation'>,
): StateDict {
  const isIdentity = normalizationInterpolation.initial === 'one-zero';
  return isIdentity ? identityNormalization(architecture) : initializeNormalization(architecture, seed);
}

type TrainerRecord = Pick<RunRecord, 'optimizer' | 'momentum' | 'weightDecay' | 'seed' | 'normalizationInterpolation'>;

/** Adds advice to an error: a run that was started before can resume on another backend. */
function withRemedy(directory: string, began: PreviousExecution | undefined): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof UserError) || !began) throw error;
    const other =
      'Or set "backend" to another backend. The result may then not be bit-identical to that of an uninterrupted run.';
    throw new UserError(`${paths.record(directory)}: ${error.message} ${other}`, { cause: error });
  };
}

export async function closeSession({ trainer, backend, maker }: Pick<Session, 'trainer' | 'backend' | 'maker'>) {
  trainer.dispose();
  backend.dispose();
  await maker.dispose();
}

/** Plans the network. Adds run.json to an error, because the cause is in its options. */
function planIn(directory: string, record: RunRecord, data: Dataset): Architecture {
  try {
    return planNetwork(record, data);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${paths.record(directory)}: ${error.message}`, { cause: error });
  }
}
