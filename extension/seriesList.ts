import * as path from 'node:path';
import * as vscode from 'vscode';
import { pathKey } from './paths';

const KEY = 'series';
/** Where the checkpoints of a series can be in its folder. */
const CHECKPOINTS = '{*,checkpoints/*,level_*/main/*}';

/** The series that the tree lists. The workspace stores them, so they are restored after a reload. */
export class SeriesList implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<readonly string[] | undefined>();
  /** Fires with the targets of a series whose folder has changed, or with undefined after the list has changed. */
  readonly onDidChange = this.#changed.event;
  readonly #watchers = new Map<string, vscode.Disposable>();

  constructor(private readonly memory: Pick<vscode.Memento, 'get' | 'update'>) {
    this.#watch();
  }

  /** Returns the targets of each series: one folder, or several checkpoints. */
  all(): readonly (readonly string[])[] {
    return this.memory.get<string[][]>(KEY, []);
  }

  add(targets: readonly string[]): void {
    if (!this.all().some((other) => seriesKey(other) === seriesKey(targets))) this.#set([...this.all(), targets]);
  }

  remove(targets: readonly string[]): void {
    this.#set(this.all().filter((other) => seriesKey(other) !== seriesKey(targets)));
  }

  dispose(): void {
    this.#changed.dispose();
    for (const watcher of this.#watchers.values()) watcher.dispose();
  }

  #set(all: readonly (readonly string[])[]): void {
    void this.memory.update(KEY, all);
    this.#watch();
    this.#changed.fire(undefined);
  }

  /** Watches the folders of the series in the list. */
  #watch(): void {
    const wanted = new Map(this.all().map((targets) => [seriesKey(targets), targets]));
    for (const [key, watcher] of this.#watchers) {
      if (wanted.has(key)) continue;
      watcher.dispose();
      this.#watchers.delete(key);
    }
    for (const [key, targets] of wanted) {
      const [folder] = targets;
      if (folder === undefined || targets.length > 1 || this.#watchers.has(key)) continue;
      const pattern = new vscode.RelativePattern(vscode.Uri.file(folder), CHECKPOINTS);
      const watcher = vscode.workspace.createFileSystemWatcher(pattern, false, true, false);
      const changed = () => {
        this.#changed.fire(targets);
      };
      watcher.onDidCreate(changed);
      watcher.onDidDelete(changed);
      this.#watchers.set(key, watcher);
    }
  }
}

/** Returns a key that is equal for all spellings of the paths. */
export function seriesKey(targets: readonly string[]): string {
  return JSON.stringify(targets.map(pathKey));
}

/** Returns the name of a series: that of its folder, or the number of its files. */
export function seriesName(targets: readonly string[]): string {
  const [first = ''] = targets;
  return targets.length === 1 ? path.basename(first) : `${targets.length} files`;
}
