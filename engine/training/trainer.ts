/** One network with its optimizer on a backend: the only stateful object of training. What to train is decided outside. */
import type { StepOptions } from '../backends/backend';
import type { Batch } from '../datasets/dataset';
import type { Measured } from '../vocabulary/runEvents';
import type { HostTensor, NetworkState, StateDict } from '../tensors';

/** What a resume needs to continue with the same bytes. `slots` are the optimizer's, named `momentum/NAME`, `first/NAME`, `second/NAME`, in PyTorch's layouts. */
export interface TrainingState extends NetworkState {
  optimizer: { steps: number; slots: StateDict };
}

/** A training state in a file. Each read checks dtype and shape of `into` and fills it. Several reads may run at once. */
export interface StoredState {
  /** Updates of the optimizer so far. */
  steps: number;
  tensor(name: string, into: HostTensor): Promise<void>;
  mask(layer: string, into: HostTensor & { dtype: 'U8' }): Promise<void>;
  slot(name: string, into: HostTensor): Promise<void>;
}

export interface Trainer {
  /** Replaces everything. Without `optimizer`, the optimizer starts empty. */
  load(state: NetworkState & Partial<TrainingState>): void;
  /** Replaces everything with the contents of a file. Each tensor is read into its position, without a copy. */
  loadStored(stored: StoredState): Promise<void>;
  /** Do not call `step` before it settles. */
  save(): Promise<TrainingState>;
  /** Trains on one minibatch: forward, backward, update. An asynchronous backend queues it. */
  step(batch: Batch, options: StepOptions): void;
  /** Settles when another step may be queued. So a slow device is never many steps behind a stop, and its memory does not fill with batches. */
  ready(): Promise<void>;
  /** Mean loss and accuracy (percent) of the steps since the last call, before each step's update; NaN loss when any step diverged. */
  takeMeasured(): Promise<Measured & { steps: number; examples: number }>;
  /** Eval mode, α = 0, with the running statistics. */
  evaluate(batches: Iterable<Batch>): Promise<Measured>;
  /** Running statistics become the mean of the batches' statistics, weighted by images, in train mode without gradients. */
  reestimateNormalization(batches: Iterable<Batch>): Promise<void>;
  /** Re-estimates from the training batches and evaluates the test batches with that; then restores the running statistics. */
  evaluateReestimated(training: Iterable<Batch>, test: Iterable<Batch>): Promise<Measured>;
  dispose(): void;
}
