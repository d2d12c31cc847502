/** The panel of a series of checkpoints: layers × checkpoints, and the picture of a chosen layer. */
import type { Series } from '../../../engine/protocol';
import { namesOf } from '../../../engine/vocabulary/fileNames';
import { Disposables } from '../../dispose';
import { button, h, setText } from '../../dom';
import { baseName } from '../../format';
import { Persistent } from '../../latest';
import { choice } from '../../parts/choice';
import { errorState, progressLine } from '../../parts/message';
import type { PanelState } from '../../protocol';
import { readTheme } from '../../theme';
import { ChosenLayer } from '../chosenLayer';
import { HeatFigure } from '../heatFigure';
import { moduleName } from '../picture/source';
import { rememberedNumber, rememberedWord, type Mount, type ViewContext } from '../view';
import { firstColumn, MEASURE_WORDS, measuresOf, seriesFinding, seriesHeatmap, type Measure } from './seriesData';

type State = Extract<PanelState, { view: 'series' }>;

/** Shows what changed from checkpoint to checkpoint. */
export const mountSeries: Mount<State> = (root, state, context) => new SeriesView(root, state, context).owned;

class SeriesView {
  readonly owned = new Disposables();
  readonly #root: HTMLElement;
  readonly #state: State;
  readonly #context: ViewContext;
  readonly #measured: Persistent;
  readonly #layer: ChosenLayer;
  readonly #place = h('output', {});
  #heat: HeatFigure | undefined;
  #slider: HTMLInputElement | undefined;
  #series: Series | undefined;
  #measure: Measure = 'kept';
  /** The chosen layer and checkpoint, as places in the series. */
  #row: number;
  #column: number;

  constructor(root: HTMLElement, state: State, context: ViewContext) {
    this.#root = root;
    this.#state = state;
    this.#context = context;
    this.#row = rememberedNumber(context.memory, 'row', -1);
    this.#column = rememberedNumber(context.memory, 'column', -1);
    this.#measured = this.owned.add(new Persistent(context.host));
    this.#layer = new ChosenLayer({ host: context.host, title: 'Signs', file: 'series' });
    this.owned.add(this.#layer.owned);
    root.replaceChildren(
      progressLine(),
      h('p', { role: 'status' }, 'Comparing the checkpoints. Large files take a while.'),
    );
    const { targets, init } = state;
    this.#measured.ask(
      () => context.host.request('checkpoint/series', { targets, ...(init !== undefined && { init }) }),
      {
        done: this.#build,
        failed: (error) => {
          root.replaceChildren(errorState(error, this.#measured.retry));
        },
      },
    );
  }

  readonly #build = (series: Series): void => {
    this.#series = series;
    const { host, memory } = this.#context;
    const measures = measuresOf(series);
    this.#measure = rememberedWord(memory, 'measure', measures);
    const last = series.checkpoints.length - 1;
    if (this.#column < 0 || this.#column > last) this.#column = last;
    if (this.#row < 0 || this.#row >= series.layers.length) this.#row = 0;
    this.#heat = this.#heatFigure();
    this.owned.add(this.#heat.figure);
    const choose = (measure: Measure) => {
      this.#measure = measure;
      this.#choose(this.#row, this.#column);
    };
    const items = measures.map((value) => ({ value, label: MEASURE_WORDS[value].label }));
    this.#slider = h('input', { type: 'range', min: '0', max: String(last), step: '1', 'aria-label': 'Checkpoint' });
    this.owned.listen(this.#slider, 'input', () => {
      this.#choose(this.#row, Number(this.#slider?.value));
    });
    const controls = h(
      'div',
      { class: 'series-controls' },
      choice({ label: 'What the cells show', items, chosen: this.#measure, choose }),
      h('label', { class: 'slider' }, 'Checkpoint', this.#slider, this.#place),
    );
    const open = () => {
      const file = this.#checkpoint?.file;
      if (file !== undefined) host.act({ action: 'openCheckpoint', file });
    };
    const actions = h(
      'div',
      { class: 'actions' },
      button({ label: 'Open checkpoint', icon: 'go-to-file', text: true, press: open }),
    );
    const notes = [
      ...series.warnings,
      ...(series.skipped.length > 0 ? [`Not part of the series: ${namesOf(series.skipped).join(', ')}.`] : []),
    ].map((note) => h('li', {}, note));
    const header = h(
      'header',
      { class: 'run-header' },
      h('h1', {}, titleOf(this.#state, series)),
      h('p', { class: 'finding', role: 'status' }, seriesFinding(series)),
      actions,
      ...(notes.length > 0 ? [h('ul', { class: 'warnings' }, ...notes)] : []),
    );
    const body = h('div', { class: 'flips series' }, this.#heat.figure.element, this.#layer.element);
    this.#root.replaceChildren(header, controls, body);
    if (series.layers.length === 0) this.#layer.say('The first checkpoint has no prunable layer.');
    this.#refresh();
  };

  #heatFigure(): HeatFigure {
    return new HeatFigure({
      host: this.#context.host,
      title: 'Layers and checkpoints',
      file: `series-${this.#measure}`,
      caption: () => MEASURE_WORDS[this.#measure].caption,
      data: () => (this.#series ? seriesHeatmap(this.#series, this.#measure, readTheme()) : ''),
      selected: () => ({ row: this.#row, column: this.#column - firstColumn(this.#measure) }),
      select: ({ row, column }) => {
        this.#choose(row, column + firstColumn(this.#measure));
      },
    });
  }

  get #checkpoint() {
    return this.#series?.checkpoints[this.#column];
  }

  #choose(row: number, column: number): void {
    this.#row = row;
    this.#column = column;
    this.#context.host.remember({ row, column, measure: this.#measure });
    this.#refresh();
  }

  #refresh(): void {
    const { checkpoints = [] } = this.#series ?? {};
    const name = namesOf(checkpoints.map(({ file }) => file))[this.#column] ?? '';
    setText(this.#place, `${name} (${this.#column + 1} of ${checkpoints.length})`);
    if (this.#slider) {
      this.#slider.value = String(this.#column);
      this.#slider.setAttribute('aria-valuetext', name);
    }
    this.#heat?.figure.refresh();
    this.#openLayer();
  }

  /** Shows the signs of the chosen layer, or its flips since the checkpoint that the heatmap compares with. */
  #openLayer(): void {
    const { checkpoints = [], layers = [], init } = this.#series ?? {};
    const [at, layer] = [checkpoints[this.#column], layers[this.#row]];
    if (!at || !layer) return;
    const others: Record<Measure, [file: string | undefined, name: string]> = {
      kept: [undefined, ''],
      sinceFirst: [checkpoints[0]?.file, 'the first'],
      sincePrevious: [checkpoints[this.#column - 1]?.file, 'the one before'],
      regrown: [checkpoints[this.#column - 1]?.file, 'the one before'],
      likeInit: [init, 'the initialization'],
    };
    const [against, againstName] = others[this.#measure];
    if (at.layers[this.#row] === null) {
      this.#layer.say(`${baseName(at.file)} has no layer ${moduleName(layer.name)}.`);
      return;
    }
    const orderOf = checkpoints[0]!.file; // the names of layers are those in the first checkpoint
    this.#layer.show({ file: at.file, orderOf, layer: layer.name, against, againstName });
  }
}

function titleOf({ targets }: State, { checkpoints }: Series): string {
  const [first = ''] = targets;
  return `Series · ${targets.length === 1 ? baseName(first) : `${targets.length} files`} · ${checkpoints.length} checkpoints`;
}
