/** Makes the rows of the tree from the runs and the studies. Rows below a row are made when they are asked for. Pure. */
import { groupBy } from '../../engine/vocabulary/groupBy';
import type { ListedRun } from '../../engine/protocol';
import type { StudyProblem, StudySummary } from '../../engine/vocabulary/study';
import { inNaturalOrder } from '../../engine/vocabulary/text';
import { roundFigures, roundName } from '../words';
import { doneIn } from '../../engine/vocabulary/runValues';
import { countsOf } from '../../engine/vocabulary/studyCounts';
import { overallStatus, runFigures, seedsFigures } from './figures';
import { differingSeeds, methodOf, tellApart, whatItIs } from './names';
import { rankOf } from './order';
import { type Place, placeOfRound, placeOfRun, placeOfStudy, type Places, TOP } from './places';
import type { Problem, Row, RunRow, SeedsRow } from './rows';
import { Structure } from './structure';
import { studyRows } from './studies';

/** Everything that the tree of runs shows. */
export interface Grown {
  /** In the order of their names. */
  runs: readonly ListedRun[];
  studies?: readonly StudySummary[];
  problems?: readonly Problem[];
  studyProblems?: readonly StudyProblem[];
}

/** The tree of studies and runs. */
export class RunTree {
  #structure: Structure;
  #problemOf: ReadonlyMap<string, string> = new Map();
  readonly #made = new Map<string, Row[]>();
  /** The rows at the top by their runs, because there may be thousands of them, of which most do not change. */
  readonly #named = new WeakMap<ListedRun, RunRow>();

  constructor(private grown: Grown) {
    this.#structure = new Structure(grown.runs);
    this.update(grown);
  }

  /** Makes this the tree of other runs and studies. */
  update(grown: Grown): void {
    this.grown = grown;
    this.#structure = this.#structure.update(grown.runs);
    this.#problemOf = new Map(grown.problems?.map(({ directory, message }) => [directory, message]));
    this.#made.clear();
  }

  /** Returns the rows at the top: studies, runs of no study that were made from no listed run, and runs that cannot be read. */
  top(): readonly Row[] {
    const { studies = [], problems = [], studyProblems = [] } = this.grown;
    const unfolds = (place: Place) => this.#structure.has(place);
    return this.#once(TOP, () => [
      ...studyRows(this.#structure.folders(), { studies, problems: studyProblems, unfolds }),
      ...this.#structure.below(TOP).map((run) => this.#namedRow(run)),
      ...problems
        .filter(({ directory }) => !this.#places.run(directory))
        .map(unreadableRow)
        .sort((a, b) => inNaturalOrder(a.id, b.id)),
    ]);
  }

  /** Returns the rows below a row. */
  below(row: Row): readonly Row[] {
    switch (row.kind) {
      case 'study':
        return this.#once(row.id, () => this.#grouped(placeOfStudy(row.folder)));
      case 'run':
        return this.#once(row.id, () => this.#belowRun(row));
      case 'round':
        return this.#once(row.id, () => this.#grouped(placeOfRound(row.file), row.run));
      case 'seeds':
        return this.#once(row.id, () => this.#seeds(row));
      default:
        return [];
    }
  }

  /** Returns the row of a run after the rows that it is below, from the top. None if the run is not listed. */
  pathTo(directory: string): readonly Row[] {
    const run = this.#places.find(directory);
    if (!run) return [];
    const places = [placeOfRun(run.directory), ...this.#places.above(this.#places.of(run))].filter(
      (place) => place !== TOP,
    );
    const path: Row[] = [];
    let rows = this.top();
    for (const place of places.reverse()) {
      const found = this.#find(rows, place);
      if (found.length === 0) break;
      path.push(...found);
      rows = this.below(found.at(-1)!);
    }
    return path;
  }

  /** Returns all rows, each after the rows above it. */
  *walk(rows: readonly Row[] = this.top(), above: readonly Row[] = []): Generator<{ row: Row; above: readonly Row[] }> {
    for (const row of rows) {
      yield { row, above };
      yield* this.walk(this.below(row), [...above, row]);
    }
  }

  #find(rows: readonly Row[], place: Place): Row[] {
    for (const row of rows) {
      if (placeOf(row) === place) return [row];
      if (row.kind !== 'seeds') continue;
      const found = this.#find(this.below(row), place);
      if (found.length > 0) return [row, ...found];
    }
    return [];
  }

  get #places(): Places {
    return this.#structure.places;
  }

  #once(key: string, make: () => Row[]): Row[] {
    const made = this.#made.get(key) ?? make();
    this.#made.set(key, made);
    return made;
  }

  /** Returns the row of a run at the top, which has the name of the run. The figures begin with what the name does not say. */
  #namedRow(run: ListedRun): RunRow {
    const known = this.#named.get(run);
    if (known?.unfolds === this.#unfolds(run) && known.problem === this.#problemOf.get(run.directory)) return known;
    const what = whatItIs(run, this.#places);
    const figures = runFigures(run, 'nothing');
    const own = run.name.toLowerCase().includes(what) ? figures : `${what} · ${figures}`;
    const row = this.#runRow(run, { label: run.name, figures: own });
    this.#named.set(run, row);
    return row;
  }

  #runRow(run: ListedRun, { label, figures }: { label: string; figures: string }): RunRow {
    const { directory } = run;
    const [method, done, problem] = [methodOf(run, this.#places), doneIn(run), this.#problemOf.get(directory)];
    return {
      ...{ kind: 'run', id: placeOfRun(directory), label, figures, run, unfolds: this.#unfolds(run) },
      ...(method && { method }),
      ...(done && { done }),
      ...(problem !== undefined && { problem }),
    };
  }

  #unfolds({ kind, initialization, rounds, directory }: ListedRun): boolean {
    if (kind === 'connectivity') return false;
    return initialization !== undefined || rounds.length > 0 || this.#structure.has(placeOfRun(directory));
  }

  #belowRun({ run, method }: RunRow): Row[] {
    const { directory, initialization, rounds } = run;
    const checkpoint = (file: string, role: 'initialization' | 'final'): Row => {
      return { kind: 'checkpoint', id: `checkpoint:${file}`, label: role, figures: '', run, file, role };
    };
    return [
      ...(initialization === undefined ? [] : [checkpoint(initialization, 'initialization')]),
      ...rounds.map((round): Row => {
        const { checkpoint: file, round: number } = round;
        if (run.kind !== 'search') return checkpoint(file, 'final');
        const place = placeOfRound(file);
        return {
          ...{ kind: 'round', id: place, label: roundName(number, run), figures: roundFigures(round, run, true) },
          ...{ run, round: number, file, unfolds: this.#structure.has(place), ...(method && { method }) },
        };
      }),
      ...this.#grouped(placeOfRun(directory), run),
    ];
  }

  /** Returns the rows of the runs at a place. Runs that differ only in their seeds are one row. */
  #grouped(place: Place, parent?: ListedRun): Row[] {
    const said = place.startsWith('round:') ? 'kept' : 'nothing';
    const groups = new Map<string, { what: string; runs: ListedRun[] }>();
    for (const run of this.#structure.below(place)) {
      const what = whatItIs(run, this.#places, parent);
      const key = `${run.experiment}\0${what}`;
      const group = groups.get(key) ?? { what, runs: [] };
      groups.set(key, group);
      group.runs.push(run);
    }
    const all = [...groups.values()].sort(
      (a, b) => rankOf(a.runs[0]!, this.#places) - rankOf(b.runs[0]!, this.#places),
    );
    const nameOf = ({ what, runs: [first] }: (typeof all)[number]) => `${first!.kind}\0${what}`;
    const byName = groupBy(all, nameOf);
    return all.map((group) => {
      const { what, runs } = group;
      const [run] = runs as [ListedRun];
      const namesakes = byName.get(nameOf(group))!;
      const others = namesakes.map((other) => other.runs[0]!);
      const apart = namesakes.length > 1 ? tellApart(run, others, this.#nodesAt(place)) : [];
      const label = [this.#withSource(what, run, parent), ...apart].join(', ');
      if (runs.length === 1) {
        const seed = run.kind === 'train' ? [`seed ${run.seed}`] : [];
        return this.#runRow(run, { label, figures: [runFigures(run, said), ...seed].join(' · ') });
      }
      return this.#seedsRow(runs, { label, place, said });
    });
  }

  /** Returns the nodes of the study whose runs are directly below a row. */
  #nodesAt(place: Place): readonly string[] | undefined {
    return this.grown.studies?.find(({ folder }) => placeOfStudy(folder) === place)?.nodes;
  }

  /** Adds the label of the source to what a run is, if no row above says it. */
  #withSource(what: string, run: ListedRun, parent: ListedRun | undefined): string {
    const [source] = run.sources;
    return parent || run.kind !== 'train' || !source ? what : `${what} from ${source.label}`;
  }

  #seedsRow(
    runs: readonly ListedRun[],
    { label, place, said }: { label: string; place: Place; said: SeedsRow['said'] },
  ): SeedsRow {
    const [run] = runs as [ListedRun];
    const [method, done] = [methodOf(run, this.#places), doneIn(run)];
    return {
      ...{
        kind: 'seeds',
        id: `seeds:${place}:${run.kind}:${label}`,
        label,
        figures: seedsFigures(runs, said),
        runs,
        said,
      },
      status: overallStatus(countsOf(runs)),
      ...(method && { method }),
      ...(done && { done }),
    };
  }

  #seeds({ runs, said }: SeedsRow): Row[] {
    const seedsOf = differingSeeds(runs);
    return runs.map((run) => {
      return this.#runRow(run, { label: seedsOf(run).join(' · ') || run.name, figures: runFigures(run, said) });
    });
  }
}

/** Returns the key of the runs below a row. Undefined if none can be there. */
function placeOf(row: Row): Place | undefined {
  return row.kind === 'study' || row.kind === 'run' || row.kind === 'round' ? row.id : undefined;
}

function unreadableRow({ directory, message: problem }: Problem): Row {
  const label = directory.replace(/^.*[\\/]/, '');
  return { kind: 'unreadable', id: `unreadable:${directory}`, label, figures: 'cannot be read', directory, problem };
}
