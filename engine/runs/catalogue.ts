/** The runs of some folders, followed, each with its relations to the others. */
import { isDeepStrictEqual } from 'node:util';
import type { RunChange, RunDelta, RunList, RunSnapshot, RunSummary } from '../vocabulary/runSummary';
import type { ListedRun, RelatedSnapshot, RunRelations } from '../vocabulary/runRelations';
import { FileHashes } from './fileHashes';
import { RunFollower } from './follow';
import { readRun, readRuns } from './list';
import { relate, type RelatedRun } from './relations';
import { checkpointsOf, summaryOf } from './snapshot';

export interface CatalogueListener {
  onList(change: RunChange<ListedRun>): void;
  onRun(delta: RunDelta): void;
}

/** What is remembered of a run between two changes. */
interface Known {
  relations: RunRelations;
  basis: string;
}

export class RunCatalogue {
  readonly #follower: RunFollower;
  readonly #hashes = new FileHashes();
  readonly #known = new Map<string, Known>();
  readonly #problems = new Map<string, string>();
  #due: NodeJS.Immediate | undefined;
  #hashing: Promise<void> = Promise.resolve();

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

  /** Follows the runs below these folders, and no others; returns them as they are now. */
  async follow(folders: readonly string[]): Promise<RunList<ListedRun>> {
    const { problems } = await this.#follower.follow(folders);
    this.#relate();
    return { runs: this.#follower.snapshots().map((snapshot) => this.#listed(snapshot)), problems };
  }

  /** A run as it is now, followed or not. */
  async snapshot(directory: string): Promise<RelatedSnapshot> {
    const snapshot = (await this.#follower.snapshot(directory)) ?? (await readRun(directory)).snapshot;
    return { ...snapshot, ...(this.#known.get(directory)?.relations ?? relationsAlone(snapshot)) };
  }

  /** Looks for runs that appeared or are gone, and tells the listener of them before it resolves. */
  async scan(): Promise<void> {
    await this.#follower.scan();
    if (this.#due) this.#relate();
  }

  dispose(): void {
    clearImmediate(this.#due);
    this.#follower.dispose();
  }

  #changed({ directory, summary, problem }: RunChange): void {
    if (problem === undefined) this.#problems.delete(directory);
    else this.#problems.set(directory, problem);
    const known = summary && this.#known.get(directory);
    if (!summary) this.#known.delete(directory);
    if (!summary || known) this.#tell(directory, known && { ...summary, ...known.relations });
    if (summary && known?.basis === basisOf(summary)) return;
    // Runs appear by the hundred when a folder is opened; they are related once, and then told of.
    this.#due ??= setImmediate(() => {
      this.#relate();
    });
  }

  #tell(directory: string, summary: ListedRun | undefined): void {
    const problem = this.#problems.get(directory);
    this.listener.onList({ directory, ...(summary && { summary }), ...(problem !== undefined && { problem }) });
  }

  #relate(): void {
    clearImmediate(this.#due);
    this.#due = undefined;
    const snapshots = this.#follower.snapshots();
    const relations = relate(snapshots.map(relatedRun), this.#hashes.get);
    for (const snapshot of snapshots) {
      const { directory } = snapshot;
      const before = this.#known.get(directory);
      const now = { relations: relations.get(directory)!, basis: basisOf(snapshot) };
      this.#known.set(directory, now);
      if (!isDeepStrictEqual(before?.relations, now.relations)) this.#tell(directory, this.#listed(snapshot));
    }
    this.#hashing = this.#hashing.then(() => this.#hash());
  }

  /** Hashes the files whose content decides where a source is, and relates the runs again. */
  async #hash(): Promise<void> {
    if (await this.#hashes.fill()) this.#relate();
  }

  #listed(snapshot: RunSnapshot): ListedRun {
    return { ...summaryOf(snapshot), ...this.#known.get(snapshot.directory)!.relations };
  }
}

/** The runs at or below a folder, with their relations; reads checkpoints where logs do not tell which run wrote them. */
export async function listRuns(folder: string): Promise<RunList<ListedRun>> {
  const { snapshots, problems } = await readRuns(folder);
  const hashes = new FileHashes();
  const related = snapshots.map(relatedRun);
  let relations;
  do relations = relate(related, hashes.get);
  while (await hashes.fill());
  const runs = snapshots.map((snapshot) => ({ ...summaryOf(snapshot), ...relations.get(snapshot.directory)! }));
  return { runs, problems };
}

function relationsAlone(snapshot: RunSnapshot): RunRelations {
  return relate([relatedRun(snapshot)], () => '').get(snapshot.directory)!;
}

function relatedRun(snapshot: RunSnapshot): RelatedRun {
  const { directory, record, datasetSha256 } = snapshot;
  return { directory, record, datasetSha256, checkpoints: checkpointsOf(snapshot) };
}

/** Changes only if relations may: most changes of a run are progress. */
function basisOf({ rounds, initialization, datasetSha256 }: RunSnapshot | RunSummary): string {
  return [rounds.length, initialization, datasetSha256].join(' ');
}
