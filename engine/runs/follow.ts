/**
 * Follows run directories by file events. Timers exist only for running runs, because a killed process causes no event, and for
 * directories that cannot be watched. Otherwise the process is idle while no file changes.
 * An error in one run is reported once as the problem of that run and is retried. It never affects other runs.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { mapParallel } from '../collections';
import type { RunChange, RunDelta, RunProblem, RunSnapshot } from '../vocabulary/runSummary';
import { AT_ONCE, lastOf, oddText, problemOf, type ReadOverview, readOverview, readRun, stateNow } from './list';
import { notesSince } from './notes';
import { isOfReaders, paths } from './paths';
import { addIgnored } from './readEvents';
import { continueContent, noContent } from './runLog';
import { deltaOf, isFinal, type RunOverview, summaryOf, updateOverview } from './snapshot';
import { Ticker } from './ticker';
import { WatchedFolders } from './watchedFolders';

/** Delay in ms after a file event. Events come in bursts, and each burst causes only one read. */
const QUIET_MS = 100;
/** Interval in ms at which running runs are checked. */
const RUNNING_MS = 2_000;
/** Interval in ms at which all runs are checked if file events are not reliable or a read failed. */
const SLOW_MS = 30_000;

export interface Follower {
  onList(change: RunChange): void;
  onRun(delta: RunDelta): void;
}

/** A followed run directory. `log` is missing until the first successful read. */
interface Followed {
  log: ReadOverview | undefined;
  /** A message for the user: the run could not be read at the last attempt, or lines of its log are ignored. */
  problem: string | undefined;
  /** Whether the run could not be read at the last attempt. */
  failed: boolean;
  reading: Promise<void>;
}

export class RunFollower {
  readonly #runs = new Map<string, Followed>();
  readonly #folders = new WatchedFolders(
    (directory, name) => {
      this.#happened(directory, name);
    },
    (directory) => isFinal(this.#runs.get(directory)?.log?.overview.status),
  );
  readonly #due = new Map<string, NodeJS.Timeout>();
  readonly #running = new Ticker(
    RUNNING_MS,
    () => void this.#readThose(({ log }) => log?.overview.status === 'running'),
  );
  readonly #slow = new Ticker(SLOW_MS, () => void this.#slowLook());
  #isDisposed = false;
  /** Whether a scan reads runs. */
  #isReading = false;
  /** Duration of the last scan in ms. */
  #scanMs = 0;
  #scanning: Promise<void> = Promise.resolve();

  constructor(private readonly follower: Follower) {}

  /** Follows the runs below these folders, and no others. Returns what could not be read. */
  async follow(folders: readonly string[]): Promise<RunProblem[]> {
    this.#folders.folders = folders.map((folder) => path.resolve(folder));
    await this.scan();
    return Array.from(this.#runs).flatMap(([directory, { problem: message }]) =>
      message === undefined ? [] : [{ directory, message }],
    );
  }

  /**
   * Reads the snapshot of a followed run, up to the point that was reported last. The next delta begins where the snapshot ends.
   * Returns undefined for a run that is not followed. Throws UserError if it cannot be read.
   */
  async snapshot(directory: string): Promise<RunSnapshot | undefined> {
    await this.read(directory);
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
      () => undefined, // the caller receives the error
    );
    return reading;
  }

  /** The followed runs in the state of their last read. */
  overviews(): RunOverview[] {
    return [...this.#runs.values()].flatMap(({ log }) => log?.overview ?? []);
  }

  /** Returns a followed run in the state of its last read, a sentence if it could never be read, and undefined if it is not followed. */
  overview(directory: string): RunOverview | string | undefined {
    const run = this.#runs.get(directory);
    return run && (run.log?.overview ?? run.problem);
  }

  /** Looks for new and removed runs. New runs have been read when the promise resolves. */
  scan(): Promise<void> {
    const scan = this.#scanning.then(() => this.#scanNow());
    this.#scanning = scan.catch(() => undefined); // the caller receives the error; the next scan starts again
    return scan;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#runs.clear();
    this.#folders.dispose();
    for (const timer of this.#due.values()) clearTimeout(timer);
    [this.#running.isWanted, this.#slow.isWanted] = [false, false];
  }

  async #scanNow(): Promise<void> {
    const began = performance.now();
    const { runs, unseen } = await this.#folders.find();
    this.#scanMs = performance.now() - began;
    if (this.#isDisposed) return;
    this.#isReading = true; // the timers are set once, after all runs have been read
    for (const directory of this.#runs.keys()) if (!runs.has(directory)) this.#forget(directory);
    await mapParallel([...runs], AT_ONCE, (directory) => {
      const run = this.#runs.get(directory);
      if (!run) return this.#add(directory);
      return unseen.has(directory) ? this.read(directory) : run.reading; // the first read may still be in progress
    });
    this.#isReading = false;
    this.#setTimers();
  }

  async #add(directory: string): Promise<void> {
    this.#runs.set(directory, { log: undefined, problem: undefined, failed: false, reading: Promise.resolve() });
    await this.read(directory);
  }

  #forget(directory: string): void {
    if (this.#runs.delete(directory)) this.follower.onList({ directory });
  }

  #gone(directory: string): void {
    this.#forget(directory);
    this.#scanSoon(); // another run may appear there
  }

  #happened(directory: string, name: string | null): void {
    if (!this.#runs.has(directory)) this.#scanSoon();
    else if (name === null || !isOfReaders(name)) this.#soon(directory, () => this.read(directory));
  }

  /** Schedules a scan. The delay is so long that scans take less than a fifth of the time, even if files change often. */
  #scanSoon(): void {
    this.#soon('', () => this.scan(), 4 * this.#scanMs);
  }

  #soon(what: string, look: () => Promise<void>, ms = 0): void {
    if (this.#due.has(what)) return;
    const timer = setTimeout(
      () => {
        this.#due.delete(what);
        void look();
      },
      Math.max(QUIET_MS, ms),
    );
    this.#due.set(what, timer.unref());
  }

  #setTimers(): void {
    if (this.#isDisposed || this.#isReading) return;
    const runs = [...this.#runs.values()];
    this.#running.isWanted = runs.some(({ log }) => log?.overview.status === 'running');
    this.#slow.isWanted = this.#folders.isBlind || runs.some(({ failed }) => failed);
  }

  /** Reads the changes of a run. Never rejects: a failure is kept as the problem of the run until a later read succeeds. */
  read(directory: string): Promise<void> {
    const run = this.#runs.get(directory);
    if (!run) return Promise.resolve();
    return (run.reading = run.reading.then(async () => {
      if (this.#runs.get(directory) !== run) return; // no longer followed
      const isGone = () => !existsSync(paths.record(directory));
      try {
        if (run.log && isGone()) this.#gone(directory);
        else await this.#readNow(directory, run);
      } catch (error) {
        if (isGone()) this.#gone(directory);
        else this.#failed(directory, run, problemOf(directory, error));
      }
    }));
  }

  async #readNow(directory: string, run: Followed): Promise<void> {
    const part = run.log && (await continueContent(directory, noContent(run.log.position)));
    if (!run.log || !part) return this.#readAnew(directory, run);
    const { overview, ignored } = run.log;
    const notes = await notesSince(directory, run.log.notes);
    const hasNews = part.ignored.count > 0 || run.failed || notes !== run.log.notes;
    const delta = deltaOf(overview, part);
    const last = lastOf(part);
    const { status: before, stopping: stoppingBefore } = overview;
    if (notes !== run.log.notes) delta.set.notes = notes.notes;
    run.log = { overview, position: part.position, ignored: addIgnored(ignored, part.ignored), notes };
    updateOverview(overview, delta);
    const { status, stopping } = stateNow(overview, last);
    if (!last && status === before && stopping === stoppingBefore && !hasNews) return;
    Object.assign(delta.set, { status, stopping });
    Object.assign(overview, { status, stopping });
    this.follower.onRun(run.failed ? { directory, reset: true, append: {}, set: {} } : delta); // a panel that showed an error asks for a new snapshot
    this.#notify(run, run.log);
  }

  /** Reads a run from the start, because it is new or because a resume cut its log back. */
  async #readAnew(directory: string, run: Followed): Promise<void> {
    const isKnown = run.log !== undefined;
    run.log = await readOverview(directory);
    if (isKnown) this.follower.onRun({ directory, reset: true, append: {}, set: {} });
    this.#notify(run, run.log);
  }

  #notify(run: Followed, { overview, ignored, notes }: NonNullable<Followed['log']>): void {
    const { directory } = overview;
    run.failed = false;
    run.problem = oddText(directory, ignored, notes);
    const problem = run.problem !== undefined && { problem: run.problem };
    this.follower.onList({ directory, summary: summaryOf(overview), ...problem });
    this.#setTimers();
  }

  #failed(directory: string, run: Followed, problem: string): void {
    if (run.problem === problem) return;
    run.problem = problem;
    run.failed = true;
    this.follower.onList({ directory, problem, ...(run.log && { summary: summaryOf(run.log.overview) }) });
    this.#setTimers();
  }

  async #slowLook(): Promise<void> {
    await this.scan();
    await this.#readThose(() => true);
  }

  async #readThose(wanted: (run: Followed) => boolean): Promise<void> {
    const directories = [...this.#runs].filter(([, run]) => wanted(run)).map(([directory]) => directory);
    await mapParallel(directories, AT_ONCE, (directory) => this.read(directory));
  }
}
