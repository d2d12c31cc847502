/** Opens what one execution of a run needs: its data, network, backend, log and lock. */
import type { Backend } from '../backends/backend';
import { measureIn } from '../calibration/measure';
import { chooseBackend } from '../calibration/choose';
import { BatchMaker } from '../datasets/ahead';
import type { Dataset } from '../datasets/dataset';
import { fingerprint } from '../datasets/fingerprint';
import { loadDataset } from '../datasets/load';
import { UserError } from '../errors';
import type { WriteGuard } from '../files';
import { initialize, initializeNormalization } from '../models/initialize';
import type { Architecture } from '../models/network';
import type { EventLog } from '../runs/events';
import { CLI } from '../runs/launch';
import { paths } from '../runs/paths';
import { planNetwork } from '../runs/plan';
import { locationOf } from '../runs/record';
import type { NetworkState } from '../tensors';
import { createTrainer } from '../training/create';
import type { Trainer } from '../training/trainer';
import type { BackendChoice } from '../vocabulary/runEvents';
import type { RunRecord } from '../vocabulary/runRecord';
import { Writer } from './savedState';

export interface Session {
  directory: string;
  /** The record with defaults filled in and with the paths of its data resolved. */
  record: RunRecord;
  /** `hashOptions` of `run.json` as it is on the disk. Identifies the run in its state, log and checkpoints. */
  optionsHash: string;
  dataset: Dataset;
  datasetSha256: string;
  /** Makes the training batches. */
  maker: BatchMaker;
  architecture: Architecture;
  /** Returns θ_init and ψ_init for the seed of the run, with masks of ones. Draws them at the first call. */
  initial: () => NetworkState;
  backend: Backend;
  trainer: Trainer;
  /** The lock of this process. Every write to the directory checks that it is still ours. */
  lock: WriteGuard;
  log: EventLog;
  /** Cuts the log back and logs `started` or `resumed`. Call it after everything that the run begins with is read. */
  begin(): void;
  writer: Writer;
  /** Whether a search also measures its re-estimated accuracy. */
  reestimates: boolean;
  /** Logs a warning; each sentence once. */
  warn: (message: string) => void;
  /** Kinds of warnings that are not repeated in this execution. */
  warned: Set<string>;
  /** Whether this run was asked to stop, by a signal or by a stop file. */
  stopRequested(): boolean;
}

/** The backend and data of the previous execution. Other data are an error, another backend is reported. */
export interface PreviousExecution {
  backend: BackendChoice;
  datasetSha256?: string | undefined;
}

export interface Opening {
  record: RunRecord;
  optionsHash: string;
  lock: WriteGuard;
  /** The dataset, if it is loaded already. */
  dataset?: Dataset | undefined;
  began?: PreviousExecution | undefined;
  signal?: AbortSignal;
  /** Receives messages for the user, one sentence each. */
  say?: ((sentence: string) => void) | undefined;
}

export type OpenedSession = Omit<Session, 'log' | 'begin' | 'warn' | 'warned' | 'reestimates' | 'stopRequested'>;

/** Opens everything of a session except its log. `closeSession` frees its memory and threads. */
export async function openSession(
  directory: string,
  { record, optionsHash, lock, dataset: loaded, began, signal, say }: Opening,
): Promise<OpenedSession> {
  const dataset = loaded ?? (await loadDataset(record.dataset, directory));
  const datasetSha256 = fingerprint(dataset);
  if (began?.datasetSha256 !== undefined && began.datasetSha256 !== datasetSha256)
    throw new UserError(
      `${directory}: the data in ${locationOf(record.dataset)} have changed since this run began. Restore the old data, or make a new run with the new ones.`,
    );
  const architecture = planIn(directory, record, dataset);
  const work = { model: record.model, data: architecture.data, batchSize: record.batchSize };
  const choosing = { work, measure: measureIn(CLI), began: began?.backend, signal, say };
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
    lock,
    writer,
  };
}

/** Creates the trainer of a run; if that fails, frees the backend. */
export function createTrainerOn(backend: Backend, architecture: Architecture, record: TrainerRecord): Trainer {
  const { optimizer: kind, momentum, weightDecay, seed } = record;
  const optimizer = { kind, momentum, weightDecay };
  try {
    return createTrainer({ architecture, backend, optimizer, initial: initializeNormalization(architecture, seed) });
  } catch (error) {
    backend.dispose();
    throw error;
  }
}

type TrainerRecord = Pick<RunRecord, 'optimizer' | 'momentum' | 'weightDecay' | 'seed'>;

/** Adds to an error that a run which has begun can resume on another backend. */
function withRemedy(directory: string, began: PreviousExecution | undefined): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof UserError) || !began) throw error;
    const other =
      'Or set "backend" to another one; the result is then no longer bit-identical to an uninterrupted run.';
    throw new UserError(`${paths.record(directory)}: ${error.message} ${other}`, { cause: error });
  };
}

export async function closeSession({ trainer, backend, maker }: Pick<Session, 'trainer' | 'backend' | 'maker'>) {
  trainer.dispose();
  backend.dispose();
  await maker.dispose();
}

/** Plans the network. An error names run.json, because its options are wrong. */
function planIn(directory: string, record: RunRecord, data: Dataset): Architecture {
  try {
    return planNetwork(record, data);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${paths.record(directory)}: ${error.message}`, { cause: error });
  }
}
