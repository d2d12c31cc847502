/** A figure with a heatmap of layers × rounds. Cells have tooltips, and can be chosen with the mouse or the arrow keys. */
import { cellAt, drawHeatmap, heightOf, numberOf, type HeatmapData, type HeatmapLayout } from '../charts/heatmap';
import type { Host } from '../host';
import { emptyState } from '../parts/message';
import type { DataTable } from '../parts/dataTable';
import { Figure, type Size } from '../parts/figure';
import { hideTip, showTip } from '../parts/tooltip';

export interface Place {
  row: number;
  column: number;
}

export interface HeatFigureOptions {
  host: Host;
  title: string;
  file: string | (() => string);
  files?: () => readonly string[];
  heading?: () => string;
  caption: () => string;
  /** Controls beside the title. */
  controls?: HTMLElement;
  /** Returns the heatmap, or a sentence to show if there is no heatmap yet. */
  data: () => HeatmapData | string;
  selected: () => Partial<Place>;
  select: (place: Place) => void;
  /** Opens a cell: called for a click, and for Enter on the selected cell. */
  open?: (place: Place) => void;
}

const MOVES: Record<string, readonly [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

/** A figure that draws its heatmap and reports the chosen cell to `select`. */
export class HeatFigure {
  readonly figure: Figure;
  readonly #options: HeatFigureOptions;
  #drawn: { data: HeatmapData; layout: HeatmapLayout } | undefined;

  constructor(options: HeatFigureOptions) {
    this.#options = options;
    this.figure = new Figure({ ...options, draw: this.#draw, data: () => tableOf(options.data()) });
    const { body } = this.figure;
    body.tabIndex = 0;
    body.setAttribute('role', 'application');
    body.addEventListener('pointermove', (event) => {
      this.#point(event);
    });
    body.addEventListener('pointerleave', hideTip);
    body.addEventListener('blur', hideTip);
    body.addEventListener('click', (event) => {
      const place = this.#placeOf(event);
      if (!place) return;
      options.select(place);
      options.open?.(place);
    });
    body.addEventListener('keydown', (event) => {
      this.#move(event);
    });
  }

  readonly #draw = (body: HTMLElement, size: Size): void => {
    const data = this.#options.data();
    body.setAttribute('aria-label', this.#options.title);
    if (typeof data === 'string') {
      this.#drawn = undefined;
      body.style.height = '';
      body.replaceChildren(emptyState(data));
      return;
    }
    body.querySelector('.empty')?.remove();
    body.style.height = `${heightOf(data)}px`; // the caption follows the cells
    const layout = drawHeatmap(body, data, {
      ...size,
      height: heightOf(data),
      label: this.#options.title,
      selected: this.#options.selected(),
    });
    this.#drawn = { data, layout };
  };

  #placeOf(event: MouseEvent): Place | undefined {
    const { left, top } = this.figure.body.getBoundingClientRect();
    return this.#drawn && cellAt(this.#drawn.layout, event.clientX - left, event.clientY - top);
  }

  #point(event: PointerEvent): void {
    const place = this.#placeOf(event);
    if (place) showTip(this.#tip(place), event.clientX, event.clientY);
    else hideTip();
  }

  #tip({ row, column }: Place): string {
    const { data } = this.#drawn!;
    return data.cells[row * data.columns.length + column]?.tip ?? '';
  }

  #move(event: KeyboardEvent): void {
    const { row: atRow, column: atColumn } = this.#options.selected();
    if (event.key === 'Enter' && this.#options.open && atRow !== undefined && atColumn !== undefined) {
      event.preventDefault();
      this.#options.open({ row: atRow, column: atColumn });
      return;
    }
    const move = MOVES[event.key];
    if (!move || !this.#drawn) return;
    event.preventDefault();
    const { layout } = this.#drawn;
    const { row = -move[0], column = layout.columns - 1 - move[1] } = this.#options.selected();
    const place = {
      row: Math.min(layout.rows - 1, Math.max(0, row + move[0])),
      column: Math.min(layout.columns - 1, Math.max(0, column + move[1])),
    };
    this.#options.select(place);
    const { left, top } = this.figure.body.getBoundingClientRect();
    const x = left + layout.left + (place.column + 1) * layout.cellWidth;
    showTip(this.#tip(place), x, top + layout.top + (place.row + 0.5) * layout.cellHeight);
  }
}

function tableOf(data: HeatmapData | string): DataTable {
  if (typeof data === 'string') return { columns: ['nothing yet'], rows: [] };
  const { rows, columns, cells, columnTitle, rowTitle = 'layer', numbered } = data;
  const line = (name: string, row: number) => [
    name + numberOf(row, numbered),
    ...columns.map((_, column) => cells[row * columns.length + column]?.text),
  ];
  return { columns: [rowTitle, ...columns.map((name) => `${columnTitle} ${name}`)], rows: rows.map(line) };
}
