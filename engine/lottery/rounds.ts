/** The work between two rounds of a search: prunes, then rewinds as the method requires. */
import type { RunOptions } from '../vocabulary/runOptions';
import { random } from '../random';
import type { NetworkState } from '../tensors';
import { pruneAfter, type PruneOptions } from './criteria';
import type { Pruned } from './prune';

/**
 * Returns the network that the round after `round` starts from. `one-shot`, `lrr` and `aws` keep the trained weights and rewind only the learning rate. `imp`
 * keeps only the mask: all tensors, including biases and running statistics, are those of `rewindPoint`, the network after `rewindStep`
 * steps.
 */
export function nextRound(
  trained: NetworkState,
  { options, round }: { options: PruneOptions; round: number },
  rewindPoint?: NetworkState,
): { state: NetworkState; pruned: Pruned } {
  const pruned = pruneAfter(trained, options, round);
  if (options.method === 'imp' && !rewindPoint) throw new Error('imp needs a rewind point');
  const tensors = options.method === 'imp' ? rewindPoint!.tensors : trained.tensors;
  return { state: { tensors, masks: pruned.masks }, pruned };
}

export interface StepPosition {
  round: number;
  epoch: number;
  step: number;
}

/**
 * Returns the interpolation factor α of one training step. For aws, α is uniform in [low, high), the same for all normalization layers, and
 * drawn again for each minibatch, also in the warm-up (official code: train.py 177–181). For every other method α is 0, which means no
 * interpolation.
 */
export function interpolationAt(
  options: Pick<RunOptions, 'method' | 'seed' | 'normalizationInterpolation'>,
  { round, epoch, step }: StepPosition,
): number {
  if (options.method !== 'aws') return 0;
  const { low, high } = options.normalizationInterpolation;
  return low + (high - low) * random(options.seed, 'alpha', round, epoch, step).uniform();
}
