/** The list of a checkpoint's layers: filter, order and columns. */
import type { CheckpointHeader, Inspection, LayerHeader, LayerStatistics } from '../../../engine/protocol';
import { drawBar } from '../../charts/bars';
import { h } from '../../dom';
import { count, percent } from '../../format';
import type { DataTable } from '../../parts/dataTable';
import { inNaturalOrder } from '../../../engine/vocabulary/text';

import type { Column } from '../../parts/table';
import { readTheme } from '../../theme';
import { moduleName } from '../picture/source';

export const LAYER_ORDERS = ['name', 'file', 'sparsest', 'largest'] as const;
export type LayerOrder = (typeof LAYER_ORDERS)[number];

export interface LayerRow {
  header: LayerHeader;
  /** Undefined until the weights have been read. */
  statistics?: LayerStatistics;
}

/** Returns the rows that match a filter, sorted. */
export function layerRows(
  { layers }: CheckpointHeader,
  inspection: Inspection | undefined,
  { filter, order }: { filter: string; order: LayerOrder },
): LayerRow[] {
  const statistics = new Map(inspection?.layers.map((layer) => [layer.name, layer]));
  const wanted = filter.trim().toLowerCase();
  const rows = layers
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .map((header): LayerRow => ({ header, statistics: statistics.get(header.name) }));
  return rows.sort(ORDERS[order]);
}

const ORDERS: Record<LayerOrder, (a: LayerRow, b: LayerRow) => number> = {
  name: (a, b) => inNaturalOrder(a.header.name, b.header.name),
  file: () => 0,
  sparsest: (a, b) => (b.statistics?.sparsity ?? 0) - (a.statistics?.sparsity ?? 0),
  largest: (a, b) => b.header.count - a.header.count,
};

/** Returns all numbers of the layers, in the order of the file. */
export function layersTable({ layers }: CheckpointHeader, inspection: Inspection | undefined): DataTable {
  const statistics = new Map(inspection?.layers.map((layer) => [layer.name, layer]));
  const rows = layers.map(({ name, shape, count: weights, maskRule }) => {
    const { kept, positive, negative } = statistics.get(name) ?? {};
    return [name, shape.join('x'), maskRule, weights, kept, positive, negative];
  });
  return { columns: ['layer', 'shape', 'mask', 'weights', 'kept', 'positive', 'negative'], rows };
}

/** Returns the largest |w| of a layer, or 1 until the weights have been read. */
export function largestWeight(inspection: Inspection | undefined, layer: string): number {
  const tensor = inspection?.tensors.find(({ name }) => name === layer || name === `${layer}.weight`);
  return tensor ? Math.max(Math.abs(tensor.min), Math.abs(tensor.max)) : 1;
}

/** Returns the columns of the list: name, kept share and signs of a layer. Small bars show the shares. */
export function layerColumns(): Column<LayerRow>[] {
  return [
    { title: 'layer', draw: drawName },
    { title: 'kept', hint: 'kept share of this layer’s weights', draw: drawKept },
    {
      title: '%',
      hint: 'kept share of this layer’s weights',
      numeric: true,
      text: ({ statistics }) => (statistics ? percent(1 - statistics.sparsity) : ''),
    },
    { title: '+ / −', hint: 'signs of the kept weights', draw: drawSigns },
  ];
}

/** Shows a name. If there is not enough room, the middle is cut, because layers differ at the end of their names. */
export function drawCutName(cell: HTMLElement, name: string): void {
  const split = Math.max(0, name.length - ENDING);
  if (cell.textContent === name) return;
  cell.replaceChildren(
    h(
      'span',
      { class: 'cut-name' },
      h('span', { class: 'begin' }, name.slice(0, split)),
      h('span', {}, name.slice(split)),
    ),
  );
}

/** Letters at the end of a name that are always visible. */
const ENDING = 14;

function drawName(cell: HTMLElement, { header }: LayerRow): void {
  drawCutName(cell, moduleName(header.name));
  cell.title = `${header.name}, ${header.shape.join(' × ')}, ${count(header.count)} weights, mask: ${header.maskRule}`;
}

function drawKept(cell: HTMLElement, { header, statistics }: LayerRow): void {
  if (!statistics) return;
  const { kept } = statistics;
  const tip = `kept ${count(kept)} of ${count(header.count)}`;
  drawBar(cell, [{ share: kept / header.count, color: readTheme().neutral }], tip);
}

function drawSigns(cell: HTMLElement, { statistics }: LayerRow): void {
  if (!statistics) return;
  const { kept, positive, negative } = statistics;
  const theme = readTheme();
  const shares = [
    { share: positive / kept || 0, color: theme.positive },
    { share: negative / kept || 0, color: theme.negative },
  ];
  drawBar(
    cell,
    shares,
    `+ ${count(positive)} (${percent(positive / kept)}), − ${count(negative)} (${percent(negative / kept)})`,
  );
}
