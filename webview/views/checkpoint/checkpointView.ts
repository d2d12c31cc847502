/**
 * The layers of an opened checkpoint, in two pages. The page `layer` has the list of layers at the left and the picture of one layer at the
 * right. The page `overview` has all numbers of the layers, their magnitudes and their bytes.
 */
import type { CheckpointHeader, Inspection, LayerHeader } from '../../../engine/protocol';
import { MODES, type Mode } from '../../charts/cells';
import { Disposables } from '../../dispose';
import { h, setText } from '../../dom';
import { baseName } from '../../format';
import { Persistent } from '../../latest';
import { choice, markChosen } from '../../parts/choice';
import { drawWarnings, warningList } from '../../parts/message';
import type { FileChoices } from '../../protocol';
import { LayerView } from '../picture/layerView';
import { Look } from '../picture/look';
import { rememberedWord, type ViewContext } from '../view';
import { chosen, type ChoiceRow } from './choices';
import { actionsOf, layerExports, modesOf, pageChoice, PAGES, type Page } from './controls';
import { LayerList } from './layerList';
import { largestWeight } from './layers';
import { TOTAL, type LayerRow } from './layerTree';
import { OverviewFigures } from './overview';
import { totalsSentence } from './totals';

interface Opened {
  header: CheckpointHeader;
  choices: FileChoices;
  row: ChoiceRow;
}

export class CheckpointView {
  readonly owned = new Disposables();
  readonly #header: CheckpointHeader;
  readonly #choices: FileChoices;
  readonly #row: ChoiceRow;
  readonly #context: ViewContext;
  readonly #look = new Look();
  readonly #picture: LayerView;
  readonly #list: LayerList;
  readonly #figures: OverviewFigures;
  readonly #warnings = warningList();
  readonly #totals = h('p', { class: 'totals', role: 'status' }, 'Reading the weights…');
  readonly #split = h('div', { class: 'split' });
  readonly #pages: HTMLElement;
  /** What each page shows beside the list. */
  readonly #shown: Record<Page, HTMLElement>;
  #inspection: Inspection | undefined;
  #layer: LayerHeader;
  #mode: Mode;
  #page: Page;
  /** Key of the chosen row on each page. The overview can also show a group or the sum of all layers. */
  readonly #rows: Record<Page, string>;

  constructor(root: HTMLElement, { header, choices, row }: Opened, context: ViewContext) {
    this.#header = header;
    this.#choices = choices;
    this.#row = row;
    this.#context = context;
    const { host, memory } = context;
    this.#mode = rememberedWord(memory, 'mode', MODES);
    this.#page = rememberedWord(memory, 'page', PAGES);
    this.#layer = header.layers.find(({ name }) => name === memory['layer']) ?? header.layers[0]!;
    this.#rows = { layer: this.#layer.name, overview: typeof memory['part'] === 'string' ? memory['part'] : TOTAL };
    const file = header.label;
    this.#picture = new LayerView({ host, title: 'Layer', file, look: this.#look });
    this.#list = new LayerList({ root, host, header, choose: this.#choose, open: this.#openPicture });
    this.#figures = new OverviewFigures(host, header);
    this.#shown = { layer: h('section', { class: 'layer' }), overview: this.#figures.element };
    for (const { owned } of [this.#picture, this.#list, this.#figures]) this.owned.add(owned);
    this.#pages = pageChoice(this.#page, this.#turn);
    this.#build(root);
    this.#follow();
    this.#look.open(this.#layer);
    this.#refresh();
    // The engine reads one file at a time fastest, and the picture is what the user waits for.
    const ended = this.owned.add({ is: false, dispose: () => (ended.is = true) });
    void this.#picture.firstTile.then(() => {
      if (!ended.is) this.#readStatistics();
    });
  }

  #build(root: HTMLElement): void {
    const { host } = this.#context;
    const { file, run } = this.#header;
    const name = run
      ? `${run.name} · ${run.round === undefined ? baseName(file) : `round ${run.round}`}`
      : baseName(file);
    const modes = choice({
      label: 'Picture',
      items: modesOf(run?.initialization !== undefined),
      chosen: this.#mode,
      choose: (mode) => {
        this.#mode = mode;
        host.remember({ mode });
        this.#refresh();
      },
    });
    this.#list.controls.append(
      layerExports(host, {
        header: this.#header,
        inspection: () => this.#inspection,
        rows: () => this.#list.rows,
      }),
    );
    this.#shown.layer.append(modes, this.#picture.figure.element);
    this.#split.append(this.#list.element);
    const actions = actionsOf(host, this.#header, this.#choices);
    const parts = [this.#totals, this.#row.element, actions, this.#warnings];
    const header = h('header', { class: 'run-header' }, h('h1', {}, name), this.#pages, ...parts);
    root.replaceChildren(header, this.#split);
  }

  readonly #turn = (page: Page): void => {
    this.#page = page;
    this.#context.host.remember({ page });
    this.#refresh();
  };

  #follow(): void {
    const { run } = this.#header;
    this.owned.add(
      this.#context.host.selected.on(({ directory, layer }) => {
        const found = this.#header.layers.find(({ name }) => name === layer);
        if (directory === run?.directory && found) this.#open(found);
      }),
    );
  }

  #readStatistics(): void {
    const { host } = this.#context;
    const reading = this.owned.add(new Persistent(host));
    reading.ask(() => host.request('checkpoint/statistics', { file: chosen(this.#header.file, this.#choices) }), {
      done: (inspection) => {
        this.#inspection = inspection;
        setText(this.#totals, totalsSentence(inspection));
        drawWarnings(this.#warnings, inspection.warnings);
        this.#row.say(inspection);
        this.#refresh();
      },
      failed: ({ message }) => {
        setText(this.#totals, message);
      },
    });
  }

  readonly #choose = ({ key, header }: LayerRow): void => {
    const { host } = this.#context;
    const { run } = this.#header;
    this.#rows[this.#page] = key;
    if (this.#page === 'overview') host.remember({ part: key });
    if (header && run) host.select({ directory: run.directory, round: run.round, layer: header.name });
    if (header && header.name !== this.#layer.name) this.#open(header);
    else this.#refresh();
  };

  readonly #openPicture = ({ header }: LayerRow): void => {
    if (!header) return;
    this.#open(header);
    markChosen(this.#pages, 'layer');
    this.#turn('layer');
    this.#picture.figure.body.focus();
  };

  #open(layer: LayerHeader): void {
    if (layer.name === this.#layer.name) return;
    this.#layer = layer;
    this.#rows.layer = layer.name;
    this.#context.host.remember({ layer: layer.name });
    this.#look.open(layer);
    this.#refresh();
  }

  #refresh(): void {
    const page = this.#page;
    this.#split.dataset['page'] = page;
    const other = page === 'layer' ? 'overview' : 'layer';
    this.#shown[other].remove();
    if (!this.#shown[page].isConnected) this.#split.append(this.#shown[page]);
    this.#list.show({ inspection: this.#inspection, selected: this.#rows[page], wide: page === 'overview' });
    if (page === 'overview') this.#figures.show(this.#inspection, this.#list.rowOf(this.#rows.overview));
    else this.#showPicture();
  }

  /** Shows the chosen layer. The picture is not read as long as the page `overview` hides it. */
  #showPicture(): void {
    const { file, run } = this.#header;
    const { layers } = this.#choices;
    // The initialization needs the same rule, because the default rule may leave out its layers. Its state dicts may differ.
    const against = run?.initialization && chosen(run.initialization, layers === undefined ? {} : { layers });
    const mode = this.#mode === 'flips' && against === undefined ? 'sign' : this.#mode;
    const largest = largestWeight(this.#inspection, this.#layer.name);
    const shown = chosen(file, this.#choices);
    this.#picture.show({ file: shown, layer: this.#layer, mode, against, againstName: 'init', largest });
  }
}
