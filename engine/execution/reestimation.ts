/**
 * The second accuracy of a search. The official code measures with the running statistics that training left. Under AWS these belong to
 * random α, while the test uses α = 0, so a good network can seem to fail (45 % instead of 84 % in the demo). The re-estimated accuracy
 * uses statistics of training images at α = 0, without augmentation, as `interpolate` does.
 */
import { evaluationBatches, sampleBatches } from '../datasets/batches';
import { hasBatchNorm } from '../models/network';
import { random } from '../random';
import type { Measured } from '../vocabulary/runEvents';
import type { Session } from './session';

/**
 * Images that the extra forward passes may see, as a share of the images of a round. A forward pass costs a third of a training step
 * (measured: 0.31 for a convnet and a resnet20 on wasm, 0.34 to 0.36 on tensorflow), so this is 5 % of the round.
 */
const AFFORDABLE = 0.15;

/**
 * Number of images that gives the same accuracy as all training images. This was measured on the searches of the demo (9,000 training and
 * 2,000 test images, twelve draws for each round). With 8,192 images the two accuracies differ by at most 0.15 points. With 2,688 images,
 * which is what the demo affords, they differ by 0.12 points (root mean square; at most 0.35).
 */
const SUFFICIENT = 8_192;

/** Least number of images. With fewer, the statistics are too noisy. Only a short round affords fewer, and it uses this number. */
const LEAST = 512;

/** Number of training images to re-estimate from. */
export interface ReestimationPlan {
  /** At the end of a round. */
  round: number;
  /** At the other epochs; undefined if that costs too much. */
  epoch: number | undefined;
}

/** Plans from counts only, never from measured time, so that equal runs measure the same. */
export function planReestimation(counts: {
  train: number;
  test: number;
  batchSize: number;
  /** Epochs of the round. */
  epochs: number;
}): ReestimationPlan {
  const { train, test, batchSize, epochs } = counts;
  const whole = (images: number) => Math.min(train, Math.max(1, Math.floor(images / batchSize)) * batchSize);
  // At an epoch, most of the cost is the second pass over the test images, so it is subtracted.
  const atEpoch = Math.min(SUFFICIENT, Math.floor(AFFORDABLE * train) - test);
  const epoch = atEpoch >= LEAST ? whole(atEpoch) : undefined;
  const atRound = Math.floor(AFFORDABLE * train * (epoch === undefined ? epochs : 1));
  const enough = Math.max(LEAST, Math.min(SUFFICIENT, atRound));
  return { round: enough >= train ? train : whole(enough), epoch };
}

/**
 * Returns the re-estimated test accuracy after `epoch` epochs of a round, or undefined if it is not planned there. The trainer is not
 * changed, so checkpoints and states do not depend on this.
 */
export async function reestimate(
  session: Session,
  { round, epoch, epochs }: { round: number; epoch: number; epochs: number },
): Promise<Measured | undefined> {
  const { record, dataset, trainer, architecture, reestimates } = session;
  if (!reestimates || record.kind !== 'search' || !hasBatchNorm(architecture)) return undefined;
  const { batchSize, seed } = record;
  const plan = planReestimation({ train: dataset.train.count, test: dataset.test.count, batchSize, epochs });
  const images = epoch === epochs ? plan.round : plan.epoch;
  if (images === undefined) return undefined;
  const sample = sampleBatches(dataset, { images, batchSize, source: random(seed, 're-estimation', round, epoch) });
  return trainer.evaluateReestimated(sample, evaluationBatches(dataset, 'test', batchSize));
}
