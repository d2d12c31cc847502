/** Where tensors live and training is computed: what a trainer needs beyond tfjs' own operations and those of ./operations. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { BackendChoice } from '../protocol';

export interface Backend {
  readonly choice: BackendChoice;
  /** All parameters of a network with their optimizer, as one vector. */
  createParameters(segments: readonly Segment[], optimizer: OptimizerOptions): ParameterVector;
  /** Frees what the backend holds, worker threads too; it cannot be used after that. */
  dispose(): void;
}

/** The place of one parameter in the vector, and its shape in the backend's layout. */
export interface Segment {
  offset: number;
  size: number;
  shape: readonly number[];
  /** `masked`: multiplied by its mask; `interpolated`: ψ, which α draws to its initial value. */
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

export interface ParameterValues {
  values: Float32Array;
  /** One vector for each name in `SLOTS` of the optimizer. */
  slots: Float32Array[];
  /** Updates done since the optimizer was new. */
  steps: number;
}

/** θ with its optimizer. One vector for all layers, so that a step is a handful of native calls whatever the depth. */
export interface ParameterVector {
  /** `mask` is read at masked segments only, `initial` at interpolated ones only. */
  load(state: ParameterValues & { mask: Float32Array; initial: Float32Array }): void;
  read(): Promise<ParameterValues>;
  /** The tensors a forward pass uses, by segment: θ ⊙ m, or α·ψ_init + (1 − α)·ψ. The caller disposes them. */
  compose(alpha: number): Tensor[];
  /** One optimizer step on the gradients of the composed tensors. */
  update(gradients: readonly Tensor[], step: { learningRate: number; alpha: number }): void;
  dispose(): void;
}
