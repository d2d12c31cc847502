/** When studies are looked at: one look at a study at a time, soon after a change, and a second apart. */

/** Delay in ms after a change, and the least interval between two looks at a study. */
const [QUIET_MS, LEAST_MS] = [100, 1_000];

/** The name of the search for studies, which is scheduled like a look. */
export const SEARCH = '';

export class LookSchedule {
  readonly #due = new Map<string, NodeJS.Timeout>();
  readonly #looked = new Map<string, number>();
  readonly #looking = new Map<string, Promise<void>>();
  /** The messages of looks that failed, by file. */
  readonly #failed = new Map<string, string>();

  /**
   * @param look looks at the study with this file, or searches for studies
   * @param onError is not called again for the same message until a look succeeds
   */
  constructor(
    private readonly look: (what: string) => Promise<void>,
    private readonly onError: (message: string) => void,
  ) {}

  /** Schedules a look. */
  soon(what: string): void {
    if (this.#due.has(what)) return;
    const since = performance.now() - (this.#looked.get(what) ?? -Infinity);
    const look = () => {
      this.#due.delete(what);
      void this.now(what);
    };
    this.#due.set(what, setTimeout(look, Math.max(QUIET_MS, LEAST_MS - since)).unref());
  }

  /** Looks after the looks at the same study that were requested before. Never rejects. */
  now(what: string): Promise<void> {
    const next = (this.#looking.get(what) ?? Promise.resolve()).then(() => this.#reported(what));
    this.#looking.set(what, next);
    return next;
  }

  forget(file: string): void {
    clearTimeout(this.#due.get(file));
    for (const known of [this.#looked, this.#looking, this.#due, this.#failed]) known.delete(file);
  }

  dispose(): void {
    for (const timer of this.#due.values()) clearTimeout(timer);
  }

  async #reported(what: string): Promise<void> {
    try {
      await this.look(what);
      this.#failed.delete(what);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `${what === SEARCH ? 'The search for studies' : what}: ${reason}`;
      if (this.#failed.get(what) === message) return;
      this.#failed.set(what, message);
      this.onError(message);
    } finally {
      this.#looked.set(what, performance.now());
    }
  }
}
