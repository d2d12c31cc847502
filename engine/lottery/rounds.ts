/** Between two rounds of a search: prunes, then rewinds as the method requires (method.md §1.3). */
import type { RunOptions } from '../vocabulary/runOptions';
import { random } from '../random';
import type { NetworkState } from '../tensors';
import { pruneByMagnitude, type Pruned } from './prune';

/**
 * Returns the network that the next round starts from. `lrr` and `aws` keep the trained weights and rewind the learning rate only;
 * `imp` sets everything but the mask (weights, biases, ψ, running statistics) back to `rewindPoint`, the network after `rewindStep` steps.
 */
export function nextRound(
  trained: NetworkState,
  options: Pick<RunOptions, 'method' | 'pruningFraction'>,
  rewindPoint?: NetworkState,
): { state: NetworkState; pruned: Pruned } {
  const pruned = pruneByMagnitude(trained, options.pruningFraction);
  if (options.method === 'imp' && !rewindPoint) throw new Error('imp needs its rewind point');
  const tensors = options.method === 'imp' ? rewindPoint!.tensors : trained.tensors;
  return { state: { tensors, masks: pruned.masks }, pruned };
}

export interface StepPosition {
  round: number;
  epoch: number;
  step: number;
}

/**
 * aws: α of one step, uniform in [low, high), shared by all normalization layers, drawn anew for each minibatch, warm-up included;
 * 0 (no interpolation) for every other method (method.md §1.3; official code: train.py 177–181).
 */
export function interpolationAt(
  options: Pick<RunOptions, 'method' | 'seed' | 'normalizationInterpolation'>,
  { round, epoch, step }: StepPosition,
): number {
  if (options.method !== 'aws') return 0;
  const { low, high } = options.normalizationInterpolation;
  return low + (high - low) * random(options.seed, 'alpha', round, epoch, step).uniform();
}
