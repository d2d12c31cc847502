/** Tables. New data reuse the rows with the same key, so focus and scroll position stay the same. */
import { h, setAttribute, setText } from '../dom';
import { rove, updateRoving } from './roving';

export interface Column<Row> {
  title: string;
  /** Tooltip of the column's title: what the values mean. */
  hint?: string;
  numeric?: boolean;
  text?: (row: Row) => string;
  /** Draws the cell, if there is no `text`. It is called for every change of the data. */
  draw?: (cell: HTMLElement, row: Row) => void;
}

export interface TableOptions<Row> {
  columns: readonly Column<Row>[];
  key: (row: Row) => string;
  label: string;
  selected?: string;
  onSelect?: (row: Row) => void;
}

/** Draws rows into a node. Updates the rows that are already there. */
export function drawTable<Row>(node: HTMLElement, rows: readonly Row[], options: TableOptions<Row>): void {
  const table = tableWith(node, options.columns) ?? node.appendChild(emptyTable(node, options));
  const body = table.tBodies[0]!;
  const existing = new Map([...body.rows].map((row) => [row.dataset['key'], row]));
  rows.forEach((row, place) => {
    const key = options.key(row);
    const element = existing.get(key) ?? newRow(key, options);
    existing.delete(key);
    drawRow(element, row, options);
    if (body.rows[place] !== element) body.insertBefore(element, body.rows[place] ?? null);
  });
  for (const gone of existing.values()) gone.remove();
  selectable.set(table, (key) => {
    const row = rows.find((candidate) => options.key(candidate) === key);
    if (row) options.onSelect?.(row);
  });
  if (options.onSelect) updateRoving(body, 'tr', '[aria-selected="true"]');
}

/** Returns the table in a node if its columns have these titles, else null. */
function tableWith<Row>(node: HTMLElement, columns: readonly Column<Row>[]): HTMLTableElement | null {
  const table = node.querySelector('table');
  const titles = [...(table?.tHead?.rows[0]?.cells ?? [])].map(({ textContent }) => textContent);
  return titles.join('\n') === columns.map(({ title }) => title).join('\n') ? table : null;
}

/** What a click or a key on a row does, by table. Each drawing replaces it, so it has the newest options. */
const selectable = new WeakMap<Element, (key: string) => void>();

function emptyTable<Row>(node: HTMLElement, { columns, label, onSelect }: TableOptions<Row>): HTMLTableElement {
  const heads = columns.map(({ title, hint, numeric }) =>
    h('th', { scope: 'col', title: hint, class: numeric && 'numeric' }, title),
  );
  const body = h('tbody');
  const table = h(
    'table',
    { 'aria-label': label, role: onSelect && 'grid' },
    h('thead', {}, h('tr', {}, ...heads)),
    body,
  );
  node.replaceChildren(table);
  if (onSelect) {
    const select = (target: Element) => selectable.get(table)?.(target.getAttribute('data-key') ?? '');
    rove(body, { items: 'tr', moved: select, press: select });
    body.addEventListener('click', ({ target }) => {
      const row = (target as Element).closest('tr');
      if (row) select(row);
    });
  }
  return table;
}

function newRow<Row>(key: string, { columns, onSelect }: TableOptions<Row>): HTMLTableRowElement {
  const cells = columns.map(({ numeric }) => h('td', { class: numeric && 'numeric' }));
  return h('tr', { 'data-key': key, tabindex: onSelect && '-1' }, ...cells);
}

function drawRow<Row>(element: HTMLTableRowElement, row: Row, { columns, key, selected, onSelect }: TableOptions<Row>) {
  if (onSelect) setAttribute(element, 'aria-selected', String(key(row) === selected));
  columns.forEach(({ text, draw }, place) => {
    const cell = element.cells[place]!;
    if (draw) draw(cell, row);
    else setText(cell, text?.(row) ?? '');
  });
}
