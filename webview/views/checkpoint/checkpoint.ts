/** The checkpoint panel: layers at the left, the picture of the chosen layer at the right. */
import type { CheckpointHeader, Inspection, LayerHeader } from '../../../engine/protocol';
import { MODES, type Mode } from '../../charts/cells';
import { Disposables } from '../../dispose';
import { h, setText } from '../../dom';
import { baseName, plural } from '../../format';
import { choice } from '../../parts/choice';
import { emptyState, errorState, progressLine } from '../../parts/message';
import { drawTable } from '../../parts/table';
import type { PanelState } from '../../protocol';
import { onThemeChange } from '../../theme';
import { Persistent } from '../../latest';
import { LayerView } from '../picture/layerView';
import { Look } from '../picture/look';
import { rememberedWord, type Mount, type ViewContext } from '../view';
import { actionsOf, layerExports, listControls, modesOf } from './controls';
import { LAYER_ORDERS, largestWeight, layerColumns, layerRows, type LayerOrder } from './layers';
import { ruleSentence, totalsSentence } from './totals';

type State = Extract<PanelState, { view: 'checkpoint' }>;

/** Shows the masks and signs of one checkpoint, layer by layer. */
export const mountCheckpoint: Mount<State> = (root, { file }, context) => {
  const owned = new Disposables();
  const opening = owned.add(new Persistent(context.host));
  root.replaceChildren(progressLine());
  opening.ask(() => context.host.request('checkpoint/open', { file }), {
    done: (header) => {
      if (header.layers.length === 0) root.replaceChildren(emptyState(noLayers(header)));
      else owned.add(new CheckpointView(root, header, context).owned);
    },
    failed: (error) => {
      root.replaceChildren(errorState(error, opening.retry));
    },
  });
  return owned;
};

function noLayers({ file, tensors }: CheckpointHeader): string {
  return `${baseName(file)} has ${plural(tensors.length, 'tensor')}, but no prunable layer (a weight with two or more axes).`;
}

class CheckpointView {
  readonly owned = new Disposables();
  readonly #header: CheckpointHeader;
  readonly #context: ViewContext;
  readonly #look = new Look();
  readonly #picture: LayerView;
  readonly #list = h('div', { class: 'scroll' });
  readonly #totals = h('p', { class: 'totals', role: 'status' }, 'Reading the weights…');
  #inspection: Inspection | undefined;
  #layer: LayerHeader;
  #mode: Mode;
  #filter = '';
  #order: LayerOrder;

  constructor(root: HTMLElement, header: CheckpointHeader, context: ViewContext) {
    this.#header = header;
    this.#context = context;
    const { host, memory } = context;
    this.#mode = rememberedWord(memory, 'mode', MODES);
    this.#order = rememberedWord(memory, 'order', LAYER_ORDERS);
    this.#layer = header.layers.find(({ name }) => name === memory['layer']) ?? header.layers[0]!;
    const file = header.label;
    this.#picture = new LayerView({ host, title: 'Layer', file, look: this.#look });
    this.owned.add(this.#picture.owned);
    this.owned.add(onThemeChange(this.#drawList));
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
    const controls = listControls(root, {
      order: this.#order,
      filter: (filter) => {
        this.#filter = filter;
        this.#drawList();
      },
      sort: (order) => {
        this.#order = order;
        host.remember({ order });
        this.#drawList();
      },
    });
    controls.append(layerExports(host, this.#header, () => this.#inspection));
    const list = h('section', { class: 'layers', 'aria-label': 'Layers' }, controls, this.#list);
    const picture = h('section', { class: 'layer' }, modes, this.#picture.figure.element);
    const header = h('header', { class: 'run-header' }, h('h1', {}, name), this.#totals, actionsOf(host, this.#header));
    root.replaceChildren(header, h('div', { class: 'split' }, list, picture));
  }

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
    reading.ask(() => host.request('checkpoint/statistics', { file: this.#header.file }), {
      done: (inspection) => {
        this.#inspection = inspection;
        setText(this.#totals, totalsSentence(inspection));
        this.#totals.title = ruleSentence(inspection);
        this.#refresh();
      },
      failed: ({ message }) => {
        setText(this.#totals, message);
      },
    });
  }

  readonly #drawList = (): void => {
    const rows = layerRows(this.#header, this.#inspection, { filter: this.#filter, order: this.#order });
    if (rows.length === 0) {
      this.#list.replaceChildren(emptyState(`No layer name contains “${this.#filter}”.`));
      return;
    }
    this.#list.querySelector('.empty')?.remove();
    drawTable(this.#list, rows, {
      columns: layerColumns(),
      key: ({ header }) => header.name,
      label: 'Layers',
      selected: this.#layer.name,
      onSelect: ({ header }) => {
        const { run } = this.#header;
        if (run) this.#context.host.select({ directory: run.directory, round: run.round, layer: header.name });
        this.#open(header);
      },
    });
  };

  #open(layer: LayerHeader): void {
    if (layer.name === this.#layer.name) return;
    this.#layer = layer;
    this.#context.host.remember({ layer: layer.name });
    this.#look.open(layer);
    this.#refresh();
  }

  #refresh(): void {
    this.#drawList();
    const { file, run } = this.#header;
    const against = run?.initialization;
    const mode = this.#mode === 'flips' && against === undefined ? 'sign' : this.#mode;
    const largest = largestWeight(this.#inspection, this.#layer.name);
    this.#picture.show({ file, layer: this.#layer, mode, against, againstName: 'init', largest });
  }
}
