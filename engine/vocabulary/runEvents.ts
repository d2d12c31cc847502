/** The lines of `events.jsonl`. Types only. */
import type { LayerShape, Sparsity } from './checkpoint';

import type { TransferredLayer } from './transferSigns';
import type { Outcome } from './runStatus';

/** One layer of a checkpoint, compared with the initialization and the previous round. Flips are counted among weights kept in both. */
export interface RoundLayer {
  name: string;
  count: number;
  kept: number;
  positive: number;
  negative: number;
  /** Absent if the initialization is unknown, because the search continues from a checkpoint of another tool. */
  flippedFromInit?: number;
  /** Number of weights kept in this checkpoint and in the checkpoint of the previous round. 0 in round 0. */
  keptSincePrevious: number;
  flippedFromPrevious: number;
  /**
   * Number of weights that crossed zero in this round: kept weights that had both signs, at its start or after its epochs. Unlike a flip, this
   * includes weights that came back to their first sign. Absent in logs of version 0.1.
   */
  crossedZero?: number;
}

/** Mean, standard deviation (of the population) and range of some values. */
export interface Spread {
  mean: number;
  deviation: number;
  min: number;
  max: number;
}

/** ψ of one normalization layer at the end of a round. */
export interface NormalizationLayer {
  name: string;
  /** Missing if the layer has no scale, which only layers of an own network may lack. */
  scale?: Spread;
  /** Missing if the layer has no shift. */
  shift?: Spread;
  /** L2 distance of scale and shift from ψ_init, the initial ones of the network. */
  distance: number;
  /** Share of the scales below 0, from 0 to 1. Missing without a scale. */
  negativeScales?: number;
}

/**
 * `relaxed` kernels let the processor decide whether products are rounded before they are added. `fused` means that it does not round them.
 * `winograd` means that 3 × 3 convolutions are computed with Winograd's transforms, `gelu32` that GELU has single precision. Each set has its own results.
 */
export const KERNEL_SETS = [
  'simd',
  'relaxed',
  'relaxed, fused',
  'simd, winograd',
  'relaxed, winograd',
  'relaxed, fused, winograd',
  'simd, winograd, gelu32',
  'relaxed, winograd, gelu32',
  'relaxed, fused, winograd, gelu32',
] as const;
export type KernelSet = (typeof KERNEL_SETS)[number];

/** The vector instructions of Winning Sign's operations in TensorFlow. Results differ in the last bits between sets. */
export type OperationSet = 'avx2' | 'avx512' | 'neon';

export interface BackendChoice {
  name: 'wasm' | 'webgpu' | 'tensorflow';
  /** Displayed name, for example “2 threads, SIMD”, “CPU”, “GPU:0 NVIDIA …”. */
  device: string;
  threads: number;
  /** The vector instructions of the backend `wasm`. Absent for others, and in logs of version 0.1, which had only `simd`. */
  kernels?: KernelSet;
  /** Winning Sign's operations in the backend `tensorflow`. Absent if it has only those of TensorFlow, and for others. */
  operations?: OperationSet;
  /**
   * A hash of the sources of these operations and of how they are called. Results differ in the last bits between versions. Absent if the
   * installation has none.
   */
  operationSources?: string;
  /** Whether the same input always gives the same bytes. */
  deterministic: boolean;
  /** Whether the run changed its backend, or its threads if they matter. Then the result may not be bit-identical to that of an uninterrupted run. */
  mixed?: boolean;
  /** Sentences that explain why this backend was chosen; may be empty. */
  reason: string;
}

export interface Measured {
  /** Mean cross-entropy. */
  loss: number;
  /** Top-1, percent. */
  accuracy: number;
  /**
   * Percentage of images whose label is among the five largest logits. Present in evaluations of data with more than 100 classes, and
   * absent in logs of version 0.1.
   */
  top5?: number;
}

/** One line of `events.jsonl`. `time` is milliseconds since the epoch. */
export type RunEvent =
  | {
      type: 'started';
      time: number;
      backend: BackendChoice;
      layers: LayerShape[];
      parameters: { prunable: number; all: number };
      /** Hash of the images and labels; absent in logs of version 0.1. */
      datasetSha256?: string;
      /** Hash of the options of the run; absent in logs of version 0.1. */
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
  /** The start of a transfer: its signs compared with those of the ticket. Absent in logs of earlier versions, and if the ticket has only masks. */
  | { type: 'transferred'; time: number; layers: TransferredLayer[] }
  | ({ type: 'progress'; time: number } & LossPoint)
  | ({ type: 'epoch'; time: number } & EpochResult)
  | ({ type: 'round'; time: number } & RoundResult)
  | ({ type: 'point'; time: number } & CurvePoint)
  | ({ type: 'plane'; time: number } & Plane)
  | ({ type: 'cell'; time: number } & SurfacePoint)
  /** A warning for the user: the run continues, but its result is probably useless. */
  | { type: 'warning'; time: number; message: string }
  | { type: 'ended'; time: number; outcome: Outcome; message?: string; result?: RunResult };

/** Means over the training steps since the previous point. */
export interface LossPoint {
  round: number;
  epoch: number;
  /** Number of finished steps in this epoch, out of `steps`. */
  step: number;
  steps: number;
  loss: number;
  accuracy: number;
  learningRate: number;
  /** Estimated time to the end of the run in seconds, from the speed of this process. Absent until the speed is known. */
  secondsLeft?: number;
}

export interface EpochResult {
  round: number;
  epoch: number;
  epochs: number;
  seconds: number;
  train: Measured;
  /** Measured as in the official code, with the running statistics from training. */
  test: Measured;
  /**
   * Also measured on the test split, with re-estimated batch-norm statistics; see `RoundResult`. Absent if the measurement would take too
   * long.
   */
  reestimated?: Measured;
  /**
   * Mean over the steps of the L2 norm of the gradient: of all trained parameters, masked, without weight decay. Absent in logs of version
   * 0.1.
   */
  gradientNorm?: number;
}

/** The result of a round, before the next pruning. The accuracy of a ticket is not known from a search: it needs a full training A(·). */
export interface RoundResult {
  round: number;
  sparsity: Sparsity;
  /**
   * Measured as in the official code, with the running statistics from training. Under aws, these statistics were collected with randomly
   * interpolated normalization parameters.
   */
  test: Measured;
  /**
   * Also measured on the test split, with batch-norm statistics re-estimated from training images without interpolation. Absent in full
   * trainings, without batch norm, and in logs of version 0.1.
   */
  reestimated?: Measured;
  train: Measured;
  /** Path of the checkpoint: relative to the run directory in the log, absolute in snapshots and summaries. */
  checkpoint: string;
  /** Hash of the checkpoint file; absent in logs of version 0.1. */
  sha256?: string;
  layers: RoundLayer[];
  /** As in `EpochResult`, over the last epoch of the round. */
  gradientNorm?: number;
  /**
   * Training images per second, without evaluations. Measured by the process that finished the round, so it is absent if that process trained
   * no step of it.
   */
  imagesPerSecond?: number;
  /** ψ of each normalization layer. Absent in logs of version 0.1. */
  normalization?: NormalizationLayer[];
}

/** Measurements of one network on the line between A and B. Its weights are α·A + (1 − α)·B. */
export interface CurvePoint {
  alpha: number;
  train: Measured;
  test: Measured;
}

/**
 * The plane of a loss surface. Its origin is A and its first axis goes to B. C is at (x, 1). The lengths of the axes in the space of the
 * parameters are `width` and `height`.
 */
export interface Plane {
  x: number;
  width: number;
  height: number;
}

/** Measurements of one network of a loss surface. `end` says that it is A, B or C itself, and not a point of the grid. */
export interface SurfacePoint {
  x: number;
  y: number;
  end?: 'a' | 'b' | 'c';
  train: Measured;
  test: Measured;
}

/**
 * The largest excess over a baseline at the measured points, including both ends. The unit is that of the measured quantity (percentage
 * points or nats).
 */
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
    }
  | { kind: 'surface'; normalization: string; masks: 'equal' | 'different' };
