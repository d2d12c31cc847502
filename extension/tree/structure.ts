/** Which runs are below which row. It is kept from update to update, because most updates change the progress of one run only. Pure. */
import type { ListedRun } from '../../engine/protocol';
import type { StatusCounts } from '../../engine/vocabulary/study';
import { type Place, Places, studyFolderOf } from './places';

/** The runs of a folder `NAME.study`. */
export interface StudyFolder {
  folder: string;
  counts: StatusCounts;
}

interface Position {
  place: Place;
  index: number;
}

/** If more runs are added at once, the structure is made again, which is then faster. */
const MOST_ADDED = 100;

export class Structure {
  readonly places: Places;
  readonly #below = new Map<Place, ListedRun[]>();
  readonly #positions = new Map<string, Position>();
  readonly #folders = new Map<string, StudyFolder>();

  /** @param runs the runs in the order of their names */
  constructor(private runs: readonly ListedRun[]) {
    this.places = new Places(runs);
    for (const run of runs) this.#insert(run, Infinity);
  }

  /** Returns the runs directly below a row. */
  below(place: Place): readonly ListedRun[] {
    return this.#below.get(place) ?? [];
  }

  has(place: Place): boolean {
    return this.#below.has(place);
  }

  folders(): StudyFolder[] {
    return [...this.#folders.values()];
  }

  /** Returns the structure of these runs, which is this one if runs only were added or have changed in place. */
  update(runs: readonly ListedRun[]): Structure {
    const before = this.runs;
    const added: number[] = [];
    let next = 0;
    for (const [index, run] of runs.entries()) {
      const known = before[next];
      if (known?.directory !== run.directory) {
        if (this.#positions.has(run.directory) || added.length > MOST_ADDED) return new Structure(runs);
        added.push(index);
        continue;
      }
      next++;
      if (run !== known && !this.#replace(known, run)) return new Structure(runs);
    }
    if (next < before.length) return new Structure(runs);
    for (const index of added) if (!this.places.add(runs[index]!)) return new Structure(runs);
    for (const index of added) this.#insert(runs[index]!, this.#indexBelow(runs, index));
    this.runs = runs;
    return this;
  }

  #replace(before: ListedRun, after: ListedRun): boolean {
    this.#count(before, -1);
    this.#count(after, 1);
    const position = this.#positions.get(after.directory)!;
    this.#below.get(position.place)![position.index] = after;
    return this.places.replace(before, after);
  }

  /** Returns the index that a run gets among the runs of its place, so that they stay in the order of their names. */
  #indexBelow(runs: readonly ListedRun[], index: number): number {
    const place = this.places.of(runs[index]!);
    for (let later = index + 1; later < runs.length; later++) {
      const position = this.#positions.get(runs[later]!.directory);
      if (position?.place === place) return position.index;
    }
    return Infinity;
  }

  #insert(run: ListedRun, index: number): void {
    const place = this.places.of(run);
    let siblings = this.#below.get(place);
    if (!siblings) this.#below.set(place, (siblings = []));
    const first = Math.min(index, siblings.length);
    if (first === siblings.length) siblings.push(run);
    else siblings.splice(first, 0, run);
    this.#positions.set(run.directory, { place, index: first });
    for (let later = first + 1; later < siblings.length; later++)
      this.#positions.set(siblings[later]!.directory, { place, index: later });
    this.#count(run, 1);
  }

  #count({ directory, status }: ListedRun, by: 1 | -1): void {
    const folder = studyFolderOf(directory);
    if (folder === undefined) return;
    let known = this.#folders.get(folder);
    if (!known) this.#folders.set(folder, (known = { folder, counts: {} }));
    known.counts[status] = (known.counts[status] ?? 0) + by;
  }
}
