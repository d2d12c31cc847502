/** A table of thousands of rows, of which only those in view are drawn. Its rows can be a tree with groups that collapse. */
import { Disposables, type Disposable } from '../dispose';
import { h } from '../dom';
import { drawTable, type TableOptions } from './table';

export interface LongRow {
  key: string;
  /** Depth in the tree, from 0. */
  depth: number;
  /** Given only for groups: whether the rows of the group are listed. */
  expanded?: boolean;
}

type Passed = 'columns' | 'label' | 'selection' | 'sort' | 'onSort' | 'onTitle' | 'drawHead';

export interface LongTableOptions<Row extends LongRow> extends Pick<TableOptions<Row>, Passed> {
  rows: readonly Row[];
  selected?: string | undefined;
  /** Called for a click on a row, and when an arrow key moves to it. */
  choose: (row: Row, event?: MouseEvent | KeyboardEvent) => void;
  /** Called for each key on a row, before anything else. Returns whether it has handled the key. */
  key?: (event: KeyboardEvent, row: Row) => boolean;
  /** Called for Enter, space or a double click on a row that is no group. */
  open?: (row: Row) => void;
  /** Called when a group is to be expanded or collapsed. */
  toggle?: (row: Row) => void;
}

/** Tables of at most this many rows are drawn as a whole. */
const WHOLE = 200;
/** Rows that are drawn above and below the view. */
const SPARE = 8;

export class LongTable<Row extends LongRow> implements Disposable {
  readonly #node: HTMLElement;
  readonly #owned = new Disposables();
  #options: LongTableOptions<Row> | undefined;
  #places = new Map<string, number>();
  #rowHeight = 20;
  #frame: number | undefined;
  /** The row that has the focus, or had it before it was scrolled out of view. */
  #active: string | undefined;

  /** `node` is the element that scrolls. */
  constructor(node: HTMLElement) {
    this.#node = node;
    node.tabIndex = -1;
    // The browser would scroll further to hold a row that was drawn, when the space above it changes.
    node.style.setProperty('overflow-anchor', 'none');
    this.#owned.listen(node, 'scroll', this.#later);
    this.#owned.listen(node, 'focusin', ({ target }) => {
      this.#active = (target as Element).closest('tr')?.dataset['key'] ?? this.#active;
    });
    node.addEventListener('keydown', this.#key, { capture: true });
    this.#owned.listen(node, 'dblclick', this.#doubleClick);
    const observer = new ResizeObserver(this.#later);
    observer.observe(node);
    this.#owned.add({
      dispose: () => {
        observer.disconnect();
        node.removeEventListener('keydown', this.#key, { capture: true });
        if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
      },
    });
  }

  dispose(): void {
    this.#owned.dispose();
  }

  show(options: LongTableOptions<Row>): void {
    const same = this.#options?.rows === options.rows;
    this.#options = options;
    if (!same) this.#places = new Map(options.rows.map(({ key }, place) => [key, place]));
    this.#draw();
    const height = this.#node.querySelector('tbody tr')?.getBoundingClientRect().height;
    if (!height || height === this.#rowHeight) return; // hidden, or as before
    this.#rowHeight = height;
    this.#draw();
  }

  /** Shows another content instead of rows, until the next `show`. */
  clear(content: HTMLElement): void {
    this.#options = undefined;
    this.#places.clear();
    this.#node.replaceChildren(content);
  }

  /** Scrolls as little as possible so that a row is in view. */
  reveal(key: string): void {
    const place = this.#places.get(key);
    if (place === undefined) return;
    const head = this.#node.querySelector('thead')?.clientHeight ?? 0;
    const most = place * this.#rowHeight;
    const least = most + this.#rowHeight + head - this.#node.clientHeight;
    this.#node.scrollTop = Math.min(most, Math.max(least, this.#node.scrollTop));
    this.#draw();
  }

  readonly #later = (): void => {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      if ((this.#options?.rows.length ?? 0) > WHOLE) this.#draw();
    });
  };

  #draw(): void {
    const options = this.#options;
    if (!options) return;
    const { rows, selected, ...passed } = options;
    const [from, to] = this.#visible(rows.length);
    const isTree = rows.some(({ depth, expanded }) => depth > 0 || expanded !== undefined);
    const hadFocus = this.#node.contains(document.activeElement);
    drawTable(this.#node, rows.slice(from, to), {
      ...passed,
      key: ({ key }) => key,
      stable: true, // a changed row is another object
      ...(selected !== undefined && { selected }),
      onSelect: (row, event) => {
        if (row.expanded !== undefined) options.toggle?.(row);
        options.choose(row, event);
      },
      attributes: {
        role: isTree ? 'treegrid' : 'grid',
        'aria-rowcount': rows.length + 1,
        'aria-multiselectable': passed.selection && 'true',
      },
      rowAttributes: (row) => ({
        'aria-rowindex': this.#places.get(row.key)! + 2, // the first row is the head
        'aria-level': isTree && row.depth + 1,
        'aria-expanded': row.expanded === undefined ? undefined : String(row.expanded),
      }),
    });
    this.#space({ above: from * this.#rowHeight, below: (rows.length - to) * this.#rowHeight });
    // The row with the focus was scrolled out of view. The keyboard still works from here.
    if (hadFocus && !this.#node.contains(document.activeElement)) this.#node.focus({ preventScroll: true });
  }

  #visible(count: number): [from: number, to: number] {
    if (count <= WHOLE) return [0, count];
    const first = Math.floor(this.#node.scrollTop / this.#rowHeight) - SPARE;
    const shown = Math.ceil((this.#node.clientHeight || window.innerHeight) / this.#rowHeight) + 2 * SPARE;
    const from = Math.max(0, Math.min(first, count - shown));
    return [from, Math.min(count, from + shown)];
  }

  /** Reserves the height of the rows that are not drawn. */
  #space(heights: { above: number; below: number }): void {
    const table = this.#node.querySelector('table')!;
    const foot = table.tFoot ?? table.createTFoot();
    const spaces = [
      { section: table.tHead!, height: heights.above },
      { section: foot, height: heights.below },
    ];
    for (const { section, height } of spaces) {
      const existing = section.querySelector<HTMLElement>('tr.space');
      if (height === 0) existing?.remove();
      else (existing ?? section.appendChild(spaceRow())).style.height = `${height}px`;
    }
  }

  readonly #doubleClick = ({ target }: MouseEvent): void => {
    const row = this.#rowOf((target as Element).closest<HTMLElement>('tbody tr')?.dataset['key']);
    if (row && row.expanded === undefined) this.#options?.open?.(row);
  };

  #rowOf(key: string | undefined): Row | undefined {
    const place = key === undefined ? undefined : this.#places.get(key);
    return place === undefined ? undefined : this.#options?.rows[place];
  }

  readonly #key = (event: KeyboardEvent): void => {
    const { target, key, ctrlKey, metaKey, altKey } = event;
    const here = target === this.#node ? this.#active : (target as HTMLElement).dataset['key'];
    const row = this.#rowOf(here);
    if (!row) return;
    if (this.#options?.key?.(event, row)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (ctrlKey || metaKey || altKey) return;
    const place = this.#places.get(row.key)!;
    const to = this.#destination(key, row, place);
    if (to !== undefined) this.#move(to, event);
    else if (!this.#pressed(key, row)) return;
    event.preventDefault();
    event.stopPropagation();
  };

  /** Returns the place to which a key moves from a row. */
  #destination(key: string, row: Row, place: number): number | undefined {
    const { rows } = this.#options!;
    const page = Math.max(1, Math.floor(this.#node.clientHeight / this.#rowHeight) - 2);
    switch (key) {
      case 'ArrowDown':
        return place + 1;
      case 'ArrowUp':
        return place - 1;
      case 'PageDown':
        return place + page;
      case 'PageUp':
        return place - page;
      case 'Home':
        return 0;
      case 'End':
        return rows.length - 1;
      case 'ArrowLeft':
        return row.expanded ? undefined : parentOf(rows, place);
      case 'ArrowRight':
        return row.expanded ? place + 1 : undefined;
      default:
        return undefined;
    }
  }

  /** Handles the keys that act on a row. Returns whether the key is one of them. */
  #pressed(key: string, row: Row): boolean {
    const { toggle, open } = this.#options!;
    if (key === 'ArrowLeft' || key === 'ArrowRight') {
      if (row.expanded === (key === 'ArrowLeft')) toggle?.(row);
      return true;
    }
    if (key !== 'Enter' && key !== ' ') return false;
    if (row.expanded !== undefined) toggle?.(row);
    else open?.(row);
    return true;
  }

  #move(to: number, event: KeyboardEvent): void {
    const { rows, choose } = this.#options!;
    const row = rows[Math.min(rows.length - 1, Math.max(0, to))];
    if (!row) return;
    this.#active = row.key;
    choose(row, event);
    this.reveal(row.key);
    this.#node.querySelector<HTMLElement>(`tr[data-key="${CSS.escape(row.key)}"]`)?.focus({ preventScroll: true });
  }
}

/** Returns the place of the group of a row. */
function parentOf(rows: readonly LongRow[], place: number): number | undefined {
  const depth = rows[place]!.depth;
  for (let at = place - 1; at >= 0; at--) if (rows[at]!.depth < depth) return at;
  return undefined;
}

function spaceRow(): HTMLTableRowElement {
  return h('tr', { class: 'space', 'aria-hidden': 'true' }, h('td'));
}
