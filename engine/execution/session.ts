/** One execution of a run in this process: its data, network and backend, its log, and when to report, save and stop. */
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
  /** With defaults filled in, and the paths of its data resolved. */
  record: RunRecord;
  /** `hashOptions` of `run.json` as it is on the disk: names the run in its state, log and checkpoints. */
  optionsHash: string;
  dataset: Dataset;
  datasetSha256: string;
  /** Of the dataset's training batches. */
  maker: BatchMaker;
  architecture: Architecture;
  /** θ_init and ψ_init of the run's seed, masks all ones; drawn when they are first asked for. */
  initial: () => NetworkState;
  backend: Backend;
  trainer: Trainer;
  /** Held by this process; every write to the directory checks that it still is. */
  lock: WriteGuard;
  log: EventLog;
  /** Logs that the run begins or goes on: once all that it begins with was read, for then the log is cut back to that. */
  begin(): void;
  writer: Writer;
  /** Whether a search also measures its re-estimated accuracy. */
  reestimates: boolean;
  /** Logs a warning; each sentence once. */
  warn: (message: string) => void;
  /** Kinds of warnings that are not repeated in this execution. */
  warned: Set<string>;
  /** Whether somebody asked this run to stop, by signal or by file. */
  stopRequested(): boolean;
}

/** What a run trained on last: it has to be the same when it goes on, or is told where it is not. */
export interface PreviousExecution {
  backend: BackendChoice;
  datasetSha256?: string | undefined;
}

export interface Opening {
  record: RunRecord;
  optionsHash: string;
  lock: WriteGuard;
  /** Where it is loaded already. */
  dataset?: Dataset | undefined;
  began?: PreviousExecution | undefined;
  signal?: AbortSignal;
  /** Hears what takes a while. */
  say?: ((sentence: string) => void) | undefined;
}

export type OpenedSession = Omit<Session, 'log' | 'begin' | 'warn' | 'warned' | 'reestimates' | 'stopRequested'>;

/** Everything of a session but its log; `closeSession` gives memory and threads back. */
export async function openSession(
  directory: string,
  { record, optionsHash, lock, dataset: loaded, began, signal, say }: Opening,
): Promise<OpenedSession> {
  const dataset = loaded ?? (await loadDataset(record.dataset, directory));
  const datasetSha256 = fingerprint(dataset);
  if (began?.datasetSha256 !== undefined && began.datasetSha256 !== datasetSha256)
    throw new UserError(
      `${directory}: the data of ${locationOf(record.dataset)} have changed since this run began; put back what they were, or make a new run of these.`,
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

/** A run that has begun can go on elsewhere. */
function withRemedy(directory: string, began: PreviousExecution | undefined): (error: unknown) => never {
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

/** What cannot be planned is the record's fault: its file is named. */
function planIn(directory: string, record: RunRecord, data: Dataset): Architecture {
  try {
    return planNetwork(record, data);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${paths.record(directory)}: ${error.message}`, { cause: error });
  }
}
