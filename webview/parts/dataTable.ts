/** The numbers of a chart, as a table on the page and as CSV. */
import { number } from '../format';
import { h } from '../dom';

export interface DataTable {
  columns: string[];
  rows: (string | number | undefined)[][];
}

/** Returns CSV by RFC 4180, with full precision. Fields are quoted only if they must be. */
export function csv({ columns, rows }: DataTable): string {
  const line = (fields: readonly (string | number | undefined)[]) => fields.map(field).join(',');
  return [columns, ...rows].map(line).join('\r\n') + '\r\n';
}

function field(value: string | number | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Makes a table, with numbers to three significant digits. */
export function tableElement({ columns, rows }: DataTable, label: string): HTMLTableElement {
  const heads = columns.map((title) => h('th', { scope: 'col' }, title));
  const lines = rows.map((row) => h('tr', {}, ...row.map(cell)));
  return h('table', { 'aria-label': label }, h('thead', {}, h('tr', {}, ...heads)), h('tbody', {}, ...lines));
}

function cell(value: string | number | undefined): HTMLElement {
  if (typeof value !== 'number') return h('td', {}, value ?? '');
  return h('td', { class: 'numeric' }, Number.isInteger(value) ? String(value) : number(value));
}
