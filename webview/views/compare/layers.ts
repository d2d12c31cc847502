/** The table of compared layers. */
import { MASK_CHANCE, SIGMA, SIGN_CHANCE } from '../../../engine/vocabulary/chance';
import type { CheckpointHeader, LayerComparison, LayerHeader } from '../../../engine/protocol';
import { count, number, percent, received, signed } from '../../format';
import type { DataTable } from '../../parts/dataTable';
import { inNaturalOrder } from '../../../engine/vocabulary/text';

import { ListNames } from '../../parts/names';
import type { Column } from '../../parts/table';
import { moduleName } from '../picture/source';

/** Returns the share of the weights kept in A or B that differ in mask or sign. 0 if no weight is kept. */
export function disagreement({ onlyA, onlyB, flipped, keptBoth }: LayerComparison): number {
  const either = keptBoth + onlyA + onlyB;
  return either > 0 ? (onlyA + onlyB + flipped) / either : 0;
}

/** Sorts layers by disagreement, the largest first. */
export function byDisagreement(layers: readonly LayerComparison[]): LayerComparison[] {
  return [...layers].sort((a, b) => disagreement(b) - disagreement(a));
}

/** Returns the header of a layer of A, in the order of axes of A. The layer may be dense in A, and prunable only in B. */
export function headerOf({ layers, dense = [] }: CheckpointHeader, name: string): LayerHeader | undefined {
  return [...layers, ...dense].find((layer) => layer.name === name);
}

/** Returns the layers whose name contains a text. */
export function filtered(layers: readonly LayerComparison[], text: string): LayerComparison[] {
  const wanted = text.trim().toLowerCase();
  return layers.filter(({ name }) => name.toLowerCase().includes(wanted));
}

const share = (part: number, whole: number) => `${percent(part / whole)} of ${count(whole)}`;

type Value = (layer: LayerComparison) => number;

function counted(title: string, hint: string, value: Value): Column<LayerComparison> {
  const draw = (cell: HTMLElement, layer: LayerComparison) => {
    cell.textContent = count(value(layer));
    cell.title = share(value(layer), layer.count);
  };
  return { title, hint, numeric: true, value, draw };
}

function measured(title: string, hint: string, value: Value, text: (value: number) => string): Column<LayerComparison> {
  return { title, hint, numeric: true, value, text: (layer) => text(value(layer)) };
}

function drawLayerName(names: ListNames) {
  return (cell: HTMLElement, { name }: LayerComparison): void => {
    names.draw(cell, moduleName(name));
    cell.title = name;
  };
}

/** Returns the columns of the table of layers. Long names are cut so that what tells the layers apart stays visible. */
export const columnsOf = (layers: readonly LayerComparison[]): Column<LayerComparison>[] => [
  { title: 'layer', draw: drawLayerName(new ListNames(layers.map(({ name }) => moduleName(name)))), value: ({ name }) => name },
  measured('differ', 'share of the weights kept in A or B that differ in mask or sign', disagreement, percent),
  counted('kept both', 'weights kept in A and in B', ({ keptBoth }) => keptBoth),
  counted('only A', 'kept in A, pruned in B', ({ onlyA }) => onlyA),
  counted('only B', 'kept in B, pruned in A', ({ onlyB }) => onlyB),
  measured('IoU', 'kept in both ÷ kept in A or B', ({ iou }) => iou, number),
  measured('masks, σ', `${SIGMA} ${MASK_CHANCE}`, ({ maskSigma }) => received(maskSigma), signed),
  measured('same sign', 'share of the weights kept in both', (layer) => (layer.keptBoth > 0 ? layer.signAgreement : NaN), percent),
  counted('flipped', 'kept in both, signs differ', ({ flipped }) => flipped),
  measured('signs, σ', `${SIGMA} ${SIGN_CHANCE}`, ({ signSigma }) => received(signSigma), signed),
]; // prettier-ignore

/** Returns all numbers of the comparison as a table. */
export function comparisonTable(layers: readonly LayerComparison[]): DataTable {
  const names = ['count', 'keptBoth', 'onlyA', 'onlyB', 'neither', 'iou', 'sameSign', 'flipped', 'signAgreement', 'chanceAgreement', 'signSigma', 'chanceIou', 'maskSigma'] as const; // prettier-ignore
  const rows = [...layers]
    .sort((a, b) => inNaturalOrder(a.name, b.name))
    .map((layer) => [layer.name, layer.match?.nameB ?? layer.name, ...names.map((name) => received(layer[name]))]);
  return { columns: ['layer', 'layerB', ...names], rows };
}
