/** The numbers that rows of the tree show after their label. Pure. */
import { barrierLabel, isInterior, barrierUnit } from '../../engine/vocabulary/barrierWords';
import type { ListedRun } from '../../engine/protocol';
import { shownMeasure } from '../../engine/vocabulary/searchAccuracy';
import { meanOf, meanText } from '../../engine/vocabulary/statistics';
import type { StatusCounts, StudyStatus } from '../../engine/vocabulary/study';
import { countsOf, countTexts, NOT_DONE } from '../../engine/vocabulary/studyCounts';
import { keptText, standing, type Said } from '../words';

const cached: Record<Said, WeakMap<ListedRun, string>> = { nothing: new WeakMap(), kept: new WeakMap() };

/** Returns status and result of a run. `said`: what the rows above say already. */
export function runFigures(run: ListedRun, said: Said): string {
  const known = cached[said].get(run);
  if (known !== undefined) return known;
  const text = standing(run, { said, brief: true });
  cached[said].set(run, text);
  return text;
}

/** Returns mean ± sample standard deviation over runs that differ only in their seeds, their number, and how many of them are not done. */
export function seedsFigures(runs: readonly ListedRun[], said: Said): string {
  const done = runs.filter(({ status }) => status === 'done');
  const kept = said === 'kept' ? [] : done.flatMap((run) => keptOf(run) ?? []);
  const noun = areSameSeeds(runs) ? 'runs' : 'seeds';
  return [
    ...(kept.length > 0 ? [keptText(meanOf(kept).mean, true)] : []),
    ...resultOf(done),
    done.length === runs.length ? `${runs.length} ${noun}` : `${done.length} of ${runs.length} ${noun}`,
    ...countTexts(countsOf(runs), NOT_DONE),
  ].join(' · ');
}

function areSameSeeds(runs: readonly ListedRun[]): boolean {
  return new Set(runs.map(({ seeds }) => JSON.stringify(seeds))).size === 1;
}

/** Returns the share of kept weights after a run, if it has a mask. */
function keptOf({ result, rounds }: ListedRun): number | undefined {
  const sparsity = result && 'sparsity' in result ? result.sparsity : rounds.at(-1)?.sparsity;
  return sparsity && sparsity.prunable > 0 ? 1 - sparsity.prunable : undefined;
}

function resultOf(done: readonly ListedRun[]): string[] {
  const barriers = done.flatMap(({ result }) => (result?.kind === 'connectivity' ? [result.barrier] : []));
  if (barriers.length > 0) {
    const interior = barriers.filter(isInterior);
    const [first] = interior;
    if (!first) return [barrierLabel(barriers[0]!)];
    const size = `${meanText(meanOf(interior.map(({ value }) => value)))} ${barrierUnit(first)}`;
    return [
      interior.length === barriers.length
        ? `barrier ${size}`
        : `barrier in ${interior.length} of ${barriers.length}: ${size}`,
    ];
  }
  const accuracies = done.flatMap((run) => accuracyOf(run) ?? []);
  return accuracies.length > 0 ? [`${meanText(meanOf(accuracies))} %`] : [];
}

/** Returns the test accuracy in percent: of a search, the shown measure after its last round. */
function accuracyOf({ kind, result, rounds }: ListedRun): number | undefined {
  const last = rounds.at(-1);
  if (kind === 'search') return last && shownMeasure(last).accuracy;
  return result?.kind === 'train' ? result.test.accuracy : undefined;
}

/** The order in which a status decides the look of several runs. */
const DECIDES: readonly StudyStatus[] = [
  'running',
  'failed',
  'interrupted',
  'stopped',
  'queued',
  'waiting',
  'diverged',
  'done',
];

/** Returns the status that stands for several runs. */
export function overallStatus(counts: StatusCounts): StudyStatus {
  return DECIDES.find((status) => counts[status]) ?? 'waiting';
}
