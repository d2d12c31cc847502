/**
 * Measures the second accuracy of a search. The official code measures accuracy with the running statistics from training. AWS trains with
 * a random interpolation factor α, but the test uses α = 0. These statistics do not fit then, so a good network can appear to fail (45 %
 * instead of 84 % in the demo). The re-estimated accuracy uses statistics of training images at α = 0 without augmentation, like
 * `interpolate`.
 */
import { hasBatchNorm } from '../models/network';
import { random } from '../random';
import type { Measured } from '../vocabulary/runEvents';
import type { Session } from './session';

/**
 * Number of images in the extra forward passes, as a share of the images of a round. A forward pass takes a third of the time of a
 * training step (measured: 0.31 for a convnet and a resnet20 on wasm, 0.34 to 0.36 on tensorflow). So these passes add about 5 % to
 * the time of the round.
 */
const AFFORDABLE = 0.15;

/**
 * With this number of images, the accuracy is practically the same as with all training images. This was measured on the searches of the
 * demo (9,000 training and 2,000 test images, twelve draws for each round). With 8,192 images, the accuracy differs by at most 0.15 points.
 * The limit above allows the demo only 2,688 images. With these, it differs by 0.12 points (root mean square; at most 0.35).
 */
const SUFFICIENT = 8_192;

/**
 * Minimum number of images. With fewer images, the statistics are too noisy. A short round uses this number even if it exceeds the
 * limit above.
 */
const LEAST = 512;

/** How many training images the statistics are computed from. */
export interface ReestimationPlan {
  /** Number of images at the end of a round. */
  round: number;
  /** Number of images after every other epoch; undefined if measuring there takes too long. */
  epoch: number | undefined;
}

/** Computes the plan from counts only, never from measured time. So equal runs measure the same. */
export function planReestimation(counts: {
  train: number;
  test: number;
  batchSize: number;
  /** Number of epochs in the round. */
  epochs: number;
}): ReestimationPlan {
  const { train, test, batchSize, epochs } = counts;
  const whole = (images: number) => Math.min(train, Math.max(1, Math.floor(images / batchSize)) * batchSize);
  // After an epoch, the second pass over the test images takes most of the time, so their number is subtracted.
  const atEpoch = Math.min(SUFFICIENT, Math.floor(AFFORDABLE * train) - test);
  const epoch = atEpoch >= LEAST ? whole(atEpoch) : undefined;
  const atRound = Math.floor(AFFORDABLE * train * (epoch === undefined ? epochs : 1));
  const enough = Math.max(LEAST, Math.min(SUFFICIENT, atRound));
  return { round: enough >= train ? train : whole(enough), epoch };
}

/**
 * Returns the re-estimated test accuracy after `epoch` epochs of a round, or undefined if none is planned there. Does not change the
 * trainer, so checkpoints and saved states do not depend on this measurement.
 */
export async function reestimate(
  session: Session,
  { round, epoch, epochs }: { round: number; epoch: number; epochs: number },
): Promise<Measured | undefined> {
  const { record, dataset, maker, trainer, architecture, reestimates } = session;
  if (!reestimates || record.kind !== 'search' || !hasBatchNorm(architecture)) return undefined;
  const { batchSize, seed } = record;
  const plan = planReestimation({ train: dataset.train.count, test: dataset.test.count, batchSize, epochs });
  const images = epoch === epochs ? plan.round : plan.epoch;
  if (images === undefined) return undefined;
  const sample = maker.sample({ images, batchSize, source: random(seed, 're-estimation', round, epoch) });
  return trainer.evaluateReestimated(sample, maker.evaluation('test', batchSize));
}
