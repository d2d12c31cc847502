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

/** α of one training step: one number for all of ψ, or a function that returns the α of an entry of ψ, such as `bn1.weight`. */
export type Interpolation = number | ((entry: string) => number);

/** The options that decide α. In older runs, those without a counterpart in the official code are missing. */
export interface InterpolationOptions extends Pick<RunOptions, 'method' | 'seed'> {
  normalizationInterpolation: Pick<RunOptions['normalizationInterpolation'], 'low' | 'high'> &
    Partial<RunOptions['normalizationInterpolation']>;
}

/**
 * Returns the interpolation factor α of one training step. For aws, α is uniform in [low, high), or fixed if both are equal. By default, it is
 * the same for all normalization layers, and drawn again for each minibatch, also in the warm-up (official code: train.py 177–181). With
 * `each` = `layer`, each normalization layer has an α of its own, which its scale and its shift share. With `parameters`, α is 0 for the
 * scales or the shifts. For every other method α is 0, which means no interpolation.
 */
export function interpolationAt(options: InterpolationOptions, { round, epoch, step }: StepPosition): Interpolation {
  if (options.method !== 'aws') return 0;
  const { low, high, each, parameters = 'both' } = options.normalizationInterpolation;
  const draw = (purpose: string) => low + (high - low) * random(options.seed, purpose, round, epoch, step).uniform();
  const shared = draw('alpha');
  if (each !== 'layer' && parameters === 'both') return shared;
  return (entry) => {
    const isScale = entry.endsWith('.weight');
    if (parameters === (isScale ? 'shift' : 'scale')) return 0;
    return each === 'layer' ? draw(`alpha/${entry.replace(/\.(weight|bias)$/, '')}`) : shared;
  };
}
