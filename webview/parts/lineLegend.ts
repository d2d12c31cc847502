/** The legend of a line chart as a small table: a row for each line, with its value at the right edge. A row hides and shows its line. */
import { drawLineSwatch, type LineSwatch } from '../charts/swatch';
import { h, setAttribute, setText } from '../dom';
import { rove, updateRoving } from './roving';

export interface LegendRow extends LineSwatch {
  key: string;
  name: string;
  /** Explains the row, as its tooltip. */
  tip: string;
  /** One text for each column. */
  values: readonly string[];
  hidden: boolean;
}

export interface LegendColumn {
  title: string;
  hint: string;
}

export interface LegendActions {
  /** Hides or shows a line. */
  toggle: (key: string) => void;
  /** Brings a line to the front while its row has the pointer or the focus. */
  bring: (key: string | undefined) => void;
}

export class LineLegend {
  readonly element = h('table', { class: 'line-legend' });
  readonly #head = h('tr');
  readonly #body = h('tbody');
  readonly #actions: LegendActions;

  constructor(title: string, actions: LegendActions) {
    this.#actions = actions;
    this.element.append(h('thead', {}, this.#head), this.#body);
    this.element.setAttribute('aria-label', `${title}: legend`);
    rove(this.#body, { items: 'button', press: this.#toggle });
    this.#body.addEventListener('click', ({ target }) => {
      this.#toggle(target as Element);
    });
    for (const event of ['pointerover', 'focusin'] as const)
      this.#body.addEventListener(event, ({ target }) => {
        actions.bring(keyOf(target as Element));
      });
    for (const event of ['pointerleave', 'focusout'] as const)
      this.#body.addEventListener(event, () => {
        actions.bring(undefined);
      });
  }

  /** Draws the rows in their order. Rows of lines that stay keep the focus. */
  draw(columns: readonly LegendColumn[], rows: readonly LegendRow[]): void {
    const heads = columns.map(({ title, hint }) =>
      h('th', { scope: 'col', class: 'numeric written', title: hint }, title),
    );
    this.#head.replaceChildren(h('td'), ...heads);
    const existing = new Map([...this.#body.rows].map((row) => [row.dataset['row'], row]));
    const drawn = rows.map((row) => {
      const element = existing.get(row.key) ?? newRow(row.key);
      drawRow(element, row);
      return element;
    });
    const isSame = drawn.length === this.#body.rows.length && drawn.every((row, i) => row === this.#body.rows[i]);
    if (!isSame) this.#reorder(drawn);
    updateRoving(this.#body, 'button');
  }

  /** Moving a row takes the focus from it. */
  #reorder(rows: readonly HTMLElement[]): void {
    const focused = this.#body.contains(document.activeElement) ? document.activeElement : null;
    this.#body.replaceChildren(...rows);
    if (focused instanceof HTMLElement && focused !== document.activeElement) focused.focus();
  }

  readonly #toggle = (target: Element): void => {
    const key = keyOf(target);
    if (key !== undefined) this.#actions.toggle(key);
  };
}

function keyOf(target: Element): string | undefined {
  return target.closest('tr')?.dataset['row'];
}

function newRow(key: string): HTMLTableRowElement {
  const sign = h('span', { class: 'line-sign' });
  const name = h('button', { type: 'button', class: 'line-name' }, sign, h('span', { class: 'written' }));
  return h('tr', { 'data-row': key }, h('th', { scope: 'row' }, name));
}

function drawRow(element: HTMLTableRowElement, { name, tip, values, hidden, ...swatch }: LegendRow): void {
  const label = element.querySelector('button')!;
  drawLineSwatch(label.querySelector<HTMLElement>('.line-sign')!, swatch);
  setText(label.querySelector('.written')!, name);
  setAttribute(label, 'aria-pressed', String(!hidden));
  label.title = `${tip}\n${hidden ? 'Click to show it.' : 'Click to hide it.'}`;
  element.classList.toggle('hidden-line', hidden);
  while (element.cells.length > values.length + 1) element.cells[element.cells.length - 1]!.remove();
  values.forEach((value, place) => {
    const cell = element.cells[place + 1] ?? element.appendChild(h('td', { class: 'numeric written' }));
    setText(cell, value);
  });
}
