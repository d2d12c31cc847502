/** The combinations of values of axes that a node runs over. */
import type { RunOptions } from '../vocabulary/runOptions';
import type { Assignment, Axis, NamedValue, Scalar, StudyNode } from '../vocabulary/study';
import { keptAfter, roundsOf } from '../vocabulary/rounds';

/** The axis whose values are rounds of a search. */
const ROUND = 'round';

export class Axes {
  /** @param searchOf returns the options of the search that a run with these values gets its checkpoint from */
  constructor(
    private readonly axes: Readonly<Record<string, Axis>>,
    private readonly searchOf: (values: Assignment) => RunOptions | undefined,
  ) {}

  /** Returns all combinations, in the order of the values. The first axis changes slowest. */
  assignments(node: StudyNode): Assignment[] {
    const { over, include, exclude = [] } = node;
    // The rounds of a search may depend on the other axes, so they come last.
    const order = [...over.filter((axis) => axis !== ROUND), ...over.filter((axis) => axis === ROUND)];
    const all = order.reduce<Assignment[]>(
      (some, axis) =>
        some.flatMap((values) => this.#valuesOf(axis, values).map((value) => ({ ...values, [axis]: value }))),
      [{}],
    );
    const chosen = all.filter(
      (values) => (include?.some((one) => agrees(one, values)) ?? true) && !exclude.some((one) => agrees(one, values)),
    );
    const ranks = new Map(over.map((axis) => [axis, this.#ranks(axis)]));
    return over.includes(ROUND) ? chosen.sort((a, b) => compare(a, b, { over, ranks })) : chosen;
  }

  #valuesOf(name: string, values: Assignment): Scalar[] {
    const axis = this.axes[name]!;
    if (Array.isArray(axis)) return (axis as readonly (Scalar | NamedValue)[]).map(nameOf);
    const search = this.searchOf(values);
    const rounds = search ? Array.from({ length: roundsOf(search) }, (_, i) => i + 1) : [];
    if (!search || axis === 'all') return rounds;
    const { kept } = axis as { kept: readonly number[] };
    const nearest = (share: number) =>
      rounds.reduce((a, b) => (distance(b, share, search) < distance(a, share, search) ? b : a), rounds[0]!);
    return [...new Set(kept.map(nearest))];
  }

  #ranks(name: string): Map<Scalar, number> {
    const axis = this.axes[name]!;
    if (!Array.isArray(axis)) return new Map();
    return new Map((axis as readonly (Scalar | NamedValue)[]).map((value, i) => [nameOf(value), i]));
  }
}

function nameOf(value: Scalar | NamedValue): Scalar {
  return typeof value === 'object' ? value.name : value;
}

/** Difference between the kept share after a round and a share, on the scale on which rounds are evenly spaced. */
function distance(round: number, share: number, search: RunOptions): number {
  return Math.abs(Math.log(keptAfter(round, search)) - Math.log(share));
}

function agrees(some: Assignment, values: Assignment): boolean {
  return Object.entries(some).every(([axis, value]) => values[axis] === value);
}

function compare(
  a: Assignment,
  b: Assignment,
  { over, ranks }: { over: readonly string[]; ranks: ReadonlyMap<string, ReadonlyMap<Scalar, number>> },
): number {
  for (const axis of over) {
    const rank = (value: Scalar) => ranks.get(axis)!.get(value) ?? Number(value);
    const difference = rank(a[axis]!) - rank(b[axis]!);
    if (difference !== 0) return difference;
  }
  return 0;
}
