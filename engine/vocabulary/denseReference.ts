/** The dense accuracy that a table of runs compares with. Pure. */
import type { ListedRun } from './runRelations';
import { optionValues } from './runOptionValues';
import { doneIn, measuredOf } from './runValues';
import { meanOf } from './statistics';

/** Returns, for a run, its accuracy less that of dense training, in percentage points. Undefined if they cannot be compared. */
export type GapToDense = (run: ListedRun) => number | undefined;

/**
 * Compares runs with the mean of the dense trainings of the same network and data, for the same number of epochs. There is no gap for an
 * accuracy that was measured during a search, and none if the dense trainings are different experiments, because then it is not clear which
 * of them to compare with.
 */
export function gapToDense(runs: readonly ListedRun[]): GapToDense {
  const groups = new Map<string, { experiment: string; accuracies: number[] } | undefined>();
  for (const run of runs) {
    const accuracy = fullAccuracy(run);
    if (doneIn(run) !== 'training' || accuracy === undefined) continue;
    const key = keyOf(run);
    const before = groups.get(key);
    if (before?.experiment === run.experiment) before.accuracies.push(accuracy);
    else groups.set(key, groups.has(key) ? undefined : { experiment: run.experiment, accuracies: [accuracy] });
  }
  const means = new Map(
    [...groups].flatMap(([key, group]) => (group ? [[key, meanOf(group.accuracies).mean] as const] : [])),
  );
  return (run) => {
    const accuracy = fullAccuracy(run);
    const dense = accuracy === undefined ? undefined : means.get(keyOf(run));
    return dense === undefined ? undefined : Number((accuracy! - dense).toFixed(9)); // 0.45, not 0.45000000000000284
  };
}

function fullAccuracy(run: ListedRun): number | undefined {
  return run.kind === 'train' && run.status === 'done' ? measuredOf(run)?.accuracy : undefined;
}

function keyOf(run: ListedRun): string {
  const values = optionValues(run);
  const network = [...values].filter(([name]) => name.startsWith('model.')).sort();
  return JSON.stringify([run.model, network, run.datasetSha256 ?? run.dataset, values.get('finalEpochs')]);
}
