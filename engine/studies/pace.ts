/** Estimates when a study ends, from the work that was done while it was followed. */

/** An estimate needs this many seconds, because at first every run loads its data. */
const LEAST_SECONDS = 5;
/** The estimate uses the work of about the last ten minutes, because runs at the end of a study may be slower than those at its start. */
const WINDOW_SECONDS = 600;

interface Mark {
  /** Seconds of any clock. */
  at: number;
  done: number;
}

export class Pace {
  #marks: Mark[] = [];

  /** Forgets everything, because nothing is executed now. */
  reset(): void {
    this.#marks = [];
  }

  /**
   * Returns the estimated seconds until everything is done; undefined until the speed is known.
   * @param done work that is done, in any unit
   * @param left work that is left, in the same unit
   * @param now seconds of a clock that only goes forward
   */
  secondsLeft({ done, left }: { done: number; left: number }, now: number): number | undefined {
    const first = this.#marks[0];
    if (first && done < first.done) this.reset(); // the file was changed, or runs were removed
    this.#marks.push({ at: now, done });
    while (this.#marks.length > 2 && now - this.#marks[1]!.at > WINDOW_SECONDS) this.#marks.shift();
    const [from] = this.#marks as [Mark];
    const [seconds, work] = [now - from.at, done - from.done];
    return seconds < LEAST_SECONDS || work <= 0 ? undefined : Math.round((left * seconds) / work);
  }
}
