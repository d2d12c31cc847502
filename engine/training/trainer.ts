/** One network with its optimizer on a backend: the only stateful object of training. Everything that decides what to train lives outside. */
import type { StepOptions } from '../backends/backend';
import type { Batch } from '../datasets/dataset';
import type { Measured } from '../protocol';
import type { HostTensor, NetworkState, StateDict } from '../tensors';

/** What a resume needs to go on with the same bytes. `slots` are the optimizer's, named `momentum/NAME`, `first/NAME`, `second/NAME`, in PyTorch's layouts. */
export interface TrainingState extends NetworkState {
  optimizer: { steps: number; slots: StateDict };
}

/** A training state in a file. Each read fills `into`, which has the size of what is read; several may be under way. */
export interface StoredState {
  /** Of the optimizer. */
  steps: number;
  tensor(name: string, into: HostTensor['data']): Promise<void>;
  mask(layer: string, into: Uint8Array): Promise<void>;
  slot(name: string, into: Float32Array): Promise<void>;
}

export interface Trainer {
  /** Replaces everything. Without `optimizer` it starts anew (momentum empty). */
  load(state: NetworkState & Partial<TrainingState>): void;
  /** Replaces everything by what a file holds, each tensor read into its place, so that a large network is never in memory twice. */
  loadStored(stored: StoredState): Promise<void>;
  save(): Promise<TrainingState>;
  /** One minibatch: forward, backward, update. Queued where the backend is asynchronous. */
  step(batch: Batch, options: StepOptions): void;
  /** Settles when so little is queued that another step may be; so a slow device is never steps behind a stop, nor its memory full of batches. */
  ready(): Promise<void>;
  /** Mean loss and accuracy (percent) of the steps since the last call, before each step's update; NaN loss when any step diverged. */
  takeMeasured(): Promise<Measured & { steps: number; examples: number }>;
  /** Eval mode, α = 0, with the running statistics. */
  evaluate(batches: Iterable<Batch>): Promise<Measured>;
  /** Running statistics become the plain mean of the batches' statistics (PyTorch momentum=None), in train mode without gradients. */
  reestimateNormalization(batches: Iterable<Batch>): Promise<void>;
  dispose(): void;
}
