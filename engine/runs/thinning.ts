/**
 * Thins losses for a chart: divides them into at most 1,000 stretches of equal length, and keeps the lowest and the highest loss of each.
 */
import type { LossPoint } from '../vocabulary/runEvents';

/**
 * A stretch of consecutive losses: how many there are, and the lowest and the highest point in their original order. Both may be the same
 * point.
 */
export interface Stretch {
  size: number;
  extremes: LossPoint[];
}

/** Greatest number of stretches, more than a chart has pixels. Each has up to two points, so up to 2,000 losses are kept unchanged. */
const MOST_STRETCHES = 1_000;

export class Thinning {
  #stretches: Stretch[];
  /** Number of points of a full stretch. The number is doubled when there are too many stretches. */
  #size: number;
  #newest: LossPoint | undefined;

  constructor({ size, stretches, newest }: ThinnedLosses = { size: 1, stretches: [] }) {
    this.#size = size;
    this.#stretches = stretches;
    this.#newest = newest;
  }

  /** Adds the next loss. `read` returns the point of the loss, and is called only if the point may be kept. */
  add(loss: number, read: () => LossPoint): void {
    const last = this.#stretches.at(-1);
    if (!last || last.size >= this.#size) this.#begin(read());
    else {
      last.size++;
      if (isExtreme(last.extremes, loss)) last.extremes = extremesOf([...last.extremes, read()]);
    }
  }

  set newest(point: LossPoint | undefined) {
    this.#newest = point;
  }

  /** The points to draw, including the newest. */
  get points(): LossPoint[] {
    const points = this.#stretches.flatMap(({ extremes }) => extremes);
    if (this.#newest && !isSamePlace(points.at(-1), this.#newest)) points.push(this.#newest);
    return points;
  }

  /** The state from which another thinning can continue. */
  get state(): ThinnedLosses {
    return { size: this.#size, stretches: this.#stretches, newest: this.#newest };
  }

  #begin(point: LossPoint): void {
    this.#stretches.push({ size: 1, extremes: [point] });
    if (this.#stretches.length <= MOST_STRETCHES) return;
    this.#stretches = this.#stretches.flatMap((first, at, all) => {
      if (at % 2 === 1) return [];
      const second = all[at + 1];
      return second ? merge(first, second) : first;
    });
    this.#size *= 2;
  }
}

export interface ThinnedLosses {
  size: number;
  stretches: Stretch[];
  newest?: LossPoint | undefined;
}

function merge(a: Stretch, b: Stretch): Stretch {
  return { size: a.size + b.size, extremes: extremesOf([...a.extremes, ...b.extremes]) };
}

function isExtreme(extremes: readonly LossPoint[], loss: number): boolean {
  if (extremes.length === 1) return true;
  const height = heightOf(loss);
  const [a, b] = [heightOf(extremes[0]!.loss), heightOf(extremes[1]!.loss)];
  return height < Math.min(a, b) || height > Math.max(a, b);
}

/** Returns the lowest and the highest of a few points, in their original order. */
function extremesOf(points: readonly LossPoint[]): LossPoint[] {
  const heights = points.map(({ loss }) => heightOf(loss));
  const [least, greatest] = [heights.indexOf(Math.min(...heights)), heights.lastIndexOf(Math.max(...heights))];
  if (least === greatest) return [points[least]!];
  return [points[Math.min(least, greatest)]!, points[Math.max(least, greatest)]!];
}

/** Returns a number for comparing losses. NaN, the loss of a diverged run, counts as greater than any number. */
function heightOf(loss: number): number {
  return Number.isNaN(loss) ? Infinity : loss;
}

function isSamePlace(a: LossPoint | undefined, b: LossPoint): boolean {
  return a?.round === b.round && a.epoch === b.epoch && a.step === b.step;
}
