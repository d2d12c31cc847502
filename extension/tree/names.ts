/** Names runs by what they are and by what tells them from their neighbours. Pure. */
import type { ListedRun } from '../../engine/protocol';
import { factText, type FactValue } from '../../engine/vocabulary/facts';
import { DONE_LOOKS } from '../../engine/vocabulary/looks';
import { doneIn } from '../../engine/vocabulary/runValues';
import type { CheckpointRole } from '../../engine/vocabulary/runRelations';
import type { Method } from '../../engine/vocabulary/runOptions';
import type { Places } from './places';

/**
 * Returns the method of the search that a run comes from. A training of a new initialization is dense. Undefined for a measurement between
 * runs of different methods.
 */
export function methodOf(run: ListedRun, places: Places): Method | undefined {
  if (run.kind !== 'connectivity') return doneIn(run) === 'training' ? 'dense' : run.method;
  const ends = run.sources.map(({ run: directory }) => places.run(directory));
  const methods = new Set(ends.map((end) => (end && end !== run ? methodOf(end, places) : undefined)));
  return methods.size > 1 ? undefined : [...methods, run.method].find((method) => method !== undefined);
}

/** Returns what a run is: its method, its transfer, or the ends of a measurement. Rows above may say the rest. */
export function whatItIs(run: ListedRun, places: Places, parent?: ListedRun): string {
  if (run.kind === 'search')
    return parent?.kind === 'search' && parent.method === run.method ? 'continued' : run.method;
  if (run.kind === 'connectivity') return endsText(run, places, parent);
  const done = doneIn(run) ?? 'training';
  return done === 'training' ? 'dense' : DONE_LOOKS[done].label;
}

/** Returns the ends of a measurement. Of a linear-mode-connectivity pair, only the transfer is named. */
function endsText(run: ListedRun, places: Places, parent?: ListedRun): string {
  const names = run.sources.map((source) => {
    const end = places.run(source.run);
    if (!end || end === run) return { full: source.label, short: source.label };
    const what = whatItIs(end, places);
    const short = end.kind === 'search' ? roleText(source.role) : what;
    const full = end === parent ? roleText(source.role) : end.kind === 'search' ? `${what} ${short}` : short;
    return { full, short };
  });
  const [a, b] = names;
  switch (run.pair?.kind) {
    case 'linear-mode-connectivity': {
      const transfer = names.find(({ short }) => short !== DONE_LOOKS.retrain.label);
      return transfer?.short ?? DONE_LOOKS.retrain.label;
    }
    case 'noise-stability':
      return `${a?.short}, two data orders`;
    case 'initialization-stability':
      return `${a?.short}, two initializations`;
    default: {
      const isOneSearch = new Set(run.sources.map((source) => source.run)).size === 1;
      return names.map((name) => (isOneSearch ? name.short : name.full)).join(' – ') || (b?.full ?? '');
    }
  }
}

function roleText(role: CheckpointRole | undefined): string {
  return typeof role === 'number' ? `round ${role}` : (role ?? 'checkpoint');
}

/**
 * Returns what tells a run from its namesakes: the node of the study, if they are of several, and the facts in which those of its node differ.
 * @param nodes the nodes of the study in which the runs are; none if they are in no study, or below another run
 */
export function tellApart(run: ListedRun, namesakes: readonly ListedRun[], nodes: readonly string[] = []): string[] {
  const node = nodeOf(run, nodes);
  const same = namesakes.filter((other) => nodeOf(other, nodes) === node);
  return [
    ...(node !== undefined && same.length < namesakes.length ? [node] : []),
    ...(same.length > 1 ? differingFacts(same)(run) : []),
  ];
}

/** Returns the longest of the nodes that the name of a run begins with. */
function nodeOf({ name }: ListedRun, nodes: readonly string[]): string | undefined {
  const own = nodes.filter((node) => `${name}-`.startsWith(`${node}-`));
  return own.reduce<string | undefined>((a, b) => (a !== undefined && a.length >= b.length ? a : b), undefined);
}

/** Facts that the name of a run says already. */
const SAID: readonly string[] = ['start', 'method', 'kind'];
/** Greatest number of facts in a label. */
const MOST_FACTS = 3;

/** Returns the facts in which these runs differ, each with its text for one of the runs. */
function differingFacts(runs: readonly ListedRun[]): (run: ListedRun) => string[] {
  const values = new Map<string, Set<string>>();
  for (const { differs } of runs)
    for (const { name, value } of differs) values.set(name, (values.get(name) ?? new Set()).add(JSON.stringify(value)));
  const differing = [...values].filter(([name, found]) => found.size > 1 && !SAID.includes(name)).map(([name]) => name);
  const plain = differing.filter((name) => !isHash(name)); // a hash tells a reader nothing
  const texts = new Set(runs.map((run) => JSON.stringify(plain.map((name) => factOf(run, name)))));
  const names = texts.size === runs.length ? plain : [...plain, ...differing.filter(isHash)];
  const shown = withoutRepeats(names, (name) => runs.map((run) => JSON.stringify(factOf(run, name))).join());
  return (run) => shown.slice(0, MOST_FACTS).map((name) => factText({ name, value: factOf(run, name) }));
}

function isHash(name: string): boolean {
  return /sha256$/i.test(name);
}

function factOf({ differs }: ListedRun, wanted: string): FactValue {
  return differs.find(({ name }) => name === wanted)?.value ?? null;
}

/** Returns the seeds in which these runs differ, as text for one of the runs: “seed 2” or “seed 1 · data seed 7”. */
export function differingSeeds(runs: readonly ListedRun[]): (run: ListedRun) => string[] {
  const names = [...new Set(runs.flatMap(({ seeds }) => Object.keys(seeds)))].sort(ownFirst);
  const differing = names.filter((name) => new Set(runs.map(({ seeds }) => seeds[name])).size > 1);
  const shown = withoutRepeats(differing, (name) => runs.map(({ seeds }) => seeds[name]).join());
  return ({ seeds }) => shown.map((name) => `${seedName(name)} ${seeds[name] ?? 'default'}`);
}

/** Leaves out names whose values are, for all runs, those of an earlier name. */
function withoutRepeats(names: readonly string[], columnOf: (name: string) => string): string[] {
  const columns = new Set<string>();
  return names.filter((name) => {
    const column = columnOf(name);
    return columns.size < columns.add(column).size;
  });
}

/** The seeds of the run itself come before those of its sources. */
function ownFirst(a: string, b: string): number {
  return a.split('.').length - b.split('.').length;
}

const SEED_NAMES: Readonly<Record<string, string>> = { dataSeed: 'data seed', magnitudeSeed: 'magnitude seed' };
const SEED_OWNERS: Readonly<Record<string, string>> = { source: 'search', a: 'A:', b: 'B:', c: 'C:' };

/** Returns “data seed” for `dataSeed`, and “search seed” for `source.seed`. */
function seedName(name: string): string {
  const parts = name.split('.');
  const own = parts.pop() ?? name;
  return [...parts.map((part) => SEED_OWNERS[part] ?? part), SEED_NAMES[own] ?? own].join(' ');
}
