/** A backend stores tensors and computes the training. It adds what a trainer needs beyond the operations of tfjs and of ./operations. */
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { BackendChoice } from '../vocabulary/runEvents';

export interface Backend {
  readonly choice: BackendChoice;
  /** All parameters of a network with their optimizer, as one vector. */
  createParameters(segments: readonly Segment[], optimizer: OptimizerOptions): ParameterVector;
  /** The cell becomes the owner of the tensor. */
  createCell<T extends Tensor>(value: T): Cell<T>;
  /** Returns the computation in the form that this backend repeats fastest: unchanged, or captured once for each shape of its tensors and replayed. */
  compile<Name extends string>(computation: Computation<Name>): Compiled<Name>;
  /** Waits until the device has finished all queued work. */
  settled(): Promise<void>;
  /** Frees memory and worker threads. The backend cannot be used afterwards. */
  dispose(): void;
}

/** A tensor that outlives computations: one computation writes it, the next reads it. */
export interface Cell<T extends Tensor = Tensor> {
  /** The current tensor. Do not dispose it: the cell owns it, and disposes it when it is replaced. */
  read(): T;
  /** The cell becomes the owner of the tensor, whose shape must be that of the previous one. */
  replace(next: T): void;
  dispose(): void;
}

/** A number that may change at each call. In a captured computation it is a tensor that is fed. */
export type Fed = number | Scalar;

/** The work for one batch. It reads and replaces cells, and otherwise depends only on its arguments. */
export interface Computation<Name extends string> {
  /** All cells that the computation reads or replaces. */
  cells: readonly Cell[];
  run(tensors: readonly Tensor[], numbers: Record<Name, Fed>): void;
}

export interface Compiled<Name extends string> {
  /** Runs the work. It keeps no tensor except those in the cells. */
  run(tensors: readonly Tensor[], numbers: Record<Name, number>): void;
  dispose(): void;
}

/** The position of one parameter in the vector, and its shape in the layout of the backend. */
export interface Segment {
  offset: number;
  size: number;
  shape: readonly number[];
  /** `masked` segments are multiplied by their mask. `interpolated` segments are ψ, and are the last segments of a vector. */
  kind: 'masked' | 'plain' | 'interpolated';
}

/** `momentum` is for sgd. adam has β 0.9 and 0.999, and ε 1e-8. Weight decay is L2 and is added to the gradient of every parameter, as in PyTorch. */
export interface OptimizerOptions {
  kind: 'sgd' | 'adam';
  momentum: number;
  weightDecay: number;
}

/** The names of the vectors that an optimizer stores. */
export const SLOTS = { sgd: ['momentum'], adam: ['first', 'second'] } as const;

/** The defaults of torch.optim.Adam. */
export const ADAM = { first: 0.9, second: 0.999, epsilon: 1e-8 } as const;

export interface StepOptions {
  learningRate: number;
  /** AWS: γ ← α·γ_init + (1 − α)·γ, and β likewise, in this forward pass only. 0 means no interpolation. */
  alpha: number;
}

/** The numbers of an update: α, the learning rate, and adam's correction of the second moment (1 for sgd). */
export type UpdateNumber = 'alpha' | 'rate' | 'correction';

export interface ParameterValues {
  values: Float32Array;
  /** One vector for each name in `SLOTS` of the optimizer. */
  slots: Float32Array[];
  /** Number of updates since the optimizer was created. */
  steps: number;
}

/** θ with its optimizer. All layers share one vector, so a step needs only a few native calls, however deep the network is. */
export interface ParameterVector {
  /** The cells with the vector, for computations that use it; empty if the vector is not stored in tensors. */
  readonly cells: readonly Cell[];
  /** Becomes the owner of the vectors except `initial`. `mask` (0 or 1) is read in masked segments only, `initial` in interpolated ones only. */
  load(state: ParameterValues & { mask: Uint8Array; initial: Float32Array }): void;
  /** The vectors, read-only and valid until the next update. */
  read(): Promise<ParameterValues>;
  /** The tensors a forward pass uses, by segment: θ ⊙ m, or α·ψ_init + (1 − α)·ψ. The caller disposes them. */
  compose(alpha: Fed): Tensor[];
  /** Counts one more update, and returns what it needs. */
  nextUpdate(step: StepOptions): Record<UpdateNumber, number>;
  /** One optimizer step on the gradients of the composed tensors. */
  update(gradients: readonly Tensor[], numbers: Record<UpdateNumber, Fed>): void;
  dispose(): void;
}

/** Kingma & Ba 2015: the bias correction of the `steps`-th update, as one rate and the square root for the second moment. */
export function updateNumbers(
  { kind }: OptimizerOptions,
  { learningRate, alpha, steps }: StepOptions & { steps: number },
): Record<UpdateNumber, number> {
  if (kind === 'sgd') return { alpha, rate: learningRate, correction: 1 };
  return {
    alpha,
    rate: learningRate / (1 - ADAM.first ** steps),
    correction: Math.sqrt(1 - ADAM.second ** steps),
  };
}
