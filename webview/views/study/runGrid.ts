/**
 * The matrix of runs: a canvas that shows the cells in view, and above it one cell of an accessible grid, which has the focus. Ten thousand
 * runs scroll as smoothly as ten.
 */
import type { StudyRunRow } from '../../../engine/protocol';
import { canvasOf } from '../../charts/heatmap';
import { Disposables, type Disposable } from '../../dispose';
import { h } from '../../dom';
import { hideTip, showTip } from '../../parts/tooltip';
import { onThemeChange } from '../../theme';
import { cellTip } from './cellWords';
import { GridFocus } from './gridFocus';
import { cellAt, type GridCell, type GridRow, type RunGrid } from './grid';
import {
  clamped,
  HEAD_HEIGHT,
  keyMove,
  layoutGrid,
  placeAt,
  revealed,
  ROW_HEIGHT,
  type GridLayout,
  type Place,
  type View,
} from './gridLayout';
import { gridColors, paintGrid, type GridColors } from './gridPaint';

export interface RunGridOptions {
  /** Opens a cell: called for a click and for Enter. */
  open: (cell: GridCell) => void;
  /** Called when the focus moves to a cell. */
  moved: (place: Place) => void;
  note: (row: GridRow) => string | undefined;
}

export class RunGridView implements Disposable {
  readonly element = h('div', { class: 'run-grid', role: 'grid', 'aria-label': 'Matrix of runs' });
  readonly #sizer = h('div', { class: 'run-grid-sizer', role: 'presentation' });
  readonly #focus = new GridFocus(this.#sizer);
  readonly #owned = new Disposables();
  readonly #options: RunGridOptions;
  #grid: RunGrid = { heads: [], columns: [], rows: [] };
  #runs: ReadonlyMap<string, StudyRunRow> = new Map();
  #layout: GridLayout | undefined;
  #colors: GridColors | undefined;
  #frame: number | undefined;
  #place: Place;
  #hovered: number | undefined;

  constructor(options: RunGridOptions, place: Place) {
    this.#options = options;
    this.#place = place;
    this.element.append(this.#sizer);
    const { element } = this;
    this.#owned.listen(element, 'scroll', this.#later);
    this.#owned.listen(element, 'pointermove', this.#point);
    this.#owned.listen(element, 'pointerleave', () => {
      this.#hover(undefined);
      hideTip();
    });
    this.#owned.listen(element, 'click', this.#click);
    this.#owned.listen(element, 'keydown', this.#key);
    this.#owned.listen(element, 'focusin', this.#later);
    this.#owned.listen(element, 'focusout', () => {
      hideTip();
      this.#later();
    });
    this.#owned.add(
      onThemeChange(() => {
        this.#colors = undefined;
        this.#later();
      }),
    );
    const observer = new ResizeObserver(() => {
      this.#layout = undefined;
      this.#later();
    });
    observer.observe(element);
    this.#owned.add({
      dispose: () => {
        observer.disconnect();
        if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
      },
    });
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** Shows other runs. Their states may be new while the grid is the same. */
  show(grid: RunGrid, runs: ReadonlyMap<string, StudyRunRow>): void {
    if (grid !== this.#grid) {
      this.#layout = undefined;
      this.#grid = grid;
      this.#place = clamped(grid, this.#place);
      this.element.setAttribute('aria-rowcount', String(grid.rows.length));
      this.element.setAttribute('aria-colcount', String(grid.columns.length));
    }
    this.#runs = runs;
    this.#focusCell(false);
    this.#later();
  }

  /** Moves the focus to the next cell, in reading order, whose content passes a test. Returns whether there is one. */
  seek(passes: (cell: GridCell) => boolean): boolean {
    const [rows, columns] = [this.#grid.rows.length, this.#grid.columns.length];
    const from = this.#place.row * columns + this.#place.column;
    for (let step = 1; step <= rows * columns; step++) {
      const at = (from + step) % (rows * columns);
      const place = { row: Math.floor(at / columns), column: at % columns };
      const cell = cellAt(this.#grid, place, this.#runs);
      if (!cell || !passes(cell)) continue;
      this.#move(place);
      return true;
    }
    return false;
  }

  readonly #later = (): void => {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#draw();
    });
  };

  get #view(): View {
    const { scrollLeft: x, scrollTop: y, clientWidth: width, clientHeight: height } = this.element;
    return { x, y, width, height };
  }

  #draw(): void {
    if (this.element.clientWidth === 0 || this.#grid.rows.length === 0) return;
    const layout = this.#measured();
    const view = this.#view;
    this.#colors ??= gridColors(this.element);
    const focused = document.activeElement !== null && this.element.contains(document.activeElement);
    const marked = new Set([this.#hovered, focused ? this.#place.row : undefined].filter((row) => row !== undefined));
    const { note } = this.#options;
    const painted = { grid: this.#grid, layout, view, runs: this.#runs, colors: this.#colors, marked, note };
    paintGrid(canvasOf(this.#sizer, view), painted);
  }

  #measured(): GridLayout {
    if (this.#layout) return this.#layout;
    const noted = this.#grid.rows.some((row) => this.#options.note(row) !== undefined);
    let layout = layoutGrid(this.#grid, this.element.clientWidth, noted);
    this.#sizer.style.height = `${layout.height}px`;
    // Only now is it known whether there is a scroll bar at the side.
    if (this.element.clientWidth < layout.width) layout = layoutGrid(this.#grid, this.element.clientWidth, noted);
    this.#sizer.style.width = `${layout.width}px`;
    this.#layout = layout;
    this.#focusCell(false);
    return layout;
  }

  #focusCell(moved: boolean): void {
    const { rows, columns } = this.#grid;
    if (!this.#layout || rows.length === 0 || columns.length === 0) return;
    const cell = cellAt(this.#grid, this.#place, this.#runs);
    const label = cell ? cellTip(cell).replaceAll('\n', '; ') : 'no run';
    this.#focus.show(this.#place, this.#layout, { label, moved });
  }

  #move(to: Place): void {
    const layout = this.#measured();
    this.#place = clamped(this.#grid, to);
    const { x, y } = revealed(layout, this.#place, this.#view);
    this.element.scrollTo({ left: x, top: y, behavior: 'instant' });
    this.#focusCell(true);
    this.#options.moved(this.#place);
    this.#later();
    const cell = cellAt(this.#grid, this.#place, this.#runs);
    const { right, top } = this.#focus.box!;
    if (cell) showTip(cellTip(cell), right, top);
    else hideTip();
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.altKey || event.metaKey) return;
    const cell = cellAt(this.#grid, this.#place, this.#runs);
    if ((event.key === 'Enter' || event.key === ' ') && cell) this.#options.open(cell);
    else {
      const to = this.#destination(event.key, event.ctrlKey);
      if (!to) return;
      this.#move(to);
    }
    event.preventDefault();
    event.stopPropagation();
  };

  #destination(key: string, whole: boolean): Place | undefined {
    const page = Math.max(1, Math.floor((this.element.clientHeight - HEAD_HEIGHT) / ROW_HEIGHT) - 1);
    const { rows, columns } = this.#grid;
    return keyMove(key, this.#place, { rows: rows.length, columns: columns.length, page, whole });
  }

  #placeOf(event: MouseEvent) {
    const { left, top } = this.element.getBoundingClientRect();
    return this.#layout && placeAt(this.#layout, this.#view, [event.clientX - left, event.clientY - top]);
  }

  #hover(row: number | undefined): void {
    if (row === this.#hovered) return;
    this.#hovered = row;
    this.#later();
  }

  readonly #point = (event: PointerEvent): void => {
    const place = this.#placeOf(event);
    this.#hover(place?.row);
    const { row, column } = place ?? {};
    const cell =
      row === undefined || column === undefined ? undefined : cellAt(this.#grid, { row, column }, this.#runs);
    this.element.style.cursor = cell ? 'pointer' : '';
    const note = row === undefined || column !== undefined ? undefined : this.#options.note(this.#grid.rows[row]!);
    const tip = cell ? cellTip(cell) : note;
    if (tip === undefined) hideTip();
    else showTip(tip, event.clientX, event.clientY);
  };

  readonly #click = (event: MouseEvent): void => {
    const { row, column } = this.#placeOf(event) ?? {};
    if (row === undefined || column === undefined) return;
    this.#move({ row, column });
    hideTip();
    const cell = cellAt(this.#grid, { row, column }, this.#runs);
    if (cell) this.#options.open(cell);
  };
}
