/** Turns connectivity runs into curves and brackets. */
import type { Barrier, RelatedSnapshot, RunSnapshot } from '../../../engine/protocol';
import { accuracyNote, barrierWords, isInterior } from '../../../engine/vocabulary/barrierWords';
import type { Bracket } from '../../charts/barrier';
import type { Series } from '../../charts/curve';
import type { MarkShape } from '../../../engine/vocabulary/looks';
import { number } from '../../format';

export type Quantity = 'error' | 'loss';

/** A connectivity run with its colour, and its name in a panel of several pairs. */
export interface Path {
  run: RelatedSnapshot;
  color: string;
  name: string;
  /** The mark of its points. Tells apart pairs with the same colour. */
  shape: MarkShape;
}

/** With more pairs than this, only the lines of the test images are drawn. */
const MOST_WITH_TRAIN = 6;

/** Whether the lines of the training images are drawn, too. */
export function showsTrain(paths: readonly Path[]): boolean {
  return paths.length <= MOST_WITH_TRAIN;
}

const SHAPES: readonly MarkShape[] = [
  ...(['circle', 'square', 'triangle', 'diamond', 'triangleDown', 'star', 'plus', 'cross'] as const),
];
const UNITS: Record<Quantity, string> = { error: 'points', loss: 'nats' };

/** Returns the error (percent) or the loss (nats). */
export function valueOf(measured: { loss: number; accuracy: number }, quantity: Quantity): number {
  return quantity === 'error' ? 100 - measured.accuracy : measured.loss;
}

/** Returns the mark of the run at this place. Marks repeat if there are more runs than marks. */
export function shapeAt(place: number): MarkShape {
  return SHAPES[place % SHAPES.length]!;
}

/**
 * Returns two lines for each run, from A to B: train dashed, test solid. Of many runs, only the line of the test images. The lines of a
 * single run have labels. Those of several end at nearly the same place, so the table of pairs is their legend.
 */
export function pathSeries(paths: readonly Path[], quantity: Quantity): Series[] {
  return paths.flatMap(({ run, color, name: pair, shape }) => {
    const points = [...run.points].sort((a, b) => b.alpha - a.alpha);
    const curve = (split: 'train' | 'test') =>
      points.map((point) => {
        const y = valueOf(point[split], quantity);
        return {
          x: point.alpha,
          y,
          tip: `${paths.length > 1 ? `${pair}\n` : ''}${run.name}\nα ${alphaText(point.alpha)}\n${split} ${quantity} ${number(y)}`,
        };
      });
    const common = { row: run.directory, color };
    const label = (split: string) => (paths.length === 1 ? { label: split } : {});
    const key = (split: string) => `${run.directory} ${split}`;
    const test: Series = { ...common, ...label('test'), key: key('test'), look: { shape }, points: curve('test') };
    if (!showsTrain(paths)) return [test];
    const look = { dash: [3, 2] };
    return [{ ...common, ...label('train'), key: key('train'), look, points: curve('train') }, test];
  });
}

/** Formats α. At the ends, it names the network: `0.500`, `1 (A)`, `0 (B)`. */
export function alphaText(alpha: number, text: (alpha: number) => string = number): string {
  return alpha === 1 ? '1 (A)' : alpha === 0 ? '0 (B)' : text(alpha);
}

/** Returns the barrier to draw for a quantity: the main barrier of the run if it has this quantity, else the first one on the test split. */
export function barrierOf({ result }: RunSnapshot, quantity: Quantity): Barrier | undefined {
  if (result?.kind !== 'connectivity') return undefined;
  if (result.barrier.quantity === quantity) return result.barrier;
  return result.barriers.find((barrier) => barrier.quantity === quantity && barrier.split === 'test');
}

/** Returns the baseline of a barrier at its α, computed from the points at α = 0 and α = 1. Undefined until both points were measured. */
export function baselineAt({ points }: RunSnapshot, { quantity, split, baseline, alpha }: Barrier): number | undefined {
  const ends = [0, 1].map((end) => points.find((point) => point.alpha === end));
  if (!ends[0] || !ends[1]) return undefined;
  const [zero, one] = [valueOf(ends[0][split], quantity), valueOf(ends[1][split], quantity)];
  return baseline === 'mean of the ends' ? (zero + one) / 2 : zero + (one - zero) * alpha;
}

/** Returns one bracket for each measured barrier. Of several, only the tooltips have words, because words would cover the curves. */
export function brackets(paths: readonly Path[], quantity: Quantity): Bracket[] {
  return paths.flatMap(({ run, color, name }) => {
    const barrier = barrierOf(run, quantity);
    const baseline = barrier && baselineAt(run, barrier);
    if (!barrier || baseline === undefined || !isInterior(barrier)) return []; // a maximum at an end is no barrier
    const { alpha, value, definition } = barrier;
    const tip = `${paths.length > 1 ? name : run.name}: ${barrierSentence(barrier, run)} ${definition}`;
    const bracket = { key: run.directory, alpha, value, baseline, color, tip };
    return [paths.length > 1 ? bracket : { ...bracket, unit: UNITS[quantity] }];
  });
}

/** Returns the finding about a barrier of this run as a sentence. */
export function barrierSentence(barrier: Barrier, { result, ends }: RunSnapshot): string {
  const barriers = result?.kind === 'connectivity' ? result.barriers : [];
  const words = barrierWords({ barrier, barriers }, ends?.points);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** Returns sentences about the batch-norm statistics along the path, and about ends with different masks. */
export function treatment(paths: readonly Path[]): string {
  const results = paths.flatMap(({ run: { result } }) => (result?.kind === 'connectivity' ? [result] : []));
  const normalization = [...new Set(results.map((result) => result.normalization))].join('; ');
  const differ = results.some(({ masks }) => masks === 'different');
  return [
    normalization && `Normalization: ${normalization}.`,
    ...new Set(results.map(accuracyNote)),
    differ && 'A and B have different masks, so the networks between them have every weight that A or B keeps.',
  ]
    .filter(Boolean)
    .join(' ');
}
