/** Says how far a study is, in the same words in the tree, the status bar, panels and the terminal. Pure. */
import { duration } from './numbers';
import type { StatusCounts, StudyStatus, StudySummary } from './study';

/** The statuses in the order in which a reader needs them. */
export const STATUS_ORDER: readonly StudyStatus[] = [
  ...(['running', 'failed', 'diverged', 'interrupted', 'stopped', 'queued', 'waiting', 'done'] as const),
];

/** Those of runs that are not done. */
export const NOT_DONE = STATUS_ORDER.filter((status) => status !== 'done');

/** Returns how many items have each status. */
export function countsOf(items: Iterable<{ status: StudyStatus }>): StatusCounts {
  const counts: StatusCounts = {};
  for (const { status } of items) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** Number of runs of a study. */
export function totalOf(counts: StatusCounts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Number of runs that need nothing more: they are done, or they diverged, which is a result, too. */
export function endedOf({ done = 0, diverged = 0 }: StatusCounts): number {
  return done + diverged;
}

/** Returns the numbers of these statuses, without those that no run has: “24 done”, “2 running”, “1 waiting”. */
export function countTexts(counts: StatusCounts, statuses: readonly StudyStatus[] = STATUS_ORDER): string[] {
  return statuses.flatMap((status) => (counts[status] ? [`${counts[status].toLocaleString('en-US')} ${status}`] : []));
}

/** Returns the numbers of all statuses: “24 done, 2 running, 1 waiting”. */
export function countsText(counts: StatusCounts): string {
  return [...countTexts(counts, ['done']), ...countTexts(counts, NOT_DONE)].join(', ');
}

/** Statuses that a fraction of ended runs does not tell: how many runs are left is clear from it. */
const TOLD = STATUS_ORDER.filter((status) => !['done', 'queued', 'waiting'].includes(status));

export interface ProgressForm {
  /** Whether the fraction is in words: “24 of 27 runs”, or “27 runs done”. Otherwise “24/27”. */
  inWords?: boolean;
  /** Whether only the fraction and the time left are said. */
  brief?: boolean;
}

/** Returns how many runs of a study have ended, and what the others do: “24/27 · 2 running · 4 min left”. */
export function progressText(
  {
    counts,
    executing = false,
    stopping = false,
    secondsLeft,
  }: Pick<StudySummary, 'counts'> & Partial<Pick<StudySummary, 'executing' | 'stopping' | 'secondsLeft'>>,
  { inWords = false, brief = false }: ProgressForm = {},
): string {
  const [ended, all] = [endedOf(counts), totalOf(counts)];
  const hasTime = executing && secondsLeft !== undefined && ended < all;
  return [
    inWords ? fraction(ended, all) : `${ended}/${all}`,
    ...(brief ? [] : countTexts(counts, TOLD)),
    ...(stopping ? ['stopping…'] : hasTime ? [`${duration(secondsLeft)} left`] : []),
  ].join(' · ');
}

/** Returns what the jobs of a study in Slurm do: “Slurm: 2 running on node7 · 9 pending (Priority)”. */
export function jobsLine(jobs: readonly string[]): string {
  return `Slurm: ${jobs.join(' · ')}`;
}

function fraction(ended: number, all: number): string {
  const [some, total] = [ended, all].map((count) => count.toLocaleString('en-US'));
  const runs = all === 1 ? 'run' : 'runs';
  return ended === all ? `${total} ${runs} done` : `${some} of ${total} ${runs}`;
}
