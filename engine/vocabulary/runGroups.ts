/** Groups of a table of runs, and what their cells show. Pure. */
import { countedRuns } from './countedRuns';
import type { DataTable, Value } from './dataTable';
import { factText } from './facts';
import { groupBy } from './groupBy';
import { isMovedAside } from './movedAside';
import type { CellValue, RunColumn } from './runColumns';
import type { ListedRun } from './runRelations';
import { doneText, measuredHow, roundIn } from './runValues';
import { meanOf, type MeanOf } from './statistics';

export interface RunGroup<R extends ListedRun = ListedRun> {
  /** The value that the runs share. Undefined for runs without a value. */
  value: CellValue;
  /** The value as text. */
  label: string;
  runs: R[];
}

/**
 * Returns the runs by their value in a column. Runs of several methods, things that were done, networks, data or rounds, and runs that differ
 * in an option or a source, are groups of their own, which their labels name: a mean over them would mean nothing. Only seeds are pooled.
 * Runs that were moved aside are groups of their own, too. The groups are in the order of the first run of each.
 */
export function groupRuns<R extends ListedRun>(runs: readonly R[], column: RunColumn): RunGroup<R>[] {
  const byValue = groupBy(runs, (run) => column.value(run));
  const groups = [...byValue].flatMap(([value, members]) => {
    const label = column.text(members[0]!) || `no ${column.title}`;
    const differing = KINDS.filter((kindOf) => new Set(members.map(kindOf)).size > 1);
    const kinds = groupBy(members, (run) =>
      [...new Set(differing.map((kindOf) => kindOf(run)))].filter(Boolean).join(' · '),
    );
    return [...kinds].flatMap(([kind, same]) =>
      [...byOptions(same)].map(([words, own]) => ({
        ...{ value, runs: own },
        label: [label, kind, words].filter((part) => part !== '').join(' · '),
      })),
    );
  });
  const place = new Map(runs.map((run, at) => [run, at]));
  return groups.sort((a, b) => place.get(a.runs[0]!)! - place.get(b.runs[0]!)!);
}

/** What an experiment is, whatever its options are. */
const KINDS: readonly ((run: ListedRun) => string)[] = [
  ({ method, kind }) => (method === 'dense' && kind === 'train' ? doneText({ method, kind }) : method),
  doneText,
  ({ model }) => model,
  ({ dataset }) => dataset,
  (run) => (roundIn(run) === undefined ? '' : `round ${roundIn(run)}`),
  ({ name }) => (isMovedAside(name) ? 'moved aside' : ''),
];

/** Groups runs by the facts in which they differ, in words: “finalEpochs 2, learningRate 0.05”. Seeds are no such facts. */
function byOptions<R extends ListedRun>(runs: readonly R[]): Map<string, R[]> {
  const columns = new Map<string, string[]>();
  for (const { differs } of runs)
    for (const { name, value } of differs) {
      const column = columns.get(name) ?? [];
      columns.set(name, column);
      column.push(JSON.stringify(value));
    }
  // A training often repeats the options of its search.
  const isRepeated = (name: string, column: readonly string[]) =>
    name.startsWith('source.') && columns.get(name.slice('source.'.length))?.join() === column.join();
  const names = new Set(
    [...columns].flatMap(([name, column]) => (new Set(column).size > 1 && !isRepeated(name, column) ? [name] : [])),
  );
  return groupBy(runs, ({ differs }) =>
    differs
      .filter(({ name }) => names.has(name))
      .map(factText)
      .join(', '),
  );
}

/** What a cell shows of several runs: their mean, or the value that all of them have. Undefined if there is neither. */
export type GroupCell = ({ kind: 'mean' } & MeanOf) | { kind: 'same'; text: string } | undefined;

/**
 * Summarizes a column of a group. Seeds and options have no mean, and neither have accuracies that were measured in different ways. A mean is
 * over the runs that are done; `n` is the number of its values.
 */
export function groupCell(column: RunColumn, runs: readonly ListedRun[]): GroupCell {
  if (!HAVE_MEANS.includes(column.id)) return sharedValue(column, runs);
  const { counted } = countedRuns(runs);
  if (MEASURED_ON_TEST.includes(column.id) && new Set(counted.map(measuredHow).filter(Boolean)).size > 1)
    return undefined;
  const values = counted.flatMap((run) => {
    const value = column.value(run);
    return typeof value === 'number' ? [{ value, pair: column.pair?.(run) }] : [];
  });
  if (values.length === 0) return undefined;
  if (values.some(({ pair }) => pair === undefined))
    return { kind: 'mean', ...meanOf(values.map(({ value }) => value)) };
  return { kind: 'mean', ...meanOfPairs(values as PairedValue[]) };
}

interface PairedValue {
  value: number;
  pair: { key: string; isPaired: boolean };
}

/** Averages values with the same partner first, because they are not independent. Without partners, their deviation is not of differences. */
function meanOfPairs(values: readonly PairedValue[]): MeanOf {
  const groups = groupBy(values, ({ pair }) => pair.key);
  const { mean, n, deviation } = meanOf([...groups.values()].map((own) => meanOf(own.map(({ value }) => value)).mean));
  const isPaired = values.every(({ pair }) => pair.isPaired);
  return { mean, n, ...(isPaired && deviation !== undefined && { deviation }) };
}

function sharedValue(column: RunColumn, runs: readonly ListedRun[]): GroupCell {
  const values = new Set(runs.map(column.value));
  const [first] = values;
  return values.size === 1 && first !== undefined ? { kind: 'same', text: column.text(runs[0]!) } : undefined;
}

const MEASURED_ON_TEST: readonly string[] = ['accuracy', 'loss', 'top5'];
/** The results of runs. A mean of options would mean nothing. */
const HAVE_MEANS: readonly string[] = [
  ...['kept', 'accuracy', 'gap', 'loss', 'top5', 'barrier', 'halfDifference', 'images', 'duration'],
];
/** A run that has one of these gives a result. */
const RESULTS: readonly string[] = ['accuracy', 'barrier', 'halfDifference'];

/** The runs of a group that give a result, and those that do not. */
export interface GroupCount {
  /** Number of runs that are done and have a result; repetitions of the same computation count once. */
  n: number;
  /** The others in words: “1 stopped, 2 repeated”. Empty if there are none. */
  others: string;
}

/** Counts the runs of a group. `all` are the columns of the table. */
export function groupCount(all: readonly RunColumn[], runs: readonly ListedRun[]): GroupCount {
  const results = all.filter(({ id }) => RESULTS.includes(id));
  const { counted, leftOut } = countedRuns(runs);
  const n = counted.filter((run) => results.some((column) => column.value(run) !== undefined)).length;
  const without = counted.length - n;
  const words = [...leftOut, ...(without > 0 ? [['without a result', without] as const] : [])];
  return { n, others: words.map(([reason, count]) => `${count} ${reason}`).join(', ') };
}

/** Returns groups for an export: means with deviation and n of their own, and the values that all runs of a group share. */
export function groupsData(
  groups: readonly RunGroup[],
  { by, shown, all }: { by: RunColumn; shown: readonly RunColumn[]; all: readonly RunColumn[] },
): DataTable {
  const columns = shown.filter((column) => column !== by && groups.some(({ runs }) => groupCell(column, runs)));
  const hasMean = ({ id }: RunColumn) => HAVE_MEANS.includes(id);
  const names = columns.flatMap((column) =>
    hasMean(column) ? [column.id, `${column.id} deviation`, `${column.id} n`] : [column.id],
  );
  const rows = groups.map(({ label, runs }) => {
    const { n, others } = groupCount(all, runs);
    const values = columns.flatMap((column): Value[] => {
      const cell = groupCell(column, runs);
      if (cell?.kind === 'mean') return [cell.mean, cell.deviation, cell.n];
      return hasMean(column) ? [undefined, undefined, undefined] : [cell?.text];
    });
    return [label, n, others === '' ? undefined : others, ...values];
  });
  return { columns: [by.id, 'n', 'not counted', ...names], rows };
}
