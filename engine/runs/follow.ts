/**
 * Follows run directories by file events, with a slow look for what sends none: a killed process, a network file system, a new folder.
 * Whatever is wrong with one run is reported once as that run's problem, and is tried again; it never affects other runs.
 */
import { existsSync, watch, type FSWatcher } from 'node:fs';
import type { RunChange, RunDelta, RunList, RunSnapshot } from '../vocabulary/runSummary';
import { findRuns, isStopping, problemOf, type ReadRun, readRun, relativeTo, statusOf } from './list';
import { paths } from './paths';
import { addIgnored, ignoredText, readEvents } from './readEvents';
import { applyDelta, deltaOf, summaryOf } from './snapshot';

const QUIET_MS = 100;
const SLOW_LOOK_MS = 2_000;

export interface Follower {
  onList(change: RunChange): void;
  onRun(delta: RunDelta): void;
}

/** A run directory; one that could not be read yet has no log. */
interface Followed {
  log: ReadRun | undefined;
  /** What is wrong with it, for a person: it could not be read when it was last tried, or lines of its log are ignored. */
  problem: string | undefined;
  /** It could not be read when it was last tried. */
  failed: boolean;
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
  async follow(folders: readonly string[]): Promise<RunList> {
    for (const [folder, watcher] of this.#folders) {
      if (folders.includes(folder)) continue;
      watcher?.close();
      this.#folders.delete(folder);
    }
    for (const folder of folders) if (!this.#folders.has(folder)) this.#folders.set(folder, undefined);
    await this.scan();
    const followed = [...this.#runs];
    return {
      runs: followed.flatMap(([, { log }]) => (log ? [summaryOf(log.snapshot)] : [])),
      problems: followed.flatMap(([directory, { problem: message }]) =>
        message === undefined ? [] : [{ directory, message }],
      ),
    };
  }

  /** The snapshot of a followed run, brought up to date. */
  async snapshot(directory: string): Promise<RunSnapshot | undefined> {
    await this.#read(directory);
    return this.#runs.get(directory)?.log?.snapshot;
  }

  /** The followed runs as they were when last read. */
  snapshots(): RunSnapshot[] {
    return [...this.#runs.values()].flatMap(({ log }) => log?.snapshot ?? []);
  }

  /** Looks for runs that appeared or are gone. Those that appeared have been read when it resolves. */
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
    // A run that is known may still be in its first reading.
    await Promise.all([...found].map((run) => this.#runs.get(run)?.reading ?? this.#add(run)));
  }

  async #add(directory: string): Promise<void> {
    const watcher = watchQuietly(directory, () => {
      this.#changed(directory);
    });
    this.#runs.set(directory, {
      log: undefined,
      problem: undefined,
      failed: false,
      watcher,
      reading: Promise.resolve(),
    });
    await this.#read(directory);
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

  /** Brings a run up to date. Never rejects: a failure is the run's problem until a later reading succeeds. */
  #read(directory: string): Promise<void> {
    const run = this.#runs.get(directory);
    if (!run) return Promise.resolve();
    return (run.reading = run.reading.then(async () => {
      if (this.#runs.get(directory) !== run) return; // it was forgotten meanwhile
      try {
        if (existsSync(paths.record(directory))) await this.#readNow(directory, run);
        else this.#forget(directory);
      } catch (error) {
        this.#failed(directory, run, problemOf(directory, error));
      }
    }));
  }

  async #readNow(directory: string, run: Followed): Promise<void> {
    const page = run.log && (await readEvents(paths.events(directory), run.log.position));
    if (!page || page.cut) return this.#readAnew(directory, run);
    const { snapshot } = run.log!;
    const delta = deltaOf(snapshot, page.events);
    const last = page.events.at(-1);
    const { status: before, stopping: stoppingBefore } = snapshot;
    const hasNewProblem = page.ignored.count > 0 || run.failed;
    const { end, inode, lines } = page;
    run.log = { snapshot, position: { end, inode, lines }, ignored: addIgnored(run.log!.ignored, page.ignored) };
    applyDelta(snapshot, delta);
    const status = this.#statusNow(directory, snapshot, last);
    const stopping = isStopping(directory, status);
    if (!last && status === before && stopping === stoppingBefore && !hasNewProblem) return;
    Object.assign(delta.set, { status, stopping });
    Object.assign(snapshot, { status, stopping });
    this.follower.onRun(delta);
    this.#tell(directory, run, run.log);
  }

  #statusNow(directory: string, snapshot: RunSnapshot, last: Parameters<typeof statusOf>[1]) {
    if (last) return statusOf(directory, last);
    const ended = !['waiting', 'running', 'interrupted'].includes(snapshot.status);
    if (ended) return snapshot.status;
    return statusOf(directory, snapshot.status === 'waiting' ? undefined : { type: 'resumed' });
  }

  /** For the first time, or because a resumed run cut its log back. */
  async #readAnew(directory: string, run: Followed): Promise<void> {
    const isKnown = run.log !== undefined;
    run.log = await readRun(directory);
    if (isKnown) this.follower.onRun({ directory, reset: true, append: {}, set: {} });
    this.#tell(directory, run, run.log);
  }

  #tell(directory: string, run: Followed, { snapshot, ignored }: ReadRun): void {
    const message = ignoredText(ignored);
    run.failed = false;
    run.problem = message === undefined ? undefined : relativeTo(directory, message);
    this.follower.onList({
      directory,
      summary: summaryOf(snapshot),
      ...(run.problem !== undefined && { problem: run.problem }),
    });
  }

  #failed(directory: string, run: Followed, problem: string): void {
    if (run.problem === problem) return;
    run.problem = problem;
    run.failed = true;
    this.follower.onList({ directory, problem, ...(run.log && { summary: summaryOf(run.log.snapshot) }) });
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
