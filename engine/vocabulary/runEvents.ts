/** The lines of `events.jsonl`. Types only. */
import type { LayerShape, Sparsity } from './checkpoint';

import type { Outcome } from './runStatus';

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
  /** The run changed its backend, or its threads where that matters: its result is not bit-identical to an uninterrupted run. */
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
  /** A sentence for a person: the run goes on, but its result is probably useless. */
  | { type: 'warning'; time: number; message: string }
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
  /** As the official code measures it: with the running statistics that training left. */
  test: Measured;
  /** On the test split too, with re-estimated batch-norm statistics; see `RoundResult`. At epochs only where it is cheap. */
  reestimated?: Measured;
}

/** What a round left behind, before the prune that follows it. No accuracy of a search is a ticket's (no A(·) yet). */
export interface RoundResult {
  round: number;
  sparsity: Sparsity;
  /** As the official code measures it: with the running statistics that training left, which under aws belong to random α. */
  test: Measured;
  /**
   * On the test split too, with batch-norm statistics re-estimated from training images at α = 0. Absent in full trainings, without batch
   * norm, and in logs of version 0.1.
   */
  reestimated?: Measured;
  train: Measured;
  /** Relative to the run directory in the log; absolute in snapshots and summaries. */
  checkpoint: string;
  /** Of the checkpoint file; absent in logs of version 0.1. */
  sha256?: string;
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
