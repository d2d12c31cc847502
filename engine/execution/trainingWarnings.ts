/** Warns during a run about layers without weights, outputs that do not depend on the image, and exploding losses. */
import type { Batch, Dataset } from '../datasets/dataset';
import type { NetworkState } from '../tensors';
import { KEEPS_NO_WEIGHT } from '../vocabulary/emptyLayers';
import { lossText } from '../vocabulary/numbers';
import type { Measured } from '../vocabulary/runEvents';
import type { Session } from './session';

const MOST_NAMES = 3;

/** Warns if pruning after a round left some layers without any weight. */
export function warnOfEmptyLayers({ warn, record }: Session, { masks }: NetworkState, round: number): void {
  const empty = [...masks].filter(([, mask]) => !mask.includes(1)).map(([name]) => name);
  if (empty.length === 0) return;
  const remedy =
    record.targetSparsity === undefined
      ? 'Use fewer "rounds" or a lower "pruningFraction".'
      : 'Lower "targetSparsity", or choose another "scope".';
  const more = empty.length > MOST_NAMES ? ` and ${empty.length - MOST_NAMES} other layers` : '';
  warn(
    `Pruning after round ${round} ${KEEPS_NO_WEIGHT} ${empty.slice(0, MOST_NAMES).join(', ')}${more}. No signal passes through an empty layer, so the output is constant if there is no shortcut around it. ${remedy}`,
  );
}

/** Warns if a network gives the same output for every image. `accuracy` is the accuracy on the test images. */
export async function warnOfConstantOutput(session: Session, network: string, { accuracy }: Measured): Promise<void> {
  const { dataset, trainer, warn } = session;
  if (!isShareOfOneClass(dataset, accuracy)) return;
  // All images get label 0, so batches have equal losses if all outputs are equal.
  const losses: number[] = [];
  for await (const batch of relabelled(session)) losses.push((await trainer.evaluate([batch])).loss);
  if (Math.max(...losses) - Math.min(...losses) > ROUNDING * Math.max(1, ...losses.map(Math.abs))) return;
  warn(
    `${network} gives the same output for every test image. Its accuracy of ${accuracy.toFixed(2)} % comes from always predicting one class.`,
  );
}

const ROUNDING = 1e-5;

function isShareOfOneClass({ test, classes }: Dataset, accuracy: number): boolean {
  const counts = new Array<number>(classes).fill(0);
  for (const label of test.labels) counts[label]!++;
  const right = (accuracy / 100) * test.count;
  return counts.some((count) => Math.abs(count - right) < 0.5);
}

/** Returns batches of the first test images, all with label 0. */
async function* relabelled({ dataset, record, maker }: Session): AsyncIterable<Batch> {
  const size = Math.max(1, Math.min(record.batchSize, Math.floor(dataset.test.count / PARTS)));
  let parts = 0;
  for await (const batch of maker.evaluation('test', size)) {
    if (parts++ === PARTS) return;
    yield { ...batch, labels: new Int32Array(batch.size) };
  }
}

const PARTS = 4;

/** A loss above this value is not plausible for any network. */
const SENSELESS = 1e6;
/** If the mean loss of an epoch is this many times the loss of guessing, it is not plausible. */
const DIVERGING = 10;

/**
 * Warns once about a loss from which training does not recover. `epoch` counts from 0. `whole` is true if `loss` is the mean of an
 * epoch.
 */
export function warnOfLoss(
  { warn, warned, dataset }: Session,
  { round, epoch, loss, whole }: { round: number; epoch: number; loss: number; whole: boolean },
): void {
  const guessing = Math.log(dataset.classes);
  const isHuge = loss > SENSELESS || (whole && loss > DIVERGING * guessing);
  if (!isHuge || warned.has('loss')) return;
  warned.add('loss');
  warn(
    `The training loss is ${lossText(loss)} in round ${round}, epoch ${epoch + 1}, but random guessing would give ${lossText(guessing)}. Training diverges. Use a lower "learningRate".`,
  );
}
