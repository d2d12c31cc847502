/** Finds the runs in folders. Watches these runs, and every directory in which new runs may appear. */
import { existsSync } from 'node:fs';
import { findRunsAgain } from './findRuns';
import { nearestExisting, Watches } from './watches';

export interface FoundRuns {
  runs: ReadonlySet<string>;
  /** Runs whose changes were not watched until now. */
  unseen: ReadonlySet<string>;
}

const NONE: FoundRuns = { runs: new Set(), unseen: new Set() };
/** Greatest number of passes in a scan, so that a scan ends even if directories are replaced again and again. */
const MOST_LOOKS = 5;

export class WatchedFolders {
  readonly #watches: Watches;
  #folders: readonly string[] = [];
  #isDisposed = false;

  /** The parameters are those of `Watches`. */
  constructor(changed: (directory: string, name: string | null) => void, isSettled?: (directory: string) => boolean) {
    this.#watches = new Watches(changed, isSettled);
  }

  /** Sets the folders as absolute paths. If a folder does not exist, its creation is noticed. */
  set folders(folders: readonly string[]) {
    this.#folders = folders;
  }

  /** Whether some changes may happen without a file event. */
  get isBlind(): boolean {
    return this.#watches.isBlind;
  }

  async find(): Promise<FoundRuns> {
    const unseen = new Set<string>();
    let found: ReadonlySet<string> = new Set();
    for (let look = 1; ; look++) {
      const { runs, places } = await findRunsAgain(this.#folders, found);
      if (this.#isDisposed) return NONE;
      const begun = this.#watches.replace(this.#watched([...places, ...runs]), found);
      found = new Set(runs);
      for (const directory of begun) if (found.has(directory)) unseen.add(directory);
      // another pass finds runs that appeared in a directory before the directory was watched
      if (begun.every((directory) => found.has(directory)) || look === MOST_LOOKS) return { runs: found, unseen };
    }
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#watches.dispose();
  }

  /** Returns the directories to watch, each with the names of the files whose changes matter; undefined means all files. */
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
