/** What a list or a panel shows of a run. Types only. */
import type { LayerShape, Sparsity } from './checkpoint';
import type { BackendChoice, CurvePoint, EpochResult, LossPoint, Measured, RoundResult, RunResult } from './runEvents';
import type { RunStatus } from './runStatus';
import type { Method, RunOptions } from './runOptions';
import type { ConnectivityEnds, RunKind, RunRecord, TrainSource } from './runRecord';

export interface RunProgress {
  round: number;
  rounds: number;
  epoch: number;
  epochs: number;
  step: number;
  steps: number;
  /** Estimated from the steps so far; absent before the first epoch gave a rate. */
  secondsLeft?: number;
}

/** A run as a list shows it. */
export interface RunSummary {
  directory: string;
  /** Of its directory, which tells namesakes apart; `record.name` is what checkpoints carry. */
  name: string;
  kind: RunKind;
  method: Method;
  model: string;
  dataset: string;
  seed: number;
  /** The seed of the order of the data and of their augmentation, if it is not `seed`. */
  dataSeed?: number;
  /** The options that are not the default; method, model and dataset have none. */
  options: Partial<RunOptions>;
  status: RunStatus;
  /** It is running and was asked to stop. */
  stopping: boolean;
  /** Why it failed, diverged or was interrupted. */
  message?: string;
  /** What was noticed while it trained, each once: a layer that was pruned away, a loss beyond sense. */
  warnings?: string[];
  /** `train` runs: what they started from. */
  source?: TrainSource;
  ends?: ConnectivityEnds;
  /** How far it is, or, if it ended before it was done, how far it came. */
  progress?: RunProgress;
  backend?: BackendChoice;
  /** Absolute path of what a detached runner printed, once there is such. */
  log?: string;
  /** Absolute path of the kept initialization, once written. */
  initialization?: string;
  /** Of the images and labels it trains on, once it has loaded them; absent in logs of version 0.1. */
  datasetSha256?: string;
  rounds: { round: number; sparsity: Sparsity; test: Measured; reestimated?: Measured; checkpoint: string }[];
  result?: RunResult;
}

/** A run that could not be read, or not since it was last listed. */
export interface RunProblem {
  directory: string;
  /** A sentence for a person: “run.json is not valid JSON at line 3, column 1.” */
  message: string;
}

/** The runs of some folders. */
export interface RunList<R = RunSummary> {
  runs: R[];
  problems: RunProblem[];
}

/**
 * A run appeared, changed in what a list shows, or is gone (neither `summary` nor `problem`). One that could not be read has a `problem`,
 * beside its last `summary` if it was read before.
 */
export interface RunChange<R = RunSummary> {
  directory: string;
  summary?: R;
  problem?: string;
}

/** Everything a run panel draws. Of more than 2,000 `losses`, only the extremes of 1,000 stretches and the newest are there. */
export interface RunSnapshot extends Omit<RunSummary, 'rounds'> {
  record: RunRecord;
  layers: LayerShape[];
  parameters: { prunable: number; all: number };
  losses: LossPoint[];
  epochs: EpochResult[];
  rounds: RoundResult[];
  points: CurvePoint[];
}

/** What changed in a snapshot: `append` adds to its lists, `set` replaces fields. After `reset` the receiver asks for a new snapshot. */
export interface RunDelta {
  directory: string;
  reset: boolean;
  append: Partial<Pick<RunSnapshot, 'losses' | 'epochs' | 'rounds' | 'points'>>;
  set: Partial<
    Pick<
      RunSnapshot,
      | 'status'
      | 'stopping'
      | 'message'
      | 'warnings'
      | 'progress'
      | 'backend'
      | 'layers'
      | 'parameters'
      | 'initialization'
      | 'datasetSha256'
      | 'result'
    >
  >;
}
