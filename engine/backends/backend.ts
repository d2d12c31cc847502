/**
 * The interface of a backend. A backend stores tensors and computes training steps. The interface adds what a trainer needs beyond the
 * operations of tfjs and of ./operations.
 */
import type { Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import type { BackendChoice } from '../vocabulary/runEvents';

export interface Backend {
  readonly choice: BackendChoice;
  /** Creates all parameters of a network, stored as one vector, together with their optimizer. */
  createParameters(segments: readonly Segment[], optimizer: OptimizerOptions): ParameterVector;
  /** Creates a cell, which becomes the owner of the tensor. */
  createCell<T extends Tensor>(value: T): Cell<T>;
  /**
   * Returns the computation in the form that this backend repeats fastest: the computation itself, or a form that records it once for each
   * shape of its tensors.
   */
  compile<Name extends string>(computation: Computation<Name>): Compiled<Name>;
  /** Waits until the device has finished all queued work. */
  settled(): Promise<void>;
  /** Frees memory and worker threads. The backend cannot be used afterwards. */
  dispose(): void;
}

/** A tensor that outlives a computation. One computation writes it, and the next one reads it. */
export interface Cell<T extends Tensor = Tensor> {
  /** Returns the current tensor. Do not dispose this tensor: the cell owns it and disposes it when it is replaced. */
  read(): T;
  /** Replaces the tensor. The cell becomes the owner of the new tensor, which must have the same shape as the previous one. */
  replace(next: T): void;
  dispose(): void;
}

/** A number that may change with each call. In a captured computation, the number is fed as a tensor. */
export type Fed = number | Scalar;

/** The work for one batch. It reads and replaces cells, and its result depends only on these cells and its arguments. */
export interface Computation<Name extends string> {
  /** All cells that the computation reads or replaces. */
  cells: readonly Cell[];
  run(tensors: readonly Tensor[], numbers: Record<Name, Fed>): void;
}

export interface Compiled<Name extends string> {
  /** Runs the work. All tensors that it makes are disposed, except those in the cells. */
  run(tensors: readonly Tensor[], numbers: Record<Name, number>): void;
  dispose(): void;
}

/** The position of one parameter in the vector, and the shape of the parameter in the layout of the backend. */
export interface Segment {
  offset: number;
  size: number;
  shape: readonly number[];
  /**
   * A `masked` segment is multiplied by its mask. An `interpolated` segment is ψ, the scales and shifts of the normalization layers, which
   * aws interpolates. Interpolated segments are the last ones of a vector.
   */
  kind: 'masked' | 'plain' | 'interpolated';
}

/**
 * `momentum` applies to sgd. For adam, β₁ is 0.9, β₂ is 0.999 and ε is 1e-8. Weight decay is L2 and is added to the gradient of every
 * parameter, as in PyTorch.
 */
export interface OptimizerOptions {
  kind: 'sgd' | 'adam';
  momentum: number;
  weightDecay: number;
}

/** Names of the vectors that each optimizer stores. */
export const SLOTS = { sgd: ['momentum'], adam: ['first', 'second'] } as const;

/** The defaults of torch.optim.Adam. */
export const ADAM = { first: 0.9, second: 0.999, epsilon: 1e-8 } as const;

export interface StepOptions {
  learningRate: number;
  /** For aws: γ ← α·γ_init + (1 − α)·γ, and the same for β, in this forward pass only. 0 means no interpolation. */
  alpha: number;
}

/** The numbers of an update: the interpolation factor α, the learning rate, and the factor for the second moment of adam (1 for sgd). */
export type UpdateNumber = 'alpha' | 'rate' | 'correction';

/**
 * The interpolation factor α of a step: one number for all of ψ, or a vector with an α for each value of ψ. In such a vector, all values of a
 * segment have the same α.
 */
export type Alpha = Fed | Tensor1D;

/** The numbers of an update, as a computation receives them. */
export type FedUpdate = Record<Exclude<UpdateNumber, 'alpha'>, Fed> & { alpha: Alpha };

export interface ParameterValues {
  values: Float32Array;
  /** One vector for each name in `SLOTS` of this optimizer. */
  slots: Float32Array[];
  /** Number of updates since the optimizer was created. */
  steps: number;
}

/**
 * The parameters θ of a network, with their optimizer. All layers share one vector, so the number of native calls per step does not grow
 * with the depth of the network.
 */
export interface ParameterVector {
  /** The cells with the vector, for computations that use the vector. Empty if the vector is not stored in tensors. */
  readonly cells: readonly Cell[];
  /**
   * Replaces all vectors and becomes the owner of all of them except `initial`. `mask` (0 or 1) is used only in masked segments, and
   * `initial` only in interpolated ones.
   */
  load(state: ParameterValues & { mask: Uint8Array; initial: Float32Array }): void;
  /** Returns the vectors. They are read-only and valid until the next update. */
  read(): Promise<ParameterValues>;
  /**
   * Returns the tensors for a forward pass, one for each segment. A masked segment is θ ⊙ m, where m is its mask. An interpolated segment
   * is α·ψ_init + (1 − α)·ψ. The caller disposes the tensors.
   */
  compose(alpha: Alpha): Tensor[];
  /** Counts one more update and returns the numbers for this update. */
  nextUpdate(step: StepOptions): Record<UpdateNumber, number>;
  /**
   * Does one optimizer step with the gradients of the composed tensors. Returns the L2 norm of the gradient of the loss with respect to θ:
   * masked, of ψ before its interpolation, and without weight decay. The caller disposes it.
   */
  update(gradients: readonly Tensor[], numbers: FedUpdate): Scalar;
  dispose(): void;
}

/**
 * Returns the numbers of the `steps`-th update. For adam, `rate` and `correction` contain the bias correction (Kingma & Ba 2015): the
 * update divides the square root of the second moment by `correction`.
 */
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
