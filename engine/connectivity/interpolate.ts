/** The straight line between two networks, and the barrier along it. */
import { DEFAULT_MASKS, type MaskRule } from '../vocabulary/connectivity';
import type { Barrier, CurvePoint } from '../vocabulary/runEvents';
import type { NetworkState } from '../tensors';
import { combine } from './combine';

/** Returns θ(α) = α·A + (1 − α)·B, as `combine` does. */
export function interpolate(
  a: NetworkState,
  b: NetworkState,
  alpha: number,
  masks: MaskRule = DEFAULT_MASKS,
): NetworkState {
  return combine([a, b], [alpha, 1 - alpha], masks);
}

/** Returns `points` evenly spaced values of α from 0 to 1, including both ends. */
export function alphas(points: number): number[] {
  return Array.from({ length: points }, (_, i) => i / (points - 1));
}

const BASELINES = {
  'mean of the ends': (_alpha: number, at0: number, at1: number) => (at0 + at1) / 2,
  'chord between the ends': (alpha: number, at0: number, at1: number) => alpha * at1 + (1 - alpha) * at0,
} as const;

/** Heights that differ by less are equal up to rounding, in percentage points or nats. One image of a million is 1e-4 points. */
const ROUNDING = 1e-9;

/**
 * Returns the barriers of a curve. The default comes first: how far the test error rises above the mean of both ends (Frankle et al. 2020;
 * official code).
 */
export function measureBarriers(points: readonly CurvePoint[]): [Barrier, ...Barrier[]] {
  const baselines = Object.keys(BASELINES) as Barrier['baseline'][];
  const all = (['error', 'loss'] as const).flatMap((quantity) =>
    (['test', 'train'] as const).flatMap((split) =>
      baselines.map((baseline) => measureBarrier(points, { quantity, split, baseline })),
    ),
  );
  return all as [Barrier, ...Barrier[]];
}

/** Returns the largest amount by which a quantity exceeds its baseline at the measured points, including the ends. */
export function measureBarrier(
  points: readonly CurvePoint[],
  { quantity, split, baseline }: Pick<Barrier, 'quantity' | 'split' | 'baseline'>,
): Barrier {
  const value = (point: CurvePoint) => (quantity === 'error' ? 100 - point[split].accuracy : point[split].loss);
  const end = (alpha: number) => value(points.find((point) => point.alpha === alpha)!);
  const base = (alpha: number) => BASELINES[baseline](alpha, end(0), end(1));
  const ordered = [...points].sort((one, other) => one.alpha - other.alpha); // so that of excesses that are equal up to rounding, the one nearest to B is chosen
  const excesses = ordered.map((point) => ({ value: value(point) - base(point.alpha), alpha: point.alpha }));
  const highest = excesses.reduce((a, b) => (b.value > a.value + ROUNDING ? b : a));
  const unit = quantity === 'error' ? 'percentage points' : 'nats';
  const definition = `largest ${split} ${quantity} above the ${baseline}, in ${unit}, over ${points.length} points of α from 0 (B) to 1 (A)`;
  return { ...highest, quantity, split, baseline, definition };
}
