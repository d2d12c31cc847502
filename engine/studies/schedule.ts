/**
 * Knows which runs of a study can begin. A study may have 10,000 runs, so the end of a run looks only at the runs that need it.
 */
import type { StudyStatus } from '../vocabulary/study';
import type { StudyRun } from './expand';
import { hasEnded } from './states';

type Run = Pick<StudyRun, 'name' | 'needs'>;

interface Entry<R extends Run> {
  run: R;
  place: number;
  /** Number of needs that are not done. */
  unmet: number;
  status: StudyStatus;
  /** Whether it has neither begun nor ended. */
  isLeft: boolean;
}

export class Schedule<R extends Run> {
  readonly #entries = new Map<string, Entry<R>>();
  /** For each run, those that need it; a run that needs it twice is there twice. */
  readonly #needing = new Map<string, Entry<R>[]>();
  /** Runs that can begin, in the order of the study. */
  readonly #ready: Entry<R>[] = [];
  #open = 0;
  #ended = 0;

  /** @param states the runs in the order of the study; one with a conflict never begins */
  constructor(states: readonly { run: R; status: StudyStatus; conflict?: unknown }[]) {
    const statusOf = new Map(states.map(({ run, status }) => [run.name, status]));
    for (const [place, { run, status, conflict }] of states.entries()) {
      const unmet = run.needs.filter((name) => statusOf.get(name) !== 'done').length;
      const isLeft = !hasEnded(status) && conflict === undefined;
      const entry = { run, place, unmet, status, isLeft };
      this.#entries.set(run.name, entry);
      for (const name of run.needs) {
        const needing = this.#needing.get(name) ?? [];
        this.#needing.set(name, needing);
        needing.push(entry);
      }
      if (hasEnded(status)) this.#ended++;
      if (isLeft) this.#open++;
      if (isLeft && unmet === 0) this.#ready.push(entry);
    }
  }

  /** Number of runs that have not ended and have not failed in this execution. */
  get open(): number {
    return this.#open;
  }

  /** Number of runs that are done or diverged. */
  get ended(): number {
    return this.#ended;
  }

  /** Returns the first run that can begin. */
  next(): R | undefined {
    return this.#ready[0]?.run;
  }

  /** Takes the first run that can begin from the list. */
  begin(): void {
    const first = this.#ready.shift();
    if (first) first.isLeft = false;
  }

  /** A run that has begun is not executed any more, however it ended. */
  finish(): void {
    this.#open--;
  }

  /** Stores the status of a run. If it is done, runs that need it may be ready. */
  set({ name }: R, status: StudyStatus): void {
    const entry = this.#entries.get(name)!;
    const before = entry.status;
    entry.status = status;
    this.#ended += Number(hasEnded(status)) - Number(hasEnded(before));
    if (status !== 'done' || before === 'done') return;
    for (const needing of this.#needing.get(name) ?? [])
      if (--needing.unmet === 0 && needing.isLeft) this.#insert(needing);
  }

  #insert(entry: Entry<R>): void {
    let [low, high] = [0, this.#ready.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#ready[middle]!.place < entry.place) low = middle + 1;
      else high = middle;
    }
    this.#ready.splice(low, 0, entry);
  }
}
