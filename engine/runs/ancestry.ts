/** Which run wrote a checkpoint: found by the content of the file, so that it is found in a folder that was moved or copied, too. Pure. */
import type { FileAsOf } from '../vocabulary/runRecord';
import type { CheckpointRole } from '../vocabulary/runRelations';
import path from 'node:path';
import { groupBy } from '../collections';
import { INITIALIZATION } from './paths';

/** A checkpoint in the directory of a listed run. */
export interface OwnCheckpoint {
  /** Absolute path. */
  file: string;
  /** Directory of the run. */
  run: string;
  role: CheckpointRole;
  /** Absent for files that earlier versions wrote, which did not log it. */
  sha256?: string | undefined;
}

/** The SHA-256 of a file; empty if it cannot be read, undefined if it was not hashed yet. */
export type HashOf = (file: string) => string | undefined;

/** So many files of the same name are hashed in search of one: the recorded path is a hint, and the right one is nearly always the first. */
const MOST_HASHED = 10;

/** The checkpoints of all listed runs, to be found by content. */
export class CheckpointIndex {
  readonly #byHash: ReadonlyMap<string | undefined, OwnCheckpoint[]>;
  readonly #unhashed: ReadonlyMap<string | undefined, OwnCheckpoint[]>;

  constructor(
    checkpoints: readonly OwnCheckpoint[],
    private readonly hashOf: HashOf,
  ) {
    this.#byHash = groupBy(checkpoints, ({ sha256 }) => sha256);
    this.#unhashed = groupBy(this.#byHash.get(undefined) ?? [], ({ file }) => nameOf(file));
  }

  /** The checkpoint that a source is now; among copies, the one whose path is most like the recorded one. */
  find({ checkpoint: recorded, sha256 }: FileAsOf): OwnCheckpoint | undefined {
    const byLikeness = (a: OwnCheckpoint, b: OwnCheckpoint) => likeness(b.file, recorded) - likeness(a.file, recorded);
    const [logged] = [...(this.#byHash.get(sha256) ?? [])].sort(byLikeness);
    if (logged) return logged;
    const namesakes = [...(this.#unhashed.get(nameOf(recorded)) ?? [])].sort(byLikeness).slice(0, MOST_HASHED);
    for (const candidate of namesakes) {
      const hash = this.hashOf(candidate.file);
      if (hash === undefined) return undefined; // asked for; the next is hashed only if this one is another file
      if (hash === sha256) return candidate;
    }
    return undefined;
  }
}

/** How many last parts two paths share. */
function likeness(a: string, b: string): number {
  const [left, right] = [partsOf(a).reverse(), partsOf(b).reverse()];
  const first = left.findIndex((part, place) => part !== right[place]);
  return first < 0 ? left.length : first;
}

/** Records may come from the other system. */
function partsOf(file: string): string[] {
  return file.split(/[\\/]/).filter(Boolean);
}

function nameOf(file: string): string | undefined {
  return partsOf(file).at(-1);
}

/** A checkpoint for a person, told from its namesakes in other runs: “aws/round-03”. */
export function checkpointLabel(file: string): string {
  const parts = partsOf(file);
  const isOfRun = parts.at(-2) === path.dirname(INITIALIZATION);
  const folder = parts.at(isOfRun ? -3 : -2);
  const name = (parts.at(-1) ?? file).replace(/\.[^.]+$/, '');
  return folder === undefined ? name : `${folder}/${name}`;
}
