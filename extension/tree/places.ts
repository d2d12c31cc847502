/** Finds the row that each run is below: that of the checkpoint it was made from, of its study, or none. Pure. */
import type { ListedRun } from '../../engine/protocol';
import type { SourceCheckpoint } from '../../engine/vocabulary/runRelations';
import { pathKey } from '../paths';

/** Key of a row that has runs below it. `''` is the top of the tree. */
export type Place = string;

export const TOP: Place = '';

const STUDY = '.study';

/** Returns the folder of the study that a run belongs to. Undefined if it belongs to none. */
export function studyFolderOf(directory: string): string | undefined {
  const end = Math.max(directory.lastIndexOf('/'), directory.lastIndexOf('\\'));
  const folder = directory.slice(0, Math.max(0, end));
  return folder.endsWith(STUDY) && !/[\\/]\.study$/.test(folder) ? folder : undefined;
}

/** Returns the name of a study from its folder `NAME.study`. */
export function studyNameOf(folder: string): string {
  return folder.replace(/^.*[\\/]/, '').replace(/\.study$/, '');
}

export function placeOfStudy(folder: string): Place {
  return `study:${pathKey(folder)}`;
}

/** The engine spells a path always in the same way, so the path is the key. */
export function placeOfRun(directory: string): Place {
  return `run:${directory}`;
}

export function placeOfRound(file: string): Place {
  return `round:${file}`;
}

/** The places of runs. */
export class Places {
  readonly #runs: Map<string, ListedRun>;
  readonly #places = new Map<string, Place>();
  readonly #owners = new Map<Place, string>();
  readonly #studies = new Map<string, Place>();
  /** Directories of runs that are not listed, but others were made from them. */
  readonly #missing = new Set<string>();
  #byKey: ReadonlyMap<string, string> | undefined;

  constructor(runs: readonly ListedRun[]) {
    this.#runs = new Map(runs.map((run) => [run.directory, run]));
  }

  /** Returns the run with this directory, as the engine spells it. */
  run(directory: string | undefined): ListedRun | undefined {
    return directory === undefined ? undefined : this.#runs.get(directory);
  }

  /** Returns the run with this directory in any spelling. */
  find(directory: string): ListedRun | undefined {
    this.#byKey ??= new Map([...this.#runs.keys()].map((one) => [pathKey(one), one]));
    return this.run(directory) ?? this.run(this.#byKey.get(pathKey(directory)));
  }

  /** Adds a run. Returns false if other runs may have other places because of it. */
  add(run: ListedRun): boolean {
    this.#runs.set(run.directory, run);
    this.#byKey = undefined;
    return !this.#missing.has(run.directory);
  }

  /** Puts a run in the place of an earlier state of it. Returns false if places may be different because of it. */
  replace(before: ListedRun, after: ListedRun): boolean {
    this.#runs.set(after.directory, after);
    return (
      before.rounds.length === after.rounds.length &&
      before.sources.length === after.sources.length &&
      before.sources.every(({ run, role }, place) => {
        const now = after.sources[place]!;
        return run === now.run && role === now.role;
      })
    );
  }

  /**
   * Returns the place of a run. A measurement is below the deepest row that has all its ends. A run of a study stays in its study, even if
   * it was made from another run.
   */
  of(run: ListedRun): Place {
    const { directory } = run;
    const known = this.#places.get(directory);
    if (known !== undefined) return known;
    const home = this.#homeOf(directory);
    this.#places.set(directory, home); // also ends the search if logs claim that two runs were made from each other
    const found = this.#sharedPlace(run);
    const place = found === TOP || this.#isLost(run, found, home) ? home : found;
    this.#places.set(directory, place);
    return place;
  }

  /** Returns a place and the places above it, up to the top. */
  above(place: Place): Place[] {
    const chain = [place];
    for (let run = this.#ownerOf(place); run !== undefined; run = this.#ownerOf(chain.at(-1)!)) {
      const own = placeOfRun(run.directory);
      if (chain.at(-1) !== own) chain.push(own);
      const next = this.of(run);
      if (chain.includes(next)) break;
      chain.push(next);
    }
    return chain.at(-1) === TOP ? chain : [...chain, TOP];
  }

  #homeOf(directory: string): Place {
    const folder = studyFolderOf(directory);
    if (folder === undefined) return TOP;
    const place = this.#studies.get(folder) ?? placeOfStudy(folder);
    this.#studies.set(folder, place);
    return place;
  }

  /** Whether a run would be below itself, or outside of its study. */
  #isLost(run: ListedRun, place: Place, home: Place): boolean {
    const above = this.above(place);
    return above.includes(placeOfRun(run.directory)) || !above.includes(home);
  }

  #sharedPlace({ sources, directory }: ListedRun): Place {
    const [source] = sources;
    if (!source) return TOP;
    if (sources.length === 1) return this.#placeOfSource(source, directory) ?? TOP;
    const [first, ...others] = sources.flatMap((one) => this.#placeOfSource(one, directory) ?? []);
    if (first === undefined) return TOP;
    if (others.every((place) => place === first)) return first;
    const chains = others.map((place) => this.above(place));
    return this.above(first).find((place) => chains.every((chain) => chain.includes(place))) ?? TOP;
  }

  #ownerOf(place: Place): ListedRun | undefined {
    return this.run(this.#owners.get(place));
  }

  /** Returns the place of what is made from a checkpoint. Undefined if the run that wrote it is not listed. */
  #placeOfSource({ run: directory, role }: SourceCheckpoint, of: string): Place | undefined {
    const owner = this.run(directory);
    if (!owner && directory !== undefined) this.#missing.add(directory);
    if (!owner || directory === of) return undefined;
    const round = owner.kind === 'search' && owner.rounds.find((one) => one.round === role);
    const place = round ? placeOfRound(round.checkpoint) : placeOfRun(owner.directory);
    this.#owners.set(place, owner.directory);
    return place;
  }
}
