/** The table of a chart's numbers on the page. */
import type { DataTable, Value } from '../../engine/vocabulary/dataTable';
import { number } from '../format';
import { h } from '../dom';

export {
  DATA_FORMATS,
  exportTable,
  type DataFormat,
  type DataTable,
  type Provenance,
} from '../../engine/vocabulary/dataTable';

/** Makes a table, with numbers to three significant digits. */
export function tableElement({ columns, rows }: DataTable, label: string): HTMLTableElement {
  const heads = columns.map((title) => h('th', { scope: 'col' }, title));
  const lines = rows.map((row) => h('tr', {}, ...row.map(cell)));
  return h('table', { 'aria-label': label }, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...lines));
}

function cell(value: Value): HTMLElement {
  if (typeof value !== 'number') return h('td', {}, value ?? '');
  return h('td', { class: 'numeric' }, Number.isInteger(value) ? String(value) : number(value));
}
