/**
 * The trainer holds one network with its optimizer on a backend. It is the only stateful object of training. Callers decide what to
 * train.
 */
import type { DrawNumber } from '../backends/operations/dropout';
import type { Backend, OptimizerOptions, StepOptions } from '../backends/backend';
import type { Batch, Batches } from '../datasets/dataset';
import type { Architecture } from '../models/network';
import type { Measured } from '../vocabulary/runEvents';
import type { HostTensor, NetworkState, StateDict } from '../tensors';

/**
 * Everything that a resume needs to continue bit for bit. `slots` of the optimizer are named `momentum/NAME`, `first/NAME` or
 * `second/NAME`, and are in PyTorch's layouts.
 */
export interface TrainingState extends NetworkState {
  optimizer: { steps: number; slots: StateDict };
}

/** A training state in a file. Each read checks the dtype and shape of a tensor and fills `into`. Several reads may run at once. */
export interface StoredState {
  /** Number of updates of the optimizer so far. */
  steps: number;
  tensor(name: string, into: HostTensor): Promise<void>;
  mask(layer: string, into: HostTensor & { dtype: 'U8' }): Promise<void>;
  slot(name: string, into: HostTensor): Promise<void>;
  /** Reads the signs of a layer since the start of the round (`SignChanges`). Returns false if the state has none. */
  signs(layer: string, into: HostTensor): Promise<boolean>;
}

export interface TrainerOptions {
  architecture: Architecture;
  backend: Backend;
  optimizer: OptimizerOptions;
  /** The initial tensors. aws interpolates towards the scales and shifts of normalization (ψ_init) in them. Other tensors are ignored. */
  initial: StateDict;
}

export interface TrainerStepOptions extends Pick<StepOptions, 'learningRate'> {
  /** One α for all of ψ (`StepOptions`), or a function that returns the α of an entry of ψ, such as `bn1.weight`. */
  alpha: number | ((entry: string) => number);
  /** The numbers that decide the masks of dropout, from `drawNumbers`. Without them, nothing is dropped. */
  draws?: Record<DrawNumber, number>;
}

/** Means of training steps. */
export interface TrainingMeasured extends Measured {
  /** Mean of the L2 norms of the gradient: see `ParameterVector.update`. */
  gradientNorm: number;
  steps: number;
  examples: number;
}

export interface Trainer {
  /** Replaces the whole state. If `optimizer` is missing, the optimizer is reset. */
  load(state: NetworkState & Partial<TrainingState>): void;
  /** Replaces the whole state with the content of a file. Each tensor is read directly into its position. */
  loadStored(stored: StoredState): Promise<void>;
  /** Returns a copy of the state. Do not call `step` before the promise is resolved. */
  save(): Promise<TrainingState>;
  /** Trains on one minibatch: forward, backward, update. An asynchronous backend only queues the step. */
  step(batch: Batch, options: TrainerStepOptions): void;
  /** Waits until another step may be queued. This limits how long a stop takes on a slow device, and how many batches are in memory. */
  ready(): Promise<void>;
  /**
   * Returns the mean loss and accuracy (percent) of the steps since the last call. Each step is measured before its update. The loss
   * is NaN if a step diverged.
   */
  takeMeasured(): Promise<TrainingMeasured>;
  /**
   * Evaluates in eval mode with the running statistics, and without interpolating the normalization parameters (α = 0). Measures top-5
   * too if the data have more than 100 classes.
   */
  evaluate(batches: Batches): Promise<Measured>;
  /**
   * Sets the running statistics to the mean of the statistics of these batches, weighted by number of images. Runs in train mode
   * without gradients and without dropout, because an evaluation does not drop anything either.
   */
  reestimateNormalization(batches: Batches): Promise<void>;
  /**
   * Sets the running statistics as the official script for error barriers does: starts with mean 0 and variance 1, and tracks them over
   * these batches in train mode with PyTorch's momentum 0.1, without gradients. `drawsOf` returns the numbers that decide the masks of
   * dropout in a batch, because the script does not switch off dropout.
   */
  trackNormalization(batches: Batches, drawsOf: (batch: number) => Record<DrawNumber, number>): Promise<void>;
  /**
   * Re-estimates statistics from the training batches, evaluates the test batches with these statistics, and then restores the
   * previous statistics.
   */
  evaluateReestimated(training: Batches, test: Batches): Promise<Measured>;
  dispose(): void;
}
