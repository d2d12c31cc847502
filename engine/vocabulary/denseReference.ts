/** The dense accuracy that a table of runs compares with. Pure. */
import { countedRuns, studyFolderOf } from './countedRuns';
import { groupBy } from './groupBy';
import { isMovedAside } from './movedAside';
import type { ListedRun } from './runRelations';
import { optionValues } from './runOptionValues';
import { doneIn, measuredOf } from './runValues';
import { meanOf } from './statistics';

/** The difference of a run from dense training. */
export interface Gap {
  /** Accuracy less that of dense training, in percentage points. */
  value: number;
  /** What the run is compared with. Gaps with the same key are not independent of each other. */
  key: string;
  /** Whether the dense trainings have the seed of the run. Otherwise, no run of the experiment shares a seed with dense training. */
  isPaired: boolean;
}

/** Returns the gap of a run to dense training. Undefined if they cannot be compared. */
export type GapToDense = (run: ListedRun) => Gap | undefined;

/**
 * Compares a run with the dense training of the same study, network, data, training options and seed, as the tables of studies do. Runs
 * outside of studies are compared with dense trainings outside of studies. If runs and dense trainings have no seed in common, they are
 * compared with the mean of the dense trainings. There is no gap for an accuracy that was measured during a search, and none
 * for dense training.
 */
export function gapToDense(runs: readonly ListedRun[]): GapToDense {
  const full = groupBy(
    runs.filter((run) => fullAccuracy(run) !== undefined),
    keyOf,
  );
  const references = new Map(
    [...full].map(([key, members]) => {
      const dense = countedRuns(members.filter(isDense)).counted;
      const bySeed = groupBy(dense, ({ seed }) => seed);
      return [key, { dense, bySeed, isPaired: members.some((run) => !isDense(run) && bySeed.has(run.seed)) }];
    }),
  );
  return (run) => {
    const accuracy = fullAccuracy(run);
    if (accuracy === undefined || isDense(run)) return undefined;
    const key = keyOf(run);
    const { dense = [], bySeed, isPaired = false } = references.get(key) ?? {};
    const own = isPaired ? (bySeed?.get(run.seed) ?? []) : dense;
    if (own.length === 0) return undefined;
    const { mean } = meanOf(own.map((one) => fullAccuracy(one)!));
    const value = Number((accuracy - mean).toFixed(9)); // 0.45, not 0.45000000000000284
    return { value, key: isPaired ? `${key} ${run.seed}` : key, isPaired };
  };
}

function isDense(run: ListedRun): boolean {
  return doneIn(run) === 'training';
}

function fullAccuracy(run: ListedRun): number | undefined {
  const counts = run.kind === 'train' && run.status === 'done' && !isMovedAside(run.name);
  return counts ? measuredOf(run)?.accuracy : undefined;
}

/** Data orders may differ, as other seeds may. */
const SEED = /seed$/i;

const keys = new WeakMap<ListedRun, string>();

function keyOf(run: ListedRun): string {
  let key = keys.get(run);
  if (key === undefined) keys.set(run, (key = textOf(run)));
  return key;
}

function textOf(run: ListedRun): string {
  const options = [...optionValues(run)].filter(([name]) => !SEED.test(name)).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([studyFolderOf(run), run.model, run.datasetSha256 ?? run.dataset, options]);
}
