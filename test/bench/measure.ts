/** Ratios measured side by side: what loads the machine meanwhile loads both sides. */

/** One measurement, in the figure's unit. */
export type Timed = () => Promise<number>;

export interface Outcome {
  /** Above 1, ours is better; null where there is nothing to compare with. The median over the runs of theirs / ours. */
  ratio: number | null;
  ours: number | null;
  theirs: number | null;
  unit: string;
  runs: number;
  /** The least and the greatest ratio of a run. */
  min: number | null;
  max: number | null;
  note: string;
}

export interface Row extends Outcome {
  name: string;
}

export interface Duel {
  ours: Timed;
  /** None where the peer is absent. */
  theirs?: Timed | undefined;
  unit: string;
  note?: string;
}

/** The median; of an even number, the mean of the two in the middle. */
export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

/** Measures each side once to warm it, then `runs` times, taking turns at going first. */
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

/** Two numbers that need no repeating, such as peaks of memory; the smaller is the better. */
export function once(ours: number, theirs: number | undefined, { unit, note = '' }: Omit<Duel, 'ours' | 'theirs'>) {
  if (theirs === undefined) return { ...nothing(unit, note), ours, runs: 1 };
  const ratio = theirs / ours;
  return { ratio, ours, theirs, unit, runs: 1, min: ratio, max: ratio, note };
}

/** A row that could not be measured, and why. */
export function nothing(unit: string, note: string): Outcome {
  return { ratio: null, ours: null, theirs: null, unit, runs: 0, min: null, max: null, note };
}
