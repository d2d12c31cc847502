/** Measures ratios side by side, so that other load on the machine affects both sides. */

/** Makes one measurement, in the unit of the figure. */
export type Timed = () => Promise<number>;

export interface Outcome {
  /** Median of theirs / ours over the runs. Above 1, ours is better. Null if there is no peer. */
  ratio: number | null;
  ours: number | null;
  theirs: number | null;
  unit: string;
  runs: number;
  /** The smallest and the largest ratio over the runs. */
  min: number | null;
  max: number | null;
  note: string;
}

export interface Row extends Outcome {
  name: string;
}

export interface Duel {
  ours: Timed;
  /** Undefined if there is no peer. */
  theirs?: Timed | undefined;
  unit: string;
  note?: string;
}

/** Returns the milliseconds that something takes. */
export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Returns the median; for an even number of values, the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

/** Measures each side once to warm up, then `runs` times. Each run starts with the side that was second in the run before. */
export async function duel({ ours, theirs, unit, note = '' }: Duel, runs: number): Promise<Outcome> {
  await ours();
  await theirs?.();
  const pairs: { ours: number; theirs: number }[] = [];
  for (let run = 0; run < runs; run++) {
    if (run % 2 === 0) pairs.push({ ours: await ours(), theirs: (await theirs?.()) ?? NaN });
    else {
      const first = (await theirs?.()) ?? NaN;
      pairs.push({ ours: await ours(), theirs: first });
    }
  }
  const mine = median(pairs.map((pair) => pair.ours));
  if (!theirs) return { ...nothing(unit, note), ours: mine, runs };
  const ratios = pairs.map((pair) => pair.theirs / pair.ours);
  return {
    ratio: median(ratios),
    ours: mine,
    theirs: median(pairs.map((pair) => pair.theirs)),
    ...{ unit, runs, min: Math.min(...ratios), max: Math.max(...ratios), note },
  };
}

/** Makes a row from two numbers that need no repetition, such as peak memory. Smaller is better. */
export function once(ours: number, theirs: number | undefined, { unit, note = '' }: Omit<Duel, 'ours' | 'theirs'>) {
  if (theirs === undefined) return { ...nothing(unit, note), ours, runs: 1 };
  const ratio = theirs / ours;
  return { ratio, ours, theirs, unit, runs: 1, min: ratio, max: ratio, note };
}

/** Makes a row that could not be measured, with the reason. */
export function nothing(unit: string, note: string): Outcome {
  return { ratio: null, ours: null, theirs: null, unit, runs: 0, min: null, max: null, note };
}
