/** Follows run directories by file events, with a slow look for what sends none: a killed process, a network file system, a new folder. */
import { existsSync, watch, type FSWatcher } from 'node:fs';
import type { RunDelta, RunSnapshot, RunSummary } from '../vocabulary/runSummary';
import { readEvents } from './events';
import { findRuns, readRun, statusOf } from './list';
import { paths } from './paths';
import { applyDelta, deltaOf, summaryOf } from './snapshot';

const QUIET_MS = 100;
const SLOW_LOOK_MS = 2_000;

export interface Follower {
  /** A run appeared, changed in what a list shows, or (without summary) is gone. */
  onList(change: { directory: string; summary?: RunSummary }): void;
  onRun(delta: RunDelta): void;
}

interface Followed {
  snapshot: RunSnapshot;
  end: number;
  inode: number;
  watcher: FSWatcher | undefined;
  reading: Promise<void>;
}

export class RunFollower {
  readonly #runs = new Map<string, Followed>();
  readonly #folders = new Map<string, FSWatcher | undefined>();
  readonly #due = new Set<string>();
  readonly #look: NodeJS.Timeout;
  #scanning: Promise<void> = Promise.resolve();

  constructor(private readonly follower: Follower) {
    this.#look = setInterval(() => void this.#slowLook(), SLOW_LOOK_MS).unref();
  }

  /** Follows the runs below these folders, and no others; returns them as they are now. */
  async follow(folders: readonly string[]): Promise<RunSummary[]> {
    for (const [folder, watcher] of this.#folders) {
      if (folders.includes(folder)) continue;
      watcher?.close();
      this.#folders.delete(folder);
    }
    for (const folder of folders) if (!this.#folders.has(folder)) this.#folders.set(folder, undefined);
    await this.scan();
    return [...this.#runs.values()].map(({ snapshot }) => summaryOf(snapshot));
  }

  /** The snapshot of a followed run, brought up to date. */
  async snapshot(directory: string): Promise<RunSnapshot | undefined> {
    await this.#read(directory);
    return this.#runs.get(directory)?.snapshot;
  }

  /** Looks for runs that appeared or are gone. */
  scan(): Promise<void> {
    return (this.#scanning = this.#scanning.then(() => this.#scanNow()));
  }

  dispose(): void {
    clearInterval(this.#look);
    for (const watcher of this.#folders.values()) watcher?.close();
    for (const { watcher } of this.#runs.values()) watcher?.close();
    this.#folders.clear();
    this.#runs.clear();
  }

  async #scanNow(): Promise<void> {
    for (const [folder, watcher] of this.#folders)
      if (!watcher)
        this.#folders.set(
          folder,
          watchQuietly(folder, () => void this.scan()),
        );
    const found = new Set((await Promise.all([...this.#folders.keys()].map((folder) => findRuns(folder)))).flat());
    for (const directory of this.#runs.keys()) if (!found.has(directory)) this.#forget(directory);
    await Promise.all([...found].filter((directory) => !this.#runs.has(directory)).map((run) => this.#add(run)));
  }

  async #add(directory: string): Promise<void> {
    const read = await readRun(directory).catch(() => undefined); // a record half copied or edited: looked at again later
    if (!read) return;
    const watcher = watchQuietly(directory, () => {
      this.#changed(directory);
    });
    this.#runs.set(directory, { ...read, watcher, reading: Promise.resolve() });
    this.follower.onList({ directory, summary: summaryOf(read.snapshot) });
  }

  #forget(directory: string): void {
    this.#runs.get(directory)?.watcher?.close();
    this.#runs.delete(directory);
    this.follower.onList({ directory });
  }

  /** File events come in bursts: the first of a burst makes one reading due. */
  #changed(directory: string): void {
    if (this.#due.has(directory)) return;
    this.#due.add(directory);
    setTimeout(() => {
      this.#due.delete(directory);
      void this.#read(directory);
    }, QUIET_MS).unref();
  }

  #read(directory: string): Promise<void> {
    const run = this.#runs.get(directory);
    if (!run) return Promise.resolve();
    return (run.reading = run.reading.then(() => this.#readNow(directory, run)));
  }

  async #readNow(directory: string, run: Followed): Promise<void> {
    if (!existsSync(paths.record(directory))) {
      if (this.#runs.has(directory)) this.#forget(directory);
      return;
    }
    const page = await readEvents(paths.events(directory), run);
    if (page.cut) return this.#readAnew(directory, run);
    const delta = deltaOf(run.snapshot, page.events);
    const last = page.events.at(-1);
    const before = run.snapshot.status;
    Object.assign(run, { end: page.end, inode: page.inode });
    applyDelta(run.snapshot, delta);
    const status = this.#statusNow(directory, run.snapshot, last);
    if (!last && status === before) return;
    run.snapshot.status = delta.set.status = status;
    this.follower.onRun(delta);
    this.follower.onList({ directory, summary: summaryOf(run.snapshot) });
  }

  #statusNow(directory: string, snapshot: RunSnapshot, last: Parameters<typeof statusOf>[1]) {
    if (last) return statusOf(directory, last);
    const ended = !['waiting', 'running', 'interrupted'].includes(snapshot.status);
    if (ended) return snapshot.status;
    return statusOf(directory, snapshot.status === 'waiting' ? undefined : { type: 'resumed' });
  }

  /** A resumed run cut its log back. */
  async #readAnew(directory: string, run: Followed): Promise<void> {
    Object.assign(run, await readRun(directory));
    this.follower.onRun({ directory, reset: true, append: {}, set: {} });
    this.follower.onList({ directory, summary: summaryOf(run.snapshot) });
  }

  async #slowLook(): Promise<void> {
    await this.scan();
    await Promise.all([...this.#runs.keys()].map((directory) => this.#read(directory)));
  }
}

/** A watcher that goes quiet instead of failing: folders come and go, and some file systems send no events. */
function watchQuietly(folder: string, changed: () => void): FSWatcher | undefined {
  if (!existsSync(folder)) return undefined;
  try {
    return watch(folder, { persistent: false }, changed).on('error', () => undefined);
  } catch {
    return undefined;
  }
}
