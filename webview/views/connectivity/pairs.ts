/** Names of the pairs in a panel of several interpolations, and the tables of their barriers. */
import type { PairKind, RelatedSnapshot } from '../../../engine/protocol';
import { namesOf } from '../../../engine/vocabulary/fileNames';
import {
  BARRIER_NAMES,
  NAMED_BARRIERS,
  namedBarriers,
  namedHeight,
  type BarrierName,
  type NamedBarrier,
} from '../../../engine/vocabulary/namedBarriers';
import type { Pair } from '../../charts/matrix';
import { drawLineSwatch } from '../../charts/swatch';
import { h } from '../../dom';
import { number } from '../../format';
import type { DataTable } from '../../parts/dataTable';
import type { Column } from '../../parts/table';
import type { Path } from './curves';

export const PAIR_WORDS: Record<PairKind, string> = {
  'linear-mode-connectivity': 'linear mode connectivity',
  'noise-stability': 'noise stability',
  'initialization-stability': 'initialization stability',
  other: 'other',
  unknown: 'unknown',
};

/** Returns the checkpoints at the ends of the runs, each once, in the order in which they are numbered from 1. */
export function checkpointNames(runs: readonly RelatedSnapshot[]): Map<string, string> {
  const labels = new Map(runs.flatMap(({ sources }) => sources.map(({ file, label }) => [file, label] as const)));
  const names = namesOf([...labels.values()]);
  return new Map([...labels.keys()].map((file, place) => [file, names[place]!]));
}

/** Returns a name for each run: the numbers of its ends, as in `1 – 2`. If several runs have the same ends, also the name of the run. */
export function pairNames(runs: readonly RelatedSnapshot[]): string[] {
  const numbers = [...checkpointNames(runs).keys()];
  const ends = runs.map(({ sources, name }) => {
    const [a, b] = sources;
    return a && b ? `${numbers.indexOf(a.file) + 1} – ${numbers.indexOf(b.file) + 1}` : name;
  });
  return ends.map((name, place) => {
    const isAlone = ends.filter((other) => other === name).length === 1;
    return isAlone ? name : `${name}, ${runs[place]!.name}`;
  });
}

/** Returns the barriers of a run by name. Empty until it has a result. */
export function barriersOf({ result, ends, points }: RelatedSnapshot): NamedBarrier[] {
  return result?.kind === 'connectivity' ? namedBarriers(result, ends?.points ?? points.length) : [];
}

function barrierIn(run: RelatedSnapshot, name: BarrierName): NamedBarrier | undefined {
  return barriersOf(run).find((barrier) => barrier.name === name);
}

/** Returns the pairs for the matrix. A maximum at an end is not a barrier, so its height is 0. */
export function matrixPairs(paths: readonly Path[], name: BarrierName): Pair[] {
  const names = checkpointNames(paths.map(({ run }) => run));
  return paths.flatMap(({ run }) => {
    const [a, b] = run.sources;
    if (!a || !b) return [];
    const barrier = barrierIn(run, name);
    const height = barrier && { barrier: barrier.interior ? barrier.value : 0 };
    return [{ a: names.get(a.file)!, b: names.get(b.file)!, ...height }];
  });
}

/** Returns one sentence about several pairs: the highest and the lowest barrier, or how many pairs are measured. */
export function pairsFinding(paths: readonly Path[]): string {
  const known = paths.flatMap((path) => {
    const barrier = barrierIn(path.run, 'official');
    return barrier ? [{ ...path, height: barrier.interior ? barrier.value : 0, barrier }] : [];
  });
  const left = paths.length - known.length;
  const open = left > 0 ? ` ${left} of ${paths.length} pairs are not measured yet.` : '';
  if (known.length === 0) return `None of the ${paths.length} pairs is measured yet.`;
  const highest = known.reduce((a, b) => (b.height > a.height ? b : a));
  const lowest = known.reduce((a, b) => (b.height < a.height ? b : a));
  const say = ({ barrier, name }: typeof highest) => `${namedHeight(barrier)} (${name})`;
  return `Highest barrier of the test error above the mean of the ends: ${say(highest)}; lowest: ${say(lowest)}.${open}`;
}

/** Returns the columns of the table of pairs. */
export function pairColumns(names: ReadonlyMap<string, string>): Column<Path>[] {
  const nameOf = ({ run }: Path, place: 0 | 1) => names.get(run.sources[place]?.file ?? '') ?? '–';
  return [
    { title: 'pair', hint: 'numbers of the checkpoints, as in the matrix', draw: drawPair },
    { title: 'A', value: (path) => nameOf(path, 0), text: (path) => nameOf(path, 0) },
    { title: 'B', value: (path) => nameOf(path, 1), text: (path) => nameOf(path, 1) },
    { title: 'kind', hint: 'what A and B have in common', value: kindOf, draw: drawKind },
    ...BARRIER_NAMES.map((name) => barrierColumn(name)),
    {
      title: 'points',
      hint: 'measured points, including both ends',
      numeric: true,
      value: ({ run }) => run.points.length,
      text: ({ run }) => String(run.points.length),
    },
  ];
}

function barrierColumn(name: BarrierName): Column<Path> {
  const { title, definition, source } = NAMED_BARRIERS[name];
  return {
    title,
    hint: `${definition} (${source})`,
    numeric: true,
    value: ({ run }) => barrierIn(run, name)?.value,
    draw: (cell, { run }) => {
      const barrier = barrierIn(run, name);
      cell.textContent = barrier ? namedHeight(barrier) : '–';
      cell.title = barrier ? [placeOf(barrier), barrier.note].filter(Boolean).join('; ') : run.status;
    },
  };
}

function placeOf({ interior, alpha }: NamedBarrier): string {
  return interior ? `at α ${number(alpha)}` : 'the maximum is at an end, so there is no barrier';
}

function drawPair(cell: HTMLElement, { name, color, shape }: Path): void {
  if (cell.textContent !== name)
    cell.replaceChildren(h('span', { class: 'pair' }, h('span', { class: 'line-sign' }), name));
  drawLineSwatch(cell.querySelector<HTMLElement>('.line-sign')!, { color, look: { shape } });
}

function kindOf({ run }: Path): string {
  return PAIR_WORDS[run.pair?.kind ?? 'unknown'];
}

function drawKind(cell: HTMLElement, path: Path): void {
  cell.textContent = kindOf(path);
  cell.title = path.run.pair?.sentence ?? '';
}

/** The columns of the table of one pair: a row for each definition. */
export const DEFINITION_COLUMNS: Column<NamedBarrier>[] = [
  { title: 'barrier', text: ({ title }) => title },
  { title: 'height', numeric: true, text: namedHeight },
  { title: 'α', numeric: true, text: ({ interior, alpha }) => (interior ? number(alpha) : '–') },
  { title: 'definition', text: ({ definition, note }) => (note === undefined ? definition : `${definition}; ${note}`) },
  { title: 'source', text: ({ source }) => source },
];

/** Returns all barriers of all pairs as a table for export. */
export function barrierTable(paths: readonly Path[]): DataTable {
  const names = checkpointNames(paths.map(({ run }) => run));
  const rows = paths.flatMap(({ run }) =>
    barriersOf(run).map((barrier) => [
      run.name,
      ...[0, 1].map((place) => names.get(run.sources[place]?.file ?? '')),
      run.pair?.kind,
      ...[barrier.name, barrier.value, barrier.interior ? 'yes' : 'no', barrier.alpha, barrier.points],
      ...[barrier.definition, barrier.source],
    ]),
  );
  return {
    columns: ['run', 'A', 'B', 'kind', 'barrier', 'value', 'interior', 'α', 'points', 'definition', 'source'],
    rows,
  };
}
