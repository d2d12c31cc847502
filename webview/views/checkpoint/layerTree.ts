/** The rows of a checkpoint's layers: a list, or a tree of modules with the sums of their layers. */
import type { CheckpointHeader, Inspection, LayerHeader, LayerParts, LayerStatistics } from '../../../engine/protocol';
import { intendedPattern } from '../../../engine/vocabulary/overview';
import type { LongRow } from '../../parts/longTable';
import { sorted, type Sort } from '../../parts/sorting';
import type { Column } from '../../parts/table';
import { moduleName } from '../picture/source';

/** The numbers of a layer, or their sums over the layers of a group. Numbers that are not known are absent. */
export interface LayerNumbers {
  count: number;
  kept?: number;
  positive?: number;
  negative?: number;
  outputs?: LayerParts;
  inputs?: LayerParts;
  kernels?: LayerParts;
  heads?: LayerParts;
  /** The N:M pattern, `none`, or `various` if the layers of a group have different ones. */
  pattern?: string;
}

export interface LayerRow extends LongRow {
  /** The name, or its part that the group does not say. */
  label: string;
  /** The layers of this row: one, or those of the group. */
  layers: readonly LayerHeader[];
  /** Undefined for a group. */
  header?: LayerHeader;
  /** Position in the file, from 1. For a group, that of its first layer. */
  place: number;
  numbers: LayerNumbers;
}

export interface RowSettings {
  filter: string;
  sort: Sort | undefined;
  grouped: boolean;
  /** Keys of the groups whose rows are not listed. */
  collapsed: ReadonlySet<string>;
  /** Whether the first row is the sum of all rows. */
  total: boolean;
}

/** Key of the row that has the sums of all layers. */
export const TOTAL = '*';

/** Returns the rows of the layers whose names contain the filter. Sums are those of the listed layers. */
export function layerRows(
  { layers }: CheckpointHeader,
  inspection: Inspection | undefined,
  { filter, grouped, collapsed, sort, total }: RowSettings,
  columns: readonly Column<LayerRow>[],
): LayerRow[] {
  const statistics = new Map(inspection?.layers.map((layer) => [layer.name, layer]));
  const wanted = filter.trim().toLowerCase();
  const leaves = layers
    .map((header, place) => leafRow(header, place, statistics.get(header.name)))
    .filter(({ key }) => key.toLowerCase().includes(wanted));
  const order = (rows: readonly LayerRow[]) => sorted(rows, columns, sort);
  const rows = grouped ? flatten(treeOf(leaves), { order, collapsed }) : order(leaves);
  if (!total || leaves.length === 0) return rows;
  const label = wanted === '' ? 'all layers' : 'all listed layers';
  return [sumRow(leaves, { key: TOTAL, label, depth: 0 }), ...rows];
}

/** Returns the keys of all groups. */
export function groupKeys(header: CheckpointHeader): string[] {
  const keys: string[] = [];
  const collect = ({ groups, row }: Group) => {
    if (row.key !== TOTAL) keys.push(row.key);
    groups.forEach(collect);
  };
  collect(treeOf(header.layers.map((layer, place) => leafRow(layer, place, undefined))));
  return keys;
}

function leafRow(header: LayerHeader, place: number, statistics: LayerStatistics | undefined): LayerRow {
  const { outputs, inputs, kernels, heads } = statistics?.structure ?? {};
  const pattern = statistics?.structure && intendedPattern(statistics.structure);
  const known = statistics && {
    kept: statistics.kept,
    positive: statistics.positive,
    negative: statistics.negative,
  };
  const parts = {
    ...(outputs && { outputs }),
    ...(inputs && { inputs }),
    ...(kernels && { kernels }),
    ...(heads && { heads }),
  };
  const numbers = { count: header.count, ...known, ...parts, ...(pattern !== undefined && { pattern }) };
  const name = moduleName(header.name);
  return { key: header.name, depth: 0, label: name, layers: [header], header, place: place + 1, numbers };
}

/** A module: its layers, and the modules in it. */
interface Group {
  row: LayerRow;
  leaves: LayerRow[];
  groups: Group[];
}

interface Branch {
  path: string;
  leaves: LayerRow[];
  branches: Map<string, Branch>;
}

function treeOf(leaves: readonly LayerRow[]): Group {
  const root: Branch = { path: '', leaves: [], branches: new Map() };
  for (const leaf of leaves) {
    let branch = root;
    for (const segment of leaf.label.split(/(?<=[./])/).slice(0, -1)) {
      let next = branch.branches.get(segment);
      if (!next) {
        next = { path: branch.path + segment, leaves: [], branches: new Map() };
        branch.branches.set(segment, next);
      }
      branch = next;
    }
    branch.leaves.push(leaf);
  }
  return groupOf(root, { parent: '', depth: -1 });
}

/** Makes a group of a branch. A branch with nothing but one branch is one group with it, and a branch with a single layer is no group. */
function groupOf(branch: Branch, { parent, depth }: { parent: string; depth: number }): Group {
  const inner = [...branch.branches.values()];
  if (depth >= 0 && branch.leaves.length === 0 && inner.length === 1) return groupOf(inner[0]!, { parent, depth });
  const here = { parent: branch.path, depth: depth + 1 };
  const made = inner.map((one) => groupOf(one, here));
  const single = made.filter(({ row }) => row.layers.length === 1).map(({ row }) => row.layers[0]!.name);
  const alone = new Set(single);
  const below = (group: Group): LayerRow[] => [...group.leaves, ...group.groups.flatMap(below)];
  const within = made.flatMap(below);
  const own = [...branch.leaves, ...within.filter(({ key }) => alone.has(key))].map((leaf) => ({
    ...leaf,
    depth: depth + 1,
    label: labelIn(branch.path, leaf),
  }));
  const label = branch.path.slice(parent.length).replace(/[./]$/, '');
  const key = depth < 0 ? TOTAL : `${branch.path}*`;
  const row = { ...sumRow([...branch.leaves, ...within], { key, label, depth }), expanded: true };
  return { row, leaves: own, groups: made.filter(({ row: { layers } }) => layers.length > 1) };
}

function labelIn(path: string, { header }: LayerRow): string {
  return moduleName(header!.name).slice(path.length);
}

function flatten(
  { leaves, groups }: Group,
  list: { order: (rows: readonly LayerRow[]) => LayerRow[]; collapsed: ReadonlySet<string> },
): LayerRow[] {
  const inside = new Map(groups.map((group) => [group.row.key, group]));
  return list.order([...groups.map(({ row }) => row), ...leaves].sort((a, b) => a.place - b.place)).flatMap((row) => {
    const group = row.expanded === undefined ? undefined : inside.get(row.key);
    if (!group) return [row];
    if (list.collapsed.has(row.key)) return [{ ...row, expanded: false }];
    return [row, ...flatten(group, list)];
  });
}

function sumRow(rows: readonly LayerRow[], { key, label, depth }: Pick<LayerRow, 'key' | 'label' | 'depth'>): LayerRow {
  const layers = rows.flatMap((row) => row.layers);
  const place = rows.reduce((first, row) => Math.min(first, row.place), Infinity);
  return { key, label, depth, layers, place, numbers: sumOf(rows.map(({ numbers }) => numbers)) };
}

function sumOf(all: readonly LayerNumbers[]): LayerNumbers {
  const add = (of: (numbers: LayerNumbers) => number | undefined) =>
    all.reduce<number | undefined>((total, numbers) => {
      const value = of(numbers);
      return total === undefined || value === undefined ? undefined : total + value;
    }, 0);
  const parts = (of: (numbers: LayerNumbers) => LayerParts | undefined): LayerParts | undefined => {
    const known = all.map(of).filter((one) => one !== undefined);
    const sum = (field: keyof LayerParts) => known.reduce((total, one) => total + one[field], 0);
    return known.length > 0 ? { count: sum('count'), dead: sum('dead') } : undefined;
  };
  const patterns = new Set(all.map(({ pattern }) => pattern));
  const [kept, positive, negative] = [add((one) => one.kept), add((one) => one.positive), add((one) => one.negative)];
  const [outputs, inputs] = [parts((one) => one.outputs), parts((one) => one.inputs)];
  const [kernels, heads] = [parts((one) => one.kernels), parts((one) => one.heads)];
  const pattern = patterns.size > 1 ? 'various' : all[0]?.pattern;
  return {
    count: all.reduce((total, { count }) => total + count, 0),
    ...(kept !== undefined && positive !== undefined && negative !== undefined && { kept, positive, negative }),
    ...(outputs && { outputs }),
    ...(inputs && { inputs }),
    ...(kernels && { kernels }),
    ...(heads && { heads }),
    ...(pattern !== undefined && { pattern }),
  };
}
