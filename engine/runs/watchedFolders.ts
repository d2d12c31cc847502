/** Finds the runs of folders, and watches them and every place where others may appear. */
import { existsSync } from 'node:fs';
import { findRuns } from './findRuns';
import { nearestExisting, Watches } from './watches';

export interface FoundRuns {
  runs: ReadonlySet<string>;
  /** Those whose changes were not seen until now. */
  unseen: ReadonlySet<string>;
}

const NONE: FoundRuns = { runs: new Set(), unseen: new Set() };
/** Places that are replaced all the time do not hold up a scan for ever. */
const MOST_LOOKS = 5;

export class WatchedFolders {
  readonly #watches: Watches;
  #folders: readonly string[] = [];
  #isDisposed = false;

  /** @param changed receives a run directory or a place in which something changed, and the name of that if the system says it */
  constructor(changed: (directory: string, name: string | null) => void) {
    this.#watches = new Watches(changed);
  }

  /** Absolute paths. Folders that do not exist are waited for. */
  set folders(folders: readonly string[]) {
    this.#folders = folders;
  }

  /** Some changes cause no event. */
  get isBlind(): boolean {
    return this.#watches.isBlind;
  }

  async find(): Promise<FoundRuns> {
    const unseen = new Set<string>();
    for (let look = 1; ; look++) {
      const { runs, places } = await findRuns(...this.#folders);
      if (this.#isDisposed) return NONE;
      const begun = this.#watches.replace(this.#watched([...places, ...runs]));
      const found = new Set(runs);
      for (const directory of begun) if (found.has(directory)) unseen.add(directory);
      // What appeared in a place before it was watched is found by another look.
      if (begun.every((directory) => found.has(directory)) || look === MOST_LOOKS) return { runs: found, unseen };
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#watches.dispose();
  }

  /** The directories to watch, each with the names that count in it; undefined: all. */
  #watched(directories: readonly string[]): Map<string, ReadonlySet<string> | undefined> {
    const watched = new Map<string, ReadonlySet<string> | undefined>();
    for (const folder of this.#folders.filter((wanted) => !existsSync(wanted))) {
      const { directory, name } = nearestExisting(folder);
      watched.set(directory, new Set([...(watched.get(directory) ?? []), name]));
    }
    for (const directory of directories) watched.set(directory, undefined);
    return watched;
  }
}
