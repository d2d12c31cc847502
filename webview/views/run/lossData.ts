/** The curves of a run's loss along its epochs. */
import { firstRoundOf } from '../../../engine/vocabulary/rounds';
import { OFFICIAL, REESTIMATED } from '../../../engine/vocabulary/searchAccuracy';
import type { EpochResult, LossPoint, Measured, RunSnapshot } from '../../../engine/protocol';
import type { CurvePoint } from '../../charts/curve';
import { number } from '../../format';

export interface LossCurves {
  progress: CurvePoint[];
  train: CurvePoint[];
  /**
   * Test losses. If any epoch was re-estimated, only re-estimated losses are included. They may exist only for the last epoch of each
   * round.
   */
  test: CurvePoint[];
  reestimated: boolean;
  /** The epoch at which each round begins, with the round's label. */
  rounds: { x: number; label: string }[];
  /** The number of epochs so far. */
  end: number;
}

/** Returns the exponential moving average without the bias towards 0 at its start. `smoothing` ∈ [0, 1). With 0, values stay the same. */
export function smoothed(values: readonly number[], smoothing: number): number[] {
  let [sum, weight] = [0, 0];
  return values.map((value) => {
    sum = smoothing * sum + (1 - smoothing) * value;
    weight = smoothing * weight + (1 - smoothing);
    return sum / weight;
  });
}

function epochsBefore({ record, epochs, losses }: RunSnapshot): (round: number) => number {
  const planned = (round: number) => {
    if (record.kind === 'train') return record.finalEpochs;
    if (round < firstRoundOf(record)) return 0;
    return round === 0 ? record.warmupEpochs : record.epochsPerRound;
  };
  const last = epochs.reduce((most, { round }) => Math.max(most, round), losses.at(-1)?.round ?? 0);
  const starts = [0];
  for (let round = 0; round <= last; round++) starts.push(starts[round]! + planned(round));
  return (round) => starts[round] ?? 0;
}

function tipOf({ round, epoch, train, test, reestimated }: EpochResult): string {
  const values = ({ loss, accuracy }: Measured) => `loss ${number(loss)}, accuracy ${number(accuracy)} %`;
  return [
    `round ${round}, epoch ${epoch + 1}`,
    `train ${values(train)}`,
    ...(reestimated ? [`test ${values(reestimated)}, ${REESTIMATED}`] : []),
    `test ${values(test)}${reestimated ? `, ${OFFICIAL}` : ''}`,
  ].join('\n');
}

/** Maximum number of epochs to draw. A run of several weeks has ten thousand, which is more than a chart has pixels. */
const MOST_EPOCHS = 500;

/** Returns at most `MOST_EPOCHS` of the epochs, evenly spread. The last epoch is always one of them. */
function spread<T>(epochs: readonly T[]): T[] {
  const every = Math.ceil(epochs.length / MOST_EPOCHS);
  return epochs.filter((_, place) => (epochs.length - 1 - place) % every === 0);
}

/** Returns the curves. x is the number of epochs since the start of the run. */
export function lossCurves(snapshot: RunSnapshot, smoothing: number): LossCurves {
  const { losses, epochs } = snapshot;
  const before = epochsBefore(snapshot);
  const place = ({ round, epoch, step, steps }: LossPoint) => before(round) + epoch + step / steps;
  const even = smoothed(
    losses.map(({ loss }) => loss),
    smoothing,
  );
  const progress = losses.map((point, index) => ({ x: place(point), y: even[index]! }));
  const reestimated = epochs.some((epoch) => epoch.reestimated);
  const ends = epochs.map((epoch) => ({ ...epoch, x: before(epoch.round) + epoch.epoch + 1, tip: tipOf(epoch) }));
  const tested = ends.flatMap(({ x, tip, ...end }) => {
    const measured = reestimated ? end.reestimated : end.test;
    return measured ? [{ x, y: measured.loss, tip }] : [];
  });
  const last = Math.max(losses.at(-1)?.round ?? 0, epochs.at(-1)?.round ?? 0);
  const rounds = Array.from({ length: last + 1 }, (_, round) => ({ x: before(round), label: `r${round}` }));
  return {
    progress,
    train: spread(ends).map(({ x, train, tip }) => ({ x, y: train.loss, tip })),
    test: spread(tested),
    reestimated,
    rounds: last > 0 ? rounds : [],
    end: Math.max(1, progress.at(-1)?.x ?? 0, ends.at(-1)?.x ?? 0),
  };
}
