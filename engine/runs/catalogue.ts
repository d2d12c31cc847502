/** Follows the runs of some folders, and keeps the relations of each run to the others. */
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { RunChange, RunDelta, RunList, RunProblem, RunSummary } from '../vocabulary/runSummary';
import type { ListedRun, RelatedSnapshot, RunRelations } from '../vocabulary/runRelations';
import { FileHashes } from './fileHashes';
import { RunFollower } from './follow';
import { readRun, readRuns } from './list';
import { relate, type RelatedRun } from './relations';
import { checkpointsOf, type RunOverview, summaryOf } from './snapshot';

export interface CatalogueListener {
  onList(change: RunChange<ListedRun>): void;
  onRun(delta: RunDelta): void;
}

/** The relations of a run, and the text (`basisOf`) that the run had when they were computed. */
interface Known {
  relations: RunRelations;
  basis: string;
}

export class RunCatalogue {
  readonly #follower: RunFollower;
  readonly #hashes = new FileHashes();
  readonly #known = new Map<string, Known>();
  readonly #problems = new Map<string, string>();
  /** Whether the relations must be computed again. */
  #isDue = false;
  #timer: NodeJS.Timeout | undefined;
  /** Number of scans in progress. A scan may find hundreds of runs, so relations are computed once, after the scan. */
  #scans = 0;
  /** Duration of the last computation in ms. */
  #relating = 0;
  #hashing: Promise<void> = Promise.resolve();
  #folders: readonly string[] = [];
  /** The folders of studies, whose runs are followed, too. */
  #also: readonly string[] = [];

  constructor(private readonly listener: CatalogueListener) {
    this.#follower = new RunFollower({
      onRun: (delta) => {
        listener.onRun(delta);
      },
      onList: (change) => {
        this.#changed(change);
      },
    });
  }

  /** Follows the runs below these folders, and no others. Returns their current state, which the listener does not receive. */
  async follow(folders: readonly string[]): Promise<RunList<ListedRun>> {
    this.#folders = folders;
    const problems = await this.#followAll();
    this.#relate({ isReturned: true });
    return { runs: this.#follower.overviews().map((overview) => this.#listed(overview)), problems };
  }

  /** Also follows the runs in these folders, which replace those of earlier calls. The listener receives the runs. */
  async followAlso(folders: readonly string[]): Promise<void> {
    if (isDeepStrictEqual(folders, this.#also)) return;
    this.#also = folders;
    await this.#followAll();
    if (this.#isDue) this.#relate();
  }

  #followAll(): Promise<RunProblem[]> {
    return this.#scan(() => this.#follower.follow([...this.#folders, ...this.#also]));
  }

  /** Returns the folders in which followed runs are. */
  folders(): string[] {
    return [...new Set(this.#follower.overviews().map(({ directory }) => path.dirname(directory)))];
  }

  /** Returns a followed run, a sentence if it could never be read, and undefined if there is none. */
  overviewOf(directory: string): RunOverview | string | undefined {
    return this.#follower.overview(directory);
  }

  /** Returns the current snapshot of a run, whether it is followed or not. */
  async snapshot(directory: string): Promise<RelatedSnapshot> {
    const snapshot = (await this.#follower.snapshot(directory)) ?? (await readRun(directory)).snapshot;
    return { ...snapshot, ...(this.#known.get(directory)?.relations ?? relationsAlone(snapshot)) };
  }

  /** Reads what has changed in a run. The listener receives it before the promise resolves. */
  look(directory: string): Promise<void> {
    return this.#follower.read(directory);
  }

  /** Looks for new and removed runs. The listener receives them before the promise resolves. */
  async scan(): Promise<void> {
    await this.#scan(() => this.#follower.scan());
    if (this.#isDue) this.#relate();
  }

  async #scan<T>(scan: () => Promise<T>): Promise<T> {
    this.#scans++;
    try {
      return await scan();
    } finally {
      this.#scans--;
      if (this.#isDue) this.#schedule();
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#follower.dispose();
  }

  #changed({ directory, summary, problem }: RunChange): void {
    if (problem === undefined) this.#problems.delete(directory);
    else this.#problems.set(directory, problem);
    const known = summary && this.#known.get(directory);
    if (!summary) this.#known.delete(directory);
    if (!summary || known) this.#notify(directory, known && { ...summary, ...known.relations });
    if (summary && known?.basis === basisOf(summary)) return;
    this.#isDue = true;
    this.#schedule();
  }

  /**
   * Schedules the next computation of relations. The delay is so long that computations take less than a fifth of the time, even if runs
   * change often.
   */
  #schedule(): void {
    if (this.#scans > 0) return;
    this.#timer ??= setTimeout(() => {
      this.#relate();
    }, 4 * this.#relating);
  }

  #notify(directory: string, summary: ListedRun | undefined): void {
    const problem = this.#problems.get(directory);
    this.listener.onList({ directory, ...(summary && { summary }), ...(problem !== undefined && { problem }) });
  }

  /** `isReturned`: the caller returns all runs, so the listener is not told. */
  #relate({ isReturned = false } = {}): void {
    clearTimeout(this.#timer);
    [this.#timer, this.#isDue] = [undefined, false];
    const began = performance.now();
    const overviews = this.#follower.overviews();
    const relations = relate(overviews.map(relatedRun), this.#hashes.get);
    for (const overview of overviews) {
      const { directory } = overview;
      const before = this.#known.get(directory);
      const now = { relations: relations.get(directory)!, basis: basisOf(overview) };
      this.#known.set(directory, now);
      if (!isReturned && !isDeepStrictEqual(before?.relations, now.relations))
        this.#notify(directory, this.#listed(overview));
    }
    this.#relating = performance.now() - began;
    this.#hashing = this.#hashing.then(() => this.#hash());
  }

  /** Hashes the files that may be sources, then computes the relations again. */
  async #hash(): Promise<void> {
    if (await this.#hashes.fill()) this.#relate();
  }

  #listed(overview: RunOverview): ListedRun {
    return { ...summaryOf(overview), ...this.#known.get(overview.directory)!.relations };
  }
}

/** Returns the runs at or below a folder, with their relations. Hashes a checkpoint if the logs do not say which run wrote it. */
export async function listRuns(folder: string): Promise<RunList<ListedRun>> {
  const { overviews, problems } = await readRuns(folder);
  const hashes = new FileHashes();
  const related = overviews.map(relatedRun);
  let relations;
  do relations = relate(related, hashes.get);
  while (await hashes.fill());
  const runs = overviews.map((run) => ({ ...summaryOf(run), ...relations.get(run.directory)! }));
  return { runs, problems };
}

function relationsAlone(run: RunOverview): RunRelations {
  return relate([relatedRun(run)], () => '').get(run.directory)!;
}

function relatedRun(run: RunOverview): RelatedRun {
  const { directory, record, datasetSha256 } = run;
  return { directory, record, datasetSha256, checkpoints: checkpointsOf(run) };
}

/** Returns a text that changes if the relations of a run may have changed. Progress, the most frequent change, does not change the text. */
function basisOf({ rounds, initialization, datasetSha256 }: RunOverview | RunSummary): string {
  return [rounds.length, initialization, datasetSha256].join(' ');
}
