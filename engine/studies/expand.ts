/** Expands a study to its runs. The same file always gives the same runs with the same names. */
import { FileError } from '../errors';
import type { FieldPath } from '../json/locate';
import { checkOptions } from '../runs/options';
import { folderName } from '../runs/names';
import { override, type Overrides } from '../runs/overrides';
import { checkpointOfRound, FINAL, INITIALIZATION } from '../runs/paths';
import type { Problem } from '../vocabulary/problems';
import type { RunOptions } from '../vocabulary/runOptions';
import type { Assignment, NodeKind, SourceRef, StudyNode } from '../vocabulary/study';
import { Axes } from './axes';
import { roundsOf } from '../vocabulary/rounds';
import { nameOf, RunNames } from './runNames';
import { mistakesIn, partsOf, refsOf, type ReadStudy } from './studyFile';
import { CheckedOptions } from './checkedOptions';
import { mistakeIn, settingsOf, type Settings } from './settings';
import { placeOfValue } from './valuePlaces';

/** A checkpoint of another run of the study. */
export interface SourceOfRun {
  /** Name of the run. */
  run: string;
  /** The checkpoint, relative to the directory of the run. */
  checkpoint: string;
}

/** A run of a study. */
export interface StudyRun {
  /** Name of the run and of its directory. */
  name: string;
  node: string;
  kind: NodeKind;
  axes: Assignment;
  /** The options of the run; for a transfer or a connectivity run, those that it gets from the runs that it needs. */
  options: RunOptions;
  /** Names of the runs whose checkpoints this run needs. */
  needs: string[];
  settings: Settings;
  /** The checkpoint that a transfer begins with, or the two ends of a connectivity run. */
  sources: SourceOfRun[];
}

/** Greatest number of reported mistakes. */
const MOST_PROBLEMS = 20;

/** Returns the runs of a study. Runs come after those that they need. Throws FileError with the mistakes in the file. */
export function expand(read: ReadStudy): StudyRun[] {
  return new Expansion(read).expand();
}

class Expansion {
  readonly #runs = new Map<string, StudyRun>();
  /** The runs of each node by the values of its axes. */
  readonly #byAxes = new Map<string, Map<string, StudyRun>>();
  readonly #options = new CheckedOptions();
  readonly #names = new RunNames();
  /** The mistakes by their text and place, because many runs may have the same. */
  readonly #problems = new Map<string, Problem>();

  constructor(private readonly read: ReadStudy) {}

  expand(): StudyRun[] {
    const { nodes } = this.read.study;
    for (const name of Object.keys(nodes)) this.#addNode(name);
    const problems = [...this.#problems.values()];
    if (problems.length > 0) throw new FileError(this.read.file, problems.slice(0, MOST_PROBLEMS));
    return [...this.#runs.values()];
  }

  /** Adds the runs of a node, after those of the nodes that it needs. */
  #addNode(name: string): void {
    if (this.#byAxes.has(name)) return;
    const node = this.read.study.nodes[name]!;
    for (const ref of refsOf(node)) this.#addNode(partsOf(ref).node);
    const runs = new Map<string, StudyRun>();
    this.#byAxes.set(name, runs);
    const axes = new Axes(this.read.study.axes, (assignment) => this.#searchOf(name, assignment));
    for (const assignment of axes.assignments(node)) {
      const run = this.#runOf(name, node, assignment);
      if (!run) continue;
      runs.set(keyOf(node, assignment), run);
      const mistake = this.#names.add(nameOf(name, node, assignment));
      if (mistake !== undefined) this.#say(['nodes', name], mistake, 'name');
      this.#runs.set(run.name, run);
    }
  }

  #runOf(name: string, node: StudyNode, axes: Assignment): StudyRun | undefined {
    const sources = refsOf(node).map((ref, i) =>
      this.#sourceOf({ name, node, axes }, ref, SOURCE_FIELDS[node.run][i]!),
    );
    if (!sources.every((source) => source !== undefined)) return undefined;
    const settings = settingsOf(this.read.study, node, axes);
    const mistake = mistakeIn(node.run, settings);
    if (mistake) this.#sayOf(name, settings, mistake);
    const options = this.#optionsOf({ name, node }, settings, sources);
    if (!options) return undefined;
    return {
      name: folderName(nameOf(name, node, axes)),
      node: name,
      kind: node.run,
      axes,
      options,
      needs: [...new Set(sources.map(({ run }) => run))],
      settings,
      sources,
    };
  }

  #optionsOf(
    { name, node }: { name: string; node: StudyNode },
    { overrides }: Settings,
    sources: readonly SourceOfRun[],
  ): RunOptions | undefined {
    const [first] = sources;
    const inherited = first && this.#runs.get(first.run)!.options;
    const check = () => {
      // A transfer has its own seeds.
      const own = node.run === 'transfer' ? { dataSeed: undefined } : {};
      const base: Partial<RunOptions> = { ...(inherited ?? this.read.study.options), ...own };
      const method = node.run === 'training' ? { method: 'dense' as const } : {}; // it prunes nothing
      return checkOptions(override({ ...base, ...method }, overrides), this.read.file, {
        placeOf: (field) => this.#placeOf(name, field, overrides),
        text: this.read.text,
      });
    };
    try {
      return this.#options.of({ kind: node.run, inherited, overrides }, check);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      error.problems.forEach((problem) => {
        this.#keep(problem);
      });
      return undefined;
    }
  }

  /** Returns the options of the search that a run gets its checkpoint from, directly or by way of others. */
  #searchOf(name: string, axes: Assignment): RunOptions | undefined {
    const [ref] = refsOf(this.read.study.nodes[name]);
    if (ref === undefined) {
      this.#say(
        ['nodes', name, 'over'],
        `the rounds of "round" are those of a search, but node "${name}" needs none. List the rounds.`,
      );
      return undefined;
    }
    const { node: target, where } = partsOf(ref);
    const found = this.read.study.nodes[target]!;
    const values = { ...axes, ...where };
    if (found.run !== 'search') return this.#searchOf(target, values);
    if (!this.#namesAll(name, { target, found, values })) return undefined;
    return this.#byAxes.get(target)?.get(keyOf(found, values))?.options;
  }

  /** Whether there is a value for each axis of a needed node. */
  #namesAll(
    name: string,
    { target, found, values }: { target: string; found: StudyNode; values: Assignment },
  ): boolean {
    const missing = found.over.find((axis) => values[axis] === undefined);
    if (missing === undefined) return true;
    this.#say(
      ['nodes', name],
      `node "${target}" runs over "${missing}", so say which of its runs is meant: add "${missing}" to "over" or to "where".`,
    );
    return false;
  }

  #sourceOf(
    { name, node, axes }: { name: string; node: StudyNode; axes: Assignment },
    ref: SourceRef,
    field: string,
  ): SourceOfRun | undefined {
    const { node: target, checkpoint, where } = partsOf(ref);
    const found = this.read.study.nodes[target]!;
    const values = { ...axes, ...where };
    const place = ['nodes', name, field];
    if (!this.#namesAll(name, { target, found, values })) return undefined;
    const run = this.#byAxes.get(target)?.get(keyOf(found, values));
    if (!run) {
      const which = found.over.map((axis) => `${axis} ${String(values[axis])}`).join(', ');
      if (this.#problems.size === 0)
        this.#say(place, `node "${target}" has no run with ${which}. Also exclude ${which} from "${name}".`);
      return undefined;
    }
    const file = checkpointFile(checkpoint, { run, round: node.over.includes('round') ? axes['round'] : undefined });
    if (typeof file === 'string') return { run: run.name, checkpoint: file };
    this.#say(place, file.problem);
    return undefined;
  }

  /** Returns the place in the study file of an option of a node: in its `set`, or in the options of the study. */
  #placeOf(name: string, field: FieldPath, overrides: Overrides): FieldPath {
    const { set = {} } = this.read.study.nodes[name]!;
    const isIn = (given: object) => Object.keys(given).find((one) => `${field.join('.')}.`.startsWith(`${one}.`));
    const own = isIn(set);
    if (own !== undefined && !Object.hasOwn(overrides, own)) return ['nodes', name, 'set', own];
    const given = isIn(overrides);
    if (given === undefined) return ['options', ...field];
    const value = overrides[given as keyof Overrides];
    return placeOfValue(this.read.study, name, { field: given, value }) ?? ['nodes', name, 'over'];
  }

  #sayOf(name: string, { fields }: Settings, { message, field }: NonNullable<ReturnType<typeof mistakeIn>>): void {
    const place = field && placeOfValue(this.read.study, name, { field, value: fields[field] });
    this.#say(place ?? ['nodes', name], `node "${name}" ${message}`);
  }

  #say(field: FieldPath, message: string, part: 'value' | 'name' = 'value'): void {
    for (const problem of mistakesIn(this.read, [{ field, part, message }]).problems) this.#keep(problem);
  }

  #keep(problem: Problem): void {
    this.#problems.set(JSON.stringify(problem), problem);
  }
}

/** The fields of a node that name its sources, by kind. */
const SOURCE_FIELDS: Record<NodeKind, readonly string[]> = {
  search: [],
  training: [],
  transfer: ['from'],
  connectivity: ['a', 'b'],
};

function keyOf({ over }: StudyNode, values: Assignment): string {
  return JSON.stringify(over.map((axis) => values[axis]));
}

/** Returns the file of a checkpoint, relative to the run directory. The default is the last checkpoint. */
function checkpointFile(
  name: string | undefined,
  { run, round }: { run: StudyRun; round: Assignment[string] | undefined },
): string | { problem: string } {
  const isSearch = run.kind === 'search';
  if (name === 'init') return INITIALIZATION;
  if (name === undefined || name === 'final') return isSearch ? checkpointOfRound(roundsOf(run.options)) : FINAL;
  const number = name === 'round' ? round : /^round-(\d+)$/.exec(name)?.[1];
  if (number === undefined) {
    const advice =
      name === 'round' ? 'Add "round" to "over"' : 'It must be init, final, round or a round such as round-03';
    return { problem: `"${name}" names no checkpoint. ${advice}.` };
  }
  if (!isSearch) return { problem: `node "${run.node}" has no rounds. Name its checkpoint final.` };
  const rounds = roundsOf(run.options);
  if (Number.isInteger(Number(number)) && Number(number) >= 0 && Number(number) <= rounds)
    return checkpointOfRound(Number(number));
  return { problem: `${run.name} has no round ${String(number)}: its last round is ${rounds}. Name a smaller one.` };
}
