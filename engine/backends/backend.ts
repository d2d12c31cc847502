/** Where tensors live and training is computed: what a trainer needs beyond tfjs' own operations and those of ./operations. */
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { BackendChoice } from '../vocabulary/runEvents';

export interface Backend {
  readonly choice: BackendChoice;
  /** All parameters of a network with their optimizer, as one vector. */
  createParameters(segments: readonly Segment[], optimizer: OptimizerOptions): ParameterVector;
  /** Takes over the tensor. */
  createCell<T extends Tensor>(value: T): Cell<T>;
  /** The computation as this backend repeats it fastest: run as it stands, or captured once for each shape of its tensors and replayed. */
  compile<Name extends string>(computation: Computation<Name>): Compiled<Name>;
  /** Settles when what was asked of the device so far is done; at once where nothing is queued. */
  settled(): Promise<void>;
  /** Frees what the backend holds, worker threads too; it cannot be used after that. */
  dispose(): void;
}

/** A tensor that outlives computations: what one leaves, the next reads. */
export interface Cell<T extends Tensor = Tensor> {
  /** The cell's own: not to be disposed, and gone when it is replaced. */
  read(): T;
  /** Takes over the tensor, which has the shape of the one before. */
  replace(next: T): void;
  dispose(): void;
}

/** A number that a computation is given anew each time: itself, or where computations are captured, a tensor fed with it. */
export type Fed = number | Scalar;

/** What is done alike for every batch. It reads and replaces cells, and otherwise depends on its arguments alone. */
export interface Computation<Name extends string> {
  /** All it reads or replaces. */
  cells: readonly Cell[];
  run(tensors: readonly Tensor[], numbers: Record<Name, Fed>): void;
}

export interface Compiled<Name extends string> {
  /** Leaves no tensor behind but the cells'. */
  run(tensors: readonly Tensor[], numbers: Record<Name, number>): void;
  dispose(): void;
}

/** The place of one parameter in the vector, and its shape in the backend's layout. */
export interface Segment {
  offset: number;
  size: number;
  shape: readonly number[];
  /** `masked`: multiplied by its mask; `interpolated`: ψ, which α draws to its initial value. These are the last segments of a vector. */
  kind: 'masked' | 'plain' | 'interpolated';
}

/** `momentum` is sgd's; adam has β 0.9 and 0.999, ε 1e-8. Weight decay is L2, added to the gradient of every parameter, as in PyTorch. */
export interface OptimizerOptions {
  kind: 'sgd' | 'adam';
  momentum: number;
  weightDecay: number;
}

/** What an optimizer remembers of each parameter; sgd keeps the first, adam both. */
export const SLOTS = { sgd: ['momentum'], adam: ['first', 'second'] } as const;

/** torch.optim.Adam's defaults. */
export const ADAM = { first: 0.9, second: 0.999, epsilon: 1e-8 } as const;

export interface StepOptions {
  learningRate: number;
  /** aws: γ ← α·γ_init + (1 − α)·γ and likewise β, in this forward pass only; 0 is no interpolation. */
  alpha: number;
}

/** What an update depends on beside its gradients: α, the rate and the correction of adam's second moment (1 for sgd). */
export type UpdateNumber = 'alpha' | 'rate' | 'correction';

export interface ParameterValues {
  values: Float32Array;
  /** One vector for each name in `SLOTS` of the optimizer. */
  slots: Float32Array[];
  /** Updates done since the optimizer was new. */
  steps: number;
}

/** θ with its optimizer. One vector for all layers, so that a step is a handful of native calls whatever the depth. */
export interface ParameterVector {
  /** The cells it keeps itself in, for computations that use it; none where it lives outside of tensors. */
  readonly cells: readonly Cell[];
  /** Takes over the vectors, but for `initial`. `mask` (0 or 1) is read at masked segments only, `initial` at interpolated ones only. */
  load(state: ParameterValues & { mask: Uint8Array; initial: Float32Array }): void;
  /** Not to be changed, and only good until the next update. */
  read(): Promise<ParameterValues>;
  /** The tensors a forward pass uses, by segment: θ ⊙ m, or α·ψ_init + (1 − α)·ψ. The caller disposes them. */
  compose(alpha: Fed): Tensor[];
  /** Counts one more update and gives what it depends on. */
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
