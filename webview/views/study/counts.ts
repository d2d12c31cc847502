/** Says how far a study is, in words. */
import { duration } from '../../../engine/vocabulary/numbers';
import type { StatusCounts, StudyStatus, StudySummary } from '../../../engine/protocol';
import { count } from '../../format';

/** The statuses in the order in which a reader needs them. */
export const STATUS_ORDER: readonly StudyStatus[] = [
  'running',
  'failed',
  'diverged',
  'interrupted',
  'stopped',
  'queued',
  'waiting',
  'done',
];

/** Returns the number of all runs. */
export function totalOf(counts: StatusCounts): number {
  return STATUS_ORDER.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
}

/** Returns for example “24 of 27 runs · 2 running · 1 failed · 4 min left”. A run that diverged has a result, so it has ended. */
export function progressWords({ counts, stopping, executing, secondsLeft }: StudySummary): string {
  const all = totalOf(counts);
  const ended = (counts.done ?? 0) + (counts.diverged ?? 0);
  const parts = (['running', 'failed', 'diverged', 'interrupted', 'stopped'] as const).flatMap((status) => {
    const some = counts[status] ?? 0;
    return some > 0 ? [`${count(some)} ${status}`] : [];
  });
  const left = executing && secondsLeft !== undefined && ended < all ? [`${duration(secondsLeft)} left`] : [];
  const runs = `${ended === all ? count(all) : `${count(ended)} of ${count(all)}`} ${all === 1 ? 'run' : 'runs'}`;
  return [ended === all ? `${runs} done` : runs, ...parts, ...(stopping ? ['stopping'] : left)].join(' · ');
}
