/** The rows of the table of runs: runs, or groups of runs that collapse. */
import type { ListedRun } from '../../../engine/protocol';
import { runColumns, type RunColumn } from '../../../engine/vocabulary/runColumns';
import { parseFilter, type FilterProblem } from '../../../engine/vocabulary/runFilter';
import { groupRuns, type RunGroup } from '../../../engine/vocabulary/runGroups';
import { shownColumns, sortRuns } from '../../../engine/vocabulary/runTable';
import { namesOf } from '../../../engine/vocabulary/fileNames';
import type { LongRow } from '../../parts/longTable';
import type { TableState } from './tableState';

export interface RunRow extends LongRow {
  /** Missing in the row of a group. */
  run?: ListedRun;
  group?: RunGroup;
}

/** What the table shows. */
export interface RunTable {
  all: RunColumn[];
  shown: RunColumn[];
  rows: RunRow[];
  /** The runs that the filter accepts, in order. */
  runs: ListedRun[];
  problems: FilterProblem[];
}

/** Filters, sorts and groups the runs. */
export function runTable(runs: readonly ListedRun[], state: TableState): RunTable {
  const all = runColumns(runs, distinctNames(runs));
  const { accepts, problems } = parseFilter(state.filter, all);
  const accepted = runs.filter(accepts);
  const ordered = sortRuns(accepted, all, state.sorts);
  const by = all.find(({ id }) => id === state.group);
  const groups = by && groupRuns(ordered, by);
  const rows = groups
    ? groups.flatMap((group) => rowsOfGroup(group, state.expanded))
    : ordered.map((run) => rowOf(run, 0));
  const listed = groups ? groups.flatMap((group) => group.runs) : ordered;
  return { all, shown: shownColumns(all, accepted, state.columns), rows, runs: listed, problems };
}

function rowOf(run: ListedRun, depth: number): RunRow {
  return { key: run.directory, depth, run };
}

function rowsOfGroup(group: RunGroup, expandedLabels: readonly string[]): RunRow[] {
  const expanded = expandedLabels.includes(group.label);
  const row: RunRow = { key: groupKey(group.label), depth: 0, expanded, group };
  return expanded ? [row, ...group.runs.map((run) => rowOf(run, 1))] : [row];
}

/** Returns the key of the row of a group. No directory begins like that. */
export function groupKey(label: string): string {
  return `group:${label}`;
}

/** Names runs by their directories, with folders if several runs outside of studies have the same name. */
function distinctNames(runs: readonly ListedRun[]): (run: ListedRun) => string {
  const counts = new Map<string, number>();
  for (const { name } of runs) counts.set(name, (counts.get(name) ?? 0) + 1);
  const alike = runs.filter(({ name }) => counts.get(name)! > 1).map(({ directory }) => directory);
  const names = new Map(namesOf(alike).map((name, place) => [alike[place]!, name]));
  return ({ directory, name }) => (counts.get(name)! > 1 ? distinct(names.get(directory), name) : name);
}

/** `namesOf` cuts what the paths share at their ends, which here is the name itself. */
function distinct(path: string | undefined, name: string): string {
  return path === undefined || path.endsWith(name) ? (path ?? name) : `${path}/${name}`;
}
