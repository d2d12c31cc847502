/** Estimates how long a study still takes, from the times that its finished runs took. */
import { threadLimit } from '../threads';
import type { RunOverview } from '../runs/snapshot';
import type { StudyRun } from './expand';
import { hasEnded, type RunState } from './states';
import { effortOf, shareOf, workloadOf } from './work';

/** The part of a run's state that an estimate needs. */
export interface TimedRun {
  status: RunState['status'];
  conflict?: RunState['conflict'];
  run: Pick<StudyRun, 'name' | 'kind' | 'options' | 'settings' | 'needs'>;
  overview?: Pick<RunOverview, 'seconds' | 'progress'>;
  seconds?: number;
}

/** Seconds to start and end a process, beside those that its log contains. */
const START = 0.6;

/** Returns the seconds of a run by the finished runs of the same network on the same data. Undefined if there are none. */
export function measuredTimes(states: readonly TimedRun[]): (run: TimedRun['run']) => number | undefined {
  const rates = new Map<string, { seconds: number; work: number }>();
  for (const { run, status, overview, seconds = overview?.seconds } of states) {
    if (status !== 'done' || seconds === undefined) continue;
    const key = workloadOf(run);
    const sum = rates.get(key) ?? { seconds: 0, work: 0 };
    rates.set(key, { seconds: sum.seconds + seconds, work: sum.work + effortOf(run) });
  }
  return (run) => {
    const rate = rates.get(workloadOf(run)) ?? rates.get(workloadOf(run, run.kind !== 'connectivity'));
    return rate && rate.work > 0 ? START + (effortOf(run) * rate.seconds) / rate.work : undefined;
  };
}

/**
 * Returns the seconds until the last run ends. Undefined until enough runs have ended to know it.
 * @param cores number of runs at a time
 */
export function secondsLeft(states: readonly TimedRun[], cores = threadLimit().threads): number | undefined {
  const timeOf = measuredTimes(states);
  const seconds: number[] = [];
  const lost = new Set<string>(); // runs that cannot begin, because what they need diverged
  for (const state of states) {
    const { run, status } = state;
    if (status === 'diverged' || state.conflict || run.needs.some((name) => lost.has(name))) lost.add(run.name);
    const left = hasEnded(status) || lost.has(run.name) ? 0 : leftOf(state, timeOf(run));
    if (left === undefined) return undefined;
    seconds.push(left);
  }
  return scheduledEnd(states, { cores, seconds });
}

/** Returns the seconds that are left of one run. */
function leftOf(state: TimedRun, whole: number | undefined): number | undefined {
  const { status, overview } = state;
  if (status === 'running' && overview?.progress?.secondsLeft !== undefined) return overview.progress.secondsLeft;
  return whole === undefined ? undefined : whole * (1 - shareOf(state));
}

/** Returns the seconds until the last run ends, if runs start in their order as soon as they can, `cores` at a time. */
export function scheduledEnd(
  states: readonly TimedRun[],
  { cores, seconds }: { cores: number; seconds: readonly number[] },
): number {
  const ends = new Map<string, number>();
  const free = new Array<number>(cores).fill(0);
  // Runs that are running keep their processor.
  const order = states.map((_, i) => i);
  order.sort((a, b) => Number(states[b]!.status === 'running') - Number(states[a]!.status === 'running') || a - b);
  for (const i of order) {
    const { run, status } = states[i]!;
    if (hasEnded(status)) {
      ends.set(run.name, 0);
      continue;
    }
    const ready = Math.max(0, ...run.needs.map((name) => ends.get(name) ?? 0));
    const slot = free.indexOf(Math.min(...free));
    const end = Math.max(ready, free[slot]!) + seconds[i]!;
    free[slot] = end;
    ends.set(run.name, end);
  }
  return Math.round(Math.max(0, ...ends.values()));
}
