/** What happened in a run: the lines of `events.jsonl`, and what a list or a panel shows of them. Types only. */
import type { Outcome, RunStatus } from '../../common/runStatus';
import type { ConnectivityEnds, Method, RunKind, RunRecord, TrainSource } from './runOptions';

export type { Outcome, RunStatus };

/** A fraction pruned with both denominators: the prunable weights, and all parameters. */
export interface Sparsity {
  prunable: number;
  all: number;
}

export interface LayerShape {
  name: string;
  shape: number[];
  count: number;
}

/** One layer of a checkpoint beside its initialization and the checkpoint of the round before. Flips count weights kept in both. */
export interface RoundLayer {
  name: string;
  count: number;
  kept: number;
  positive: number;
  negative: number;
  flippedFromInit: number;
  /** Weights kept in both this checkpoint and the previous round's; 0 in round 0. */
  keptSincePrevious: number;
  flippedFromPrevious: number;
}

export interface BackendChoice {
  name: 'wasm' | 'webgpu' | 'tensorflow';
  /** For a person: “2 threads, SIMD”, “CPU”, “GPU:0 NVIDIA …”. */
  device: string;
  threads: number;
  /** The same input gives the same bytes, run after run. */
  deterministic: boolean;
  /** A run that was on another before, or on other threads where that matters: it does not end in the bytes it would have. */
  mixed?: boolean;
  /** Why this one and not a better one, in sentences; empty where there is nothing to say. */
  reason: string;
}

export interface Measured {
  /** Mean cross-entropy. */
  loss: number;
  /** Top-1, percent. */
  accuracy: number;
}

/** One line of `events.jsonl`. `time` is milliseconds since the epoch. */
export type RunEvent =
  | {
      type: 'started';
      time: number;
      backend: BackendChoice;
      layers: LayerShape[];
      parameters: { prunable: number; all: number };
      /** Of the images and labels it trains on; absent in logs of version 0.1. */
      datasetSha256?: string;
      /** The hash of the run's options; absent in logs of version 0.1. */
      options?: string;
    }
  | {
      type: 'resumed';
      time: number;
      backend: BackendChoice;
      datasetSha256?: string;
      options?: string;
      round: number;
      epoch: number;
      step: number;
    }
  | ({ type: 'progress'; time: number } & LossPoint)
  | ({ type: 'epoch'; time: number } & EpochResult)
  | ({ type: 'round'; time: number } & RoundResult)
  | ({ type: 'point'; time: number } & CurvePoint)
  | { type: 'ended'; time: number; outcome: Outcome; message?: string; result?: RunResult };

/** The mean over the training steps since the point before it. */
export interface LossPoint {
  round: number;
  epoch: number;
  /** Steps done in this epoch, of `steps`. */
  step: number;
  steps: number;
  loss: number;
  accuracy: number;
  learningRate: number;
  /** To the end of the run, from the speed of this process; absent until it has one. */
  secondsLeft?: number;
}

export interface EpochResult {
  round: number;
  epoch: number;
  epochs: number;
  seconds: number;
  train: Measured;
  test: Measured;
}

/** What a round left behind, before the prune that follows it. During a search `test` is not a ticket's accuracy (no A(·) yet). */
export interface RoundResult {
  round: number;
  sparsity: Sparsity;
  test: Measured;
  train: Measured;
  /** Relative to the run directory. */
  checkpoint: string;
  layers: RoundLayer[];
}

/** One network θ(α) = α·A + (1 − α)·B. Errors are 100 − accuracy, percent. */
export interface CurvePoint {
  alpha: number;
  train: Measured;
  test: Measured;
}

/** The largest excess over a baseline drawn between the ends, in the unit of its quantity (percentage points, or nats). */
export interface Barrier {
  value: number;
  alpha: number;
  quantity: 'error' | 'loss';
  split: 'train' | 'test';
  baseline: 'mean of the ends' | 'chord between the ends';
  definition: string;
}

export type RunResult =
  | { kind: 'search'; sparsity: Sparsity; checkpoint: string }
  | { kind: 'train'; sparsity: Sparsity; test: Measured; train: Measured; checkpoint: string }
  | {
      kind: 'connectivity';
      barrier: Barrier;
      barriers: Barrier[];
      normalization: string;
      masks: 'equal' | 'different';
    };

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
  status: RunStatus;
  /** Why it failed, diverged or was interrupted. */
  message?: string;
  /** `train` runs: what they started from. */
  source?: TrainSource;
  ends?: ConnectivityEnds;
  progress?: RunProgress;
  backend?: BackendChoice;
  /** Absolute path of what a detached runner printed, once there is such. */
  log?: string;
  /** Absolute path of the kept initialization, once written. */
  initialization?: string;
  rounds: { round: number; sparsity: Sparsity; test: Measured; checkpoint: string }[];
  result?: RunResult;
}

/** Everything a run panel draws. `losses` is thinned to at most 2,000 points. */
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
      'status' | 'message' | 'progress' | 'backend' | 'layers' | 'parameters' | 'initialization' | 'result'
    >
  >;
}
