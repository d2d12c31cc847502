/** One network with its optimizer on a backend: the only stateful object of training. Everything that decides what to train lives outside. */
import type { StepOptions } from '../backends/backend';
import type { Batch } from '../datasets/dataset';
import type { Measured } from '../vocabulary/runEvents';
import type { HostTensor, NetworkState, StateDict } from '../tensors';

/** What a resume needs to go on with the same bytes. `slots` are the optimizer's, named `momentum/NAME`, `first/NAME`, `second/NAME`, in PyTorch's layouts. */
export interface TrainingState extends NetworkState {
  optimizer: { steps: number; slots: StateDict };
}

/** A training state in a file. Each read fills `into`, whose dtype and shape it checks; several may be under way. */
export interface StoredState {
  /** Of the optimizer. */
  steps: number;
  tensor(name: string, into: HostTensor): Promise<void>;
  mask(layer: string, into: HostTensor & { dtype: 'U8' }): Promise<void>;
  slot(name: string, into: HostTensor): Promise<void>;
}

export interface Trainer {
  /** Replaces everything. Without `optimizer` it starts anew (momentum empty). */
  load(state: NetworkState & Partial<TrainingState>): void;
  /** Replaces everything by what a file holds, each tensor read into its place: a large network is not first read and then copied. */
  loadStored(stored: StoredState): Promise<void>;
  /** No step may be asked for until it settles. */
  save(): Promise<TrainingState>;
  /** One minibatch: forward, backward, update. Queued where the backend is asynchronous. */
  step(batch: Batch, options: StepOptions): void;
  /** Settles when so little is queued that another step may be; so a slow device is never steps behind a stop, nor its memory full of batches. */
  ready(): Promise<void>;
  /** Mean loss and accuracy (percent) of the steps since the last call, before each step's update; NaN loss when any step diverged. */
  takeMeasured(): Promise<Measured & { steps: number; examples: number }>;
  /** Eval mode, α = 0, with the running statistics. */
  evaluate(batches: Iterable<Batch>): Promise<Measured>;
  /** Running statistics become the mean of the batches' statistics, weighted by images, in train mode without gradients. */
  reestimateNormalization(batches: Iterable<Batch>): Promise<void>;
  dispose(): void;
}
