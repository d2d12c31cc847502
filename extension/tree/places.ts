/** Finds the row that each run is below: that of the checkpoint it was made from, of its study, or none. Pure. */
import type { ListedRun } from '../../engine/protocol';
import type { SourceCheckpoint } from '../../engine/vocabulary/runRelations';
import { pathKey } from '../paths';

/** Key of a row that has runs below it. `''` is the top of the tree. */
export type Place = string;

export const TOP: Place = '';

const STUDY = /[\\/]([^\\/]+)\.study[\\/][^\\/]+$/;

/** Returns the folder of the study that a run belongs to. Undefined if it belongs to none. */
export function studyFolderOf(directory: string): string | undefined {
  return STUDY.test(directory) ? directory.replace(/[\\/][^\\/]+$/, '') : undefined;
}

/** Returns the name of a study from its folder `NAME.study`. */
export function studyNameOf(folder: string): string {
  return folder.replace(/^.*[\\/]/, '').replace(/\.study$/, '');
}

export function placeOfStudy(folder: string): Place {
  return `study:${pathKey(folder)}`;
}

export function placeOfRun(directory: string): Place {
  return `run:${pathKey(directory)}`;
}

export function placeOfRound(file: string): Place {
  return `round:${pathKey(file)}`;
}

/** The places of runs that are looked up. */
export class Places {
  readonly #runs: ReadonlyMap<string, ListedRun>;
  readonly #places = new Map<string, Place>();
  readonly #owners = new Map<Place, ListedRun>();

  constructor(runs: readonly ListedRun[]) {
    this.#runs = new Map(runs.map((run) => [pathKey(run.directory), run]));
  }

  /** Returns the run with this directory. */
  run(directory: string | undefined): ListedRun | undefined {
    return directory === undefined ? undefined : this.#runs.get(pathKey(directory));
  }

  /**
   * Returns the place of a run. A measurement is below the deepest row that has all its ends. A run of a study stays in its study, even if
   * it was made from another run.
   */
  of(run: ListedRun): Place {
    const key = pathKey(run.directory);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const folder = studyFolderOf(run.directory);
    const home = folder === undefined ? TOP : placeOfStudy(folder);
    this.#places.set(key, home); // also ends the search if logs claim that two runs were made from each other
    const found = this.#sharedPlace(run);
    const above = this.above(found);
    const isLost = above.includes(placeOfRun(run.directory)) || !above.includes(home);
    const place = isLost || found === TOP ? home : found;
    this.#places.set(key, place);
    return place;
  }

  /** Returns a place and the places above it, up to the top. */
  above(place: Place): Place[] {
    const chain = [place];
    for (let run = this.#owners.get(place); run !== undefined; run = this.#owners.get(chain.at(-1)!)) {
      const own = placeOfRun(run.directory);
      if (chain.at(-1) !== own) chain.push(own);
      const next = this.of(run);
      if (chain.includes(next)) break;
      chain.push(next);
    }
    return chain.at(-1) === TOP ? chain : [...chain, TOP];
  }

  #sharedPlace(run: ListedRun): Place {
    const [first, ...others] = run.sources.flatMap((source) => this.#placeOfSource(source, run) ?? []);
    if (first === undefined) return TOP;
    if (others.length === 0) return first;
    const chains = others.map((place) => this.above(place));
    return this.above(first).find((place) => chains.every((chain) => chain.includes(place))) ?? TOP;
  }

  /** Returns the place of what is made from a checkpoint. Undefined if the run that wrote it is not listed. */
  #placeOfSource({ run: directory, role }: SourceCheckpoint, of: ListedRun): Place | undefined {
    const owner = this.run(directory);
    if (!owner || owner === of) return undefined;
    const round = owner.kind === 'search' && owner.rounds.find((one) => one.round === role);
    const place = round ? placeOfRound(round.checkpoint) : placeOfRun(owner.directory);
    this.#owners.set(place, owner);
    return place;
  }
}
