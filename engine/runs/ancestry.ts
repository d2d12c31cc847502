/** Finds out which run wrote a checkpoint. Compares the content of files, so this also works in folders that were moved or copied. Pure. */
import type { FileAsOf } from '../vocabulary/runRecord';
import type { CheckpointRole } from '../vocabulary/runRelations';
import path from 'node:path';
import { groupBy } from '../vocabulary/groupBy';
import { INITIALIZATION } from './paths';
import { pathParts } from '../vocabulary/filePaths';

/** A checkpoint in the directory of a listed run. */
export interface OwnCheckpoint {
  /** Absolute path. */
  file: string;
  /** Directory of the run. */
  run: string;
  role: CheckpointRole;
  /** SHA-256 of the file. Absent in logs of earlier versions. */
  sha256?: string | undefined;
}

/** Returns the SHA-256 of a file. Returns an empty text if the file cannot be read, and undefined if it is not hashed yet. */
export type HashOf = (file: string) => string | undefined;

/** Greatest number of files with the same name that are hashed in a search. The file with the most similar path is hashed first. */
const MOST_HASHED = 10;

/** Finds checkpoints of the listed runs by their content. */
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

  /**
   * Returns the listed checkpoint with the content of a source. Among copies, returns the copy whose path is most similar to the recorded
   * path.
   */
  find({ checkpoint: recorded, sha256 }: FileAsOf): OwnCheckpoint | undefined {
    const byLikeness = (a: OwnCheckpoint, b: OwnCheckpoint) => likeness(b.file, recorded) - likeness(a.file, recorded);
    const copies = this.#byHash.get(sha256) ?? [];
    const [logged] = copies.length > 1 ? [...copies].sort(byLikeness) : copies;
    if (logged) return logged;
    const namesakes = [...(this.#unhashed.get(nameOf(recorded)) ?? [])].sort(byLikeness).slice(0, MOST_HASHED);
    for (const candidate of namesakes) {
      const hash = this.hashOf(candidate.file);
      if (hash === undefined) return undefined; // not hashed yet; the next candidate is hashed only if this one differs
      if (hash === sha256) return candidate;
    }
    return undefined;
  }
}

/** Returns the number of trailing parts that two paths share. */
function likeness(a: string, b: string): number {
  const [left, right] = [pathParts(a).reverse(), pathParts(b).reverse()];
  const first = left.findIndex((part, place) => part !== right[place]);
  return first < 0 ? left.length : first;
}

function nameOf(file: string): string | undefined {
  return pathParts(file).at(-1);
}

/** Returns the label of a checkpoint with its run, for example “aws/round-03”. */
export function checkpointLabel(file: string): string {
  const parts = pathParts(file);
  const isOfRun = parts.at(-2) === path.dirname(INITIALIZATION);
  const folder = parts.at(isOfRun ? -3 : -2);
  const name = (parts.at(-1) ?? file).replace(/\.[^.]+$/, '');
  return folder === undefined ? name : `${folder}/${name}`;
}
