/** The trainer has one network with its optimizer on a backend. It is the only stateful object of training; callers decide what to train. */
import type { StepOptions } from '../backends/backend';
import type { Batch } from '../datasets/dataset';
import type { Measured } from '../vocabulary/runEvents';
import type { HostTensor, NetworkState, StateDict } from '../tensors';

/** What a resume needs to continue with the same bytes. `slots` of the optimizer are named `momentum/NAME`, `first/NAME`, `second/NAME`, in PyTorch's layouts. */
export interface TrainingState extends NetworkState {
  optimizer: { steps: number; slots: StateDict };
}

/** A training state in a file. Each read checks dtype and shape of `into` and fills it. Several reads may run at once. */
export interface StoredState {
  /** Number of updates of the optimizer so far. */
  steps: number;
  tensor(name: string, into: HostTensor): Promise<void>;
  mask(layer: string, into: HostTensor & { dtype: 'U8' }): Promise<void>;
  slot(name: string, into: HostTensor): Promise<void>;
}

export interface Trainer {
  /** Replaces the whole state. Without `optimizer`, the optimizer starts empty. */
  load(state: NetworkState & Partial<TrainingState>): void;
  /** Replaces the whole state with the content of a file. Each tensor is read into its position, without a copy. */
  loadStored(stored: StoredState): Promise<void>;
  /** Returns a copy of the state. Do not call `step` before the promise is resolved. */
  save(): Promise<TrainingState>;
  /** Trains on one minibatch: forward, backward, update. An asynchronous backend queues it. */
  step(batch: Batch, options: StepOptions): void;
  /** Waits until another step may be queued, so that a slow device stops soon and its memory does not fill with batches. */
  ready(): Promise<void>;
  /** Returns mean loss and accuracy (percent) of the steps since the last call, before their updates. The loss is NaN if a step diverged. */
  takeMeasured(): Promise<Measured & { steps: number; examples: number }>;
  /** Evaluates in eval mode with α = 0 and the running statistics. */
  evaluate(batches: Iterable<Batch>): Promise<Measured>;
  /** Sets running statistics to the mean of the statistics of the batches, weighted by images, in train mode without gradients. */
  reestimateNormalization(batches: Iterable<Batch>): Promise<void>;
  /** Re-estimates statistics from the training batches, evaluates the test batches with them, and then restores the old statistics. */
  evaluateReestimated(training: Iterable<Batch>, test: Iterable<Batch>): Promise<Measured>;
  dispose(): void;
}
