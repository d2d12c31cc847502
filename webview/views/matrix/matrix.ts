/** The panel of several checkpoints: a matrix with a cell for each pair, and a table of the pairs. */
import { namesOf } from '../../../engine/vocabulary/fileNames';
import type { MatrixPair, UnreadableFile } from '../../../engine/protocol';
import { Disposables } from '../../dispose';
import { h, setText } from '../../dom';
import { Persistent } from '../../latest';
import { choice } from '../../parts/choice';
import { drawWarnings, errorState, progressLine, warningList } from '../../parts/message';
import { sorted, type Sort } from '../../parts/sorting';
import { ListNames } from '../../parts/names';
import { drawTable, type Column } from '../../parts/table';
import { tableButtons } from '../../parts/tableTools';
import type { PanelState } from '../../protocol';
import { readTheme } from '../../theme';
import { chosen } from '../checkpoint/choices';
import { HeatFigure, type Place } from '../heatFigure';
import { rememberedNumber, rememberedWord, type Mount, type ViewContext } from '../view';
import {
  matrixFinding,
  matrixHeatmap,
  MEASURE_WORDS,
  MEASURES,
  namedPairs,
  pairColumns,
  pairsTable,
  type Matrix,
  type Measure,
  type NamedPair,
} from './matrixData';

type State = Extract<PanelState, { view: 'matrix' }>;

/** Shows how each checkpoint differs from each other one. */
export const mountMatrix: Mount<State> = (root, state, context) => new MatrixView(root, state, context).owned;

const IN_ORDER: Sort = { column: 'B', descending: false };

class MatrixView {
  readonly owned = new Disposables();
  readonly #files: readonly string[];
  readonly #names: readonly string[];
  readonly #columns: Column<NamedPair>[];
  readonly #context: ViewContext;
  readonly #comparing: Persistent;
  readonly #progress = progressLine();
  readonly #finding = h('p', { class: 'finding', role: 'status' });
  readonly #warnings = warningList();
  readonly #error = h('div');
  readonly #list = h('div', { class: 'scroll' });
  readonly #heat: HeatFigure;
  #pairs: MatrixPair[] = [];
  #unreadable: UnreadableFile[] = [];
  #measure: Measure;
  #place: Place;
  #sort: Sort;

  constructor(root: HTMLElement, { files }: State, context: ViewContext) {
    const { host, memory } = context;
    this.#files = files;
    this.#names = namesOf(files);
    this.#columns = pairColumns(new ListNames(this.#names));
    this.#context = context;
    this.#measure = rememberedWord(memory, 'measure', MEASURES);
    this.#sort = (memory['sort'] as Sort | undefined) ?? IN_ORDER;
    this.#place = { row: rememberedNumber(memory, 'row', 1), column: rememberedNumber(memory, 'column', 0) };
    this.#comparing = this.owned.add(new Persistent(host));
    this.#heat = this.#heatFigure();
    this.owned.add(this.#heat.figure);
    this.#build(root);
    this.#compare(1);
  }

  get #matrix(): Matrix {
    return { names: this.#names, pairs: this.#pairs, unreadable: this.#unreadable };
  }

  #build(root: HTMLElement): void {
    const { host } = this.#context;
    const items = MEASURES.map((value) => ({ value, label: MEASURE_WORDS[value].label }));
    const choose = (measure: Measure) => {
      this.#measure = measure;
      host.remember({ measure });
      this.#heat.figure.refresh();
    };
    const title = h('h1', {}, `Compare · ${this.#files.length} checkpoints`);
    const header = h('header', { class: 'run-header' }, title, this.#finding, this.#warnings);
    const measures = choice({ label: 'What the cells show', items, chosen: this.#measure, choose });
    const controls = h('div', { class: 'series-controls' }, measures);
    const exports = tableButtons({
      host,
      file: () => 'pairs',
      data: () => pairsTable(this.#matrix),
      provenance: () => ({ title: `Pairs of ${this.#files.length} checkpoints`, files: this.#files }),
      failed: () => undefined,
    });
    const tools = h('div', { class: 'figure-tools', role: 'toolbar', 'aria-label': 'Pairs: export' }, ...exports);
    const heading = h('header', {}, h('h2', {}, 'Pairs'), tools);
    const table = h('section', { class: 'pairs', 'aria-label': 'Pairs' }, heading, this.#list);
    root.replaceChildren(
      this.#progress,
      header,
      controls,
      this.#error,
      h('div', { class: 'matrix' }, this.#heat.figure.element, table),
    );
    this.#refresh();
  }

  #heatFigure(): HeatFigure {
    return new HeatFigure({
      host: this.#context.host,
      title: 'Matrix of checkpoints',
      file: () => `matrix-${this.#measure}`,
      files: () => this.#files,
      heading: () => MEASURE_WORDS[this.#measure].title,
      caption: () => MEASURE_WORDS[this.#measure].caption,
      data: () => matrixHeatmap(this.#matrix, this.#measure, readTheme()),
      selected: () => this.#place,
      select: (place) => {
        this.#place = place;
        this.#context.host.remember({ ...place });
        this.#refresh();
      },
      open: ({ row, column }) => {
        this.#open(Math.min(row, column), Math.max(row, column));
      },
    });
  }

  /** Compares the files row by row, so that cells appear one after another. */
  #compare(row: number): void {
    const { host } = this.#context;
    if (row >= this.#files.length) {
      this.#progress.remove();
      return;
    }
    const files = this.#files.map((file) => {
      const { state } = host.choicesOf(file);
      return chosen(file, state === undefined ? {} : { state });
    });
    const maps = host.matched;
    const params = { files, row, ...(maps.length > 0 && { maps }) };
    this.#comparing.ask(() => host.request('checkpoint/matrix', params), {
      done: ({ pairs, unreadable = [] }) => {
        this.#error.replaceChildren();
        this.#pairs = [...this.#pairs, ...pairs];
        this.#unreadable = [...this.#unreadable, ...unreadable];
        this.#refresh();
        this.#compare(row + 1);
      },
      failed: (error) => {
        this.#error.replaceChildren(errorState(error, this.#comparing.retry));
      },
    });
  }

  #open(a: number, b: number): void {
    const [fileA, fileB] = [this.#files[a], this.#files[b]];
    if (a !== b && fileA !== undefined && fileB !== undefined)
      this.#context.host.act({ action: 'compare', a: fileA, b: fileB });
  }

  #refresh(): void {
    const all = (this.#files.length * (this.#files.length - 1)) / 2;
    const done = this.#pairs.length === all;
    setText(this.#finding, done ? matrixFinding(this.#matrix) : `Comparing… ${this.#pairs.length} of ${all} pairs.`);
    drawWarnings(this.#warnings, [...new Set(this.#pairs.flatMap(({ warnings = [] }) => warnings))]);
    this.#heat.figure.refresh();
    this.#drawList();
  }

  #drawList(): void {
    const { row, column } = this.#place;
    const keyOf = (a: number, b: number) => `${Math.min(a, b)} ${Math.max(a, b)}`;
    drawTable(this.#list, sorted(namedPairs(this.#matrix), this.#columns, this.#sort), {
      columns: this.#columns,
      key: ({ a, b }) => keyOf(a, b),
      label: 'Pairs',
      selected: keyOf(row, column),
      sort: this.#sort,
      onSort: (sort) => {
        this.#sort = sort;
        this.#context.host.remember({ sort });
        this.#drawList();
      },
      onSelect: ({ a, b }) => {
        this.#place = { row: b, column: a };
        this.#context.host.remember({ ...this.#place });
        this.#refresh();
      },
      onOpen: ({ a, b }) => {
        this.#open(a, b);
      },
    });
  }
}
