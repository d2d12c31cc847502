/** Tables. New data reuse the rows with the same key, so focus and scroll position stay the same. */
import { h, setAttribute, setText, type Attributes } from '../dom';
import { rove, updateRoving } from './roving';
import { nextSort, type Sort } from './sorting';

export interface Column<Row> {
  title: string;
  /** Tooltip of the column's title: what the values mean. */
  hint?: string;
  numeric?: boolean;
  /** Class of its cells. */
  className?: string;
  /** Width in CSS pixels. If every column has one, the table does not measure its cells. */
  width?: number;
  /** Whether the first click on the title puts the smallest number first. */
  ascending?: boolean;
  /** What the column is sorted by. Without it, the column cannot be sorted. */
  value?: (row: Row) => string | number | undefined;
  text?: (row: Row) => string;
  /** Draws the cell, if there is no `text`. It is called for every change of the data. */
  draw?: (cell: HTMLElement, row: Row) => void;
}

export interface TableOptions<Row> {
  columns: readonly Column<Row>[];
  key: (row: Row) => string;
  label: string;
  selected?: string;
  /** Keys of the selected rows, if there can be several. */
  selection?: ReadonlySet<string>;
  /** `event` is the click, if it was one. */
  onSelect?: (row: Row, event?: MouseEvent) => void;
  /** Opens a row: called for Enter and for a double click. */
  onOpen?: (row: Row) => void;
  /** Whether cells depend only on their row. If so, a row is drawn again only if it is a different object. */
  stable?: boolean;
  /** Current order of the rows. */
  sort?: Sort | undefined;
  /** If given, the titles of columns become buttons that call it. The caller sorts the rows. */
  onSort?: (sort: Sort) => void;
  /** If given, the caller keeps the order, and this is called for a press of a title instead of `onSort`. */
  onTitle?: (title: string, event: MouseEvent | KeyboardEvent) => void;
  /** Draws more into the title of a column, at each drawing. */
  drawHead?: (head: HTMLTableCellElement, column: Column<Row>) => void;
  /** Attributes of the table and of its rows, such as the level of a row in a tree. They are set at each drawing. */
  attributes?: Attributes;
  rowAttributes?: (row: Row) => Attributes;
}

/** Draws rows into a node. Updates the rows that are already there. */
export function drawTable<Row>(node: HTMLElement, rows: readonly Row[], options: TableOptions<Row>): void {
  const table = tableWith(node, options.columns) ?? node.appendChild(emptyTable(node, options));
  const body = table.tBodies[0]!;
  const existing = new Map([...body.rows].map((row) => [row.dataset['key'], row]));
  let next = body.firstElementChild;
  for (const row of rows) {
    const key = options.key(row);
    const element = existing.get(key) ?? newRow(key, options);
    existing.delete(key);
    drawRow(element, row, options);
    if (element === next) next = next.nextElementSibling;
    else body.insertBefore(element, next);
  }
  for (const gone of existing.values()) gone.remove();
  setAttributes(table, options.attributes);
  setWidths(table, options.columns);
  drawHeads(table, options);
  markSort(table, options);
  sortable.set(table, (title, event) => {
    if (options.onTitle) {
      options.onTitle(title, event);
      return;
    }
    const column = options.columns.find((candidate) => candidate.title === title);
    if (column) options.onSort?.(nextSort(column, options.sort));
  });
  const rowOf = (key: string) => rows.find((candidate) => options.key(candidate) === key);
  selectable.set(table, (key, event) => {
    const row = rowOf(key);
    if (row) options.onSelect?.(row, event);
  });
  openable.set(table, (key) => {
    const row = rowOf(key);
    if (row) options.onOpen?.(row);
  });
  if (options.onSelect) updateRoving(body, 'tr', '[aria-selected="true"]');
}

function setAttributes(node: Element, attributes: Attributes = {}): void {
  for (const [name, value] of Object.entries(attributes)) {
    setAttribute(node, name, typeof value === 'number' ? String(value) : value);
  }
}

/** Returns the table in a node if its columns have these titles, else null. */
function tableWith<Row>(node: HTMLElement, columns: readonly Column<Row>[]): HTMLTableElement | null {
  const table = node.querySelector('table');
  const titles = [...(table?.tHead?.rows[0]?.cells ?? [])].map(({ textContent }) => textContent);
  return titles.join('\n') === columns.map(({ title }) => title).join('\n') ? table : null;
}

/** For each table, selects a row. Every drawing replaces the function by one that uses the newest options. */
const selectable = new WeakMap<Element, (key: string, event?: MouseEvent) => void>();
/** For each table, opens a row. */
const openable = new WeakMap<Element, (key: string) => void>();
/** For each table, changes the order after a click on a title. */
const sortable = new WeakMap<Element, (title: string, event: MouseEvent | KeyboardEvent) => void>();

function emptyTable<Row>(
  node: HTMLElement,
  { columns, label, onSelect, onOpen, onSort, onTitle }: TableOptions<Row>,
): HTMLTableElement {
  const sorts = onSort !== undefined || onTitle !== undefined;
  const heads = columns.map(({ title, hint, numeric, value, className }) =>
    h(
      'th',
      { scope: 'col', title: hint, class: classOf({ numeric, className }) },
      sorts && value ? h('button', { type: 'button', class: 'sort' }, title) : title,
    ),
  );
  const body = h('tbody');
  const table = h(
    'table',
    { 'aria-label': label, role: onSelect && 'grid' },
    h('thead', {}, h('tr', {}, ...heads)),
    body,
  );
  const fixed = fixedColumns(columns);
  if (fixed) table.prepend(fixed);
  node.replaceChildren(table);
  if (sorts) bindSorting(table);
  if (onSelect) {
    const select = (target: Element, event?: MouseEvent) =>
      selectable.get(table)?.(target.getAttribute('data-key') ?? '', event);
    const open = (target: Element) => openable.get(table)?.(target.getAttribute('data-key') ?? '');
    rove(body, {
      items: 'tr',
      moved: (row) => {
        select(row);
      },
      press: (row) => {
        if (onOpen) open(row);
        else select(row);
      },
    });
    body.addEventListener('click', (event) => {
      const row = (event.target as Element).closest('tr');
      if (row) select(row, event);
    });
    body.addEventListener('dblclick', ({ target }) => {
      const row = (target as Element).closest('tr');
      if (row) open(row);
    });
  }
  return table;
}

/** Makes the titles of columns one tab stop. Arrow keys move between the titles. */
function bindSorting(table: HTMLTableElement): void {
  const press = (target: Element, event: MouseEvent | KeyboardEvent) =>
    sortable.get(table)?.(target.textContent, event);
  rove(table.tHead!, { items: 'button.sort', press });
  table.tHead!.addEventListener('click', (event) => {
    const title = (event.target as Element).closest('button.sort');
    if (title) press(title, event);
  });
  updateRoving(table.tHead!, 'button.sort');
}

/** Returns the widths of the columns as an element, if every column has one. The table then is as wide as its columns. */
function fixedColumns<Row>(columns: readonly Column<Row>[]): HTMLElement | undefined {
  if (columns.length === 0 || columns.some(({ width }) => width === undefined)) return undefined;
  return h('colgroup', {}, ...columns.map(() => h('col')));
}

function setWidths<Row>(table: HTMLTableElement, columns: readonly Column<Row>[]): void {
  const cols = table.querySelectorAll('col');
  if (cols.length !== columns.length) return;
  let total = 0;
  columns.forEach(({ width = 0 }, place) => {
    total += width;
    cols[place]!.style.width = `${width}px`;
  });
  table.style.width = `${total}px`;
  table.style.tableLayout = 'fixed';
}

function drawHeads<Row>(table: HTMLTableElement, { columns, drawHead }: TableOptions<Row>): void {
  if (!drawHead) return;
  columns.forEach((column, place) => {
    drawHead(table.tHead!.rows[0]!.cells[place]!, column);
  });
}

function markSort<Row>(table: HTMLTableElement, { columns, sort, onSort }: TableOptions<Row>): void {
  if (!onSort) return;
  columns.forEach(({ title, value }, place) => {
    const order = sort?.column === title ? (sort.descending ? 'descending' : 'ascending') : 'none';
    setAttribute(table.tHead!.rows[0]!.cells[place]!, 'aria-sort', value ? order : undefined);
  });
}

function classOf({
  numeric,
  className,
}: {
  numeric?: boolean | undefined;
  className?: string | undefined;
}): string | undefined {
  return [numeric && 'numeric', className].filter(Boolean).join(' ') || undefined;
}

function newRow<Row>(key: string, { columns, onSelect }: TableOptions<Row>): HTMLTableRowElement {
  const cells = columns.map((column) => h('td', { class: classOf(column) }));
  return h('tr', { 'data-key': key, tabindex: onSelect && '-1' }, ...cells);
}

/** The row that each element showed last. */
const drawn = new WeakMap<Element, unknown>();

function drawRow<Row>(
  element: HTMLTableRowElement,
  row: Row,
  { columns, key, selected, selection, onSelect, stable, rowAttributes }: TableOptions<Row>,
) {
  setAttributes(element, rowAttributes?.(row));
  const isSelected = selection ? selection.has(key(row)) : key(row) === selected;
  if (onSelect) setAttribute(element, 'aria-selected', String(isSelected));
  if (stable && drawn.get(element) === row) return;
  drawn.set(element, row);
  columns.forEach(({ text, draw }, place) => {
    const cell = element.cells[place]!;
    if (draw) draw(cell, row);
    else setText(cell, text?.(row) ?? '');
  });
}
