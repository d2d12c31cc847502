/**
 * Follows run directories by file events, with a slow look for what sends none: a killed process, a network file system, a new folder.
 * Whatever is wrong with one run is reported once as that run's problem, and is tried again; it never affects other runs.
 */
import { existsSync, watch, type FSWatcher } from 'node:fs';
import { mapParallel } from '../collections';
import type { RunStatus } from '../vocabulary/runStatus';
import type { RunChange, RunDelta, RunList, RunSnapshot } from '../vocabulary/runSummary';
import {
  AT_ONCE,
  findRuns,
  isStopping,
  lastOf,
  type LastEvent,
  problemOf,
  readRun,
  relativeTo,
  statusOf,
} from './list';
import { paths } from './paths';
import { addIgnored, type IgnoredLines, ignoredText, type LogPosition } from './readEvents';
import { continueContent, noContent } from './runLog';
import { deltaOf, overviewOf, type RunOverview, summaryOf, updateOverview } from './snapshot';

const QUIET_MS = 100;
const SLOW_LOOK_MS = 2_000;

export interface Follower {
  onList(change: RunChange): void;
  onRun(delta: RunDelta): void;
}

/** A run directory; one that could not be read yet has no log. */
interface Followed {
  log: { overview: RunOverview; position: LogPosition; ignored: IgnoredLines } | undefined;
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
      runs: followed.flatMap(([, { log }]) => (log ? [summaryOf(log.overview)] : [])),
      problems: followed.flatMap(([directory, { problem: message }]) =>
        message === undefined ? [] : [{ directory, message }],
      ),
    };
  }

  /**
   * Reads the snapshot of a followed run. It is as far as what was told of the run: the next delta begins where it ends.
   * Returns undefined for a run that is not followed. Throws UserError if it cannot be read.
   */
  async snapshot(directory: string): Promise<RunSnapshot | undefined> {
    await this.#read(directory);
    const run = this.#runs.get(directory);
    if (!run) return undefined;
    const reading = run.reading.then(async () => {
      const { snapshot, position } = await readRun(directory, { to: run.log?.position.end });
      if (!run.log || position.inode === run.log.position.inode) return snapshot;
      await this.#readAnew(directory, run);
      return (await readRun(directory, { to: run.log.position.end })).snapshot;
    });
    run.reading = reading.then(
      () => undefined,
      () => undefined, // whoever asked is told
    );
    return reading;
  }

  /** The followed runs as they were when last read. */
  overviews(): RunOverview[] {
    return [...this.#runs.values()].flatMap(({ log }) => log?.overview ?? []);
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
    await mapParallel([...found], AT_ONCE, (run) => this.#runs.get(run)?.reading ?? this.#add(run));
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
    const part = run.log && (await continueContent(directory, noContent(run.log.position)));
    if (!run.log || !part) return this.#readAnew(directory, run);
    const { overview, ignored } = run.log;
    const hasNewProblem = part.ignored.count > 0 || run.failed;
    const delta = deltaOf(overview, part);
    const last = lastOf(part);
    const { status: before, stopping: stoppingBefore } = overview;
    run.log = { overview, position: part.position, ignored: addIgnored(ignored, part.ignored) };
    updateOverview(overview, delta);
    const status = statusNow(overview, last);
    const stopping = isStopping(directory, status);
    if (!last && status === before && stopping === stoppingBefore && !hasNewProblem) return;
    Object.assign(delta.set, { status, stopping });
    Object.assign(overview, { status, stopping });
    this.follower.onRun(run.failed ? { directory, reset: true, append: {}, set: {} } : delta); // a panel that failed asks again
    this.#tell(run, run.log);
  }

  /** For the first time, or because a resumed run cut its log back. */
  async #readAnew(directory: string, run: Followed): Promise<void> {
    const isKnown = run.log !== undefined;
    const { snapshot, position, ignored } = await readRun(directory, { losses: false });
    run.log = { overview: overviewOf(snapshot), position, ignored };
    if (isKnown) this.follower.onRun({ directory, reset: true, append: {}, set: {} });
    this.#tell(run, run.log);
  }

  #tell(run: Followed, { overview, ignored }: NonNullable<Followed['log']>): void {
    const { directory } = overview;
    const message = ignoredText(ignored);
    run.failed = false;
    run.problem = message === undefined ? undefined : relativeTo(directory, message);
    const problem = run.problem !== undefined && { problem: run.problem };
    this.follower.onList({ directory, summary: summaryOf(overview), ...problem });
  }

  #failed(directory: string, run: Followed, problem: string): void {
    if (run.problem === problem) return;
    run.problem = problem;
    run.failed = true;
    this.follower.onList({ directory, problem, ...(run.log && { summary: summaryOf(run.log.overview) }) });
  }

  async #slowLook(): Promise<void> {
    await this.scan();
    await Promise.all([...this.#runs.keys()].map((directory) => this.#read(directory)));
  }
}

function statusNow({ directory, status }: RunOverview, last: LastEvent | undefined): RunStatus {
  if (last) return statusOf(directory, last);
  if (!['waiting', 'running', 'interrupted'].includes(status)) return status; // it has ended
  return statusOf(directory, status === 'waiting' ? undefined : { type: 'resumed' });
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
