/** The checkpoint panel: layers at the left, the picture of the chosen layer at the right. */
import type { CheckpointHeader, Inspection, LayerHeader } from '../../../engine/protocol';
import { MODES, type Mode } from '../../charts/cells';
import { Disposables, type Disposable } from '../../dispose';
import { h, setText } from '../../dom';
import { baseName, plural } from '../../format';
import { choice } from '../../parts/choice';
import { drawWarnings, emptyState, errorState, progressLine, warningList } from '../../parts/message';
import { drawTable } from '../../parts/table';
import type { FileChoices, PanelState } from '../../protocol';
import { onThemeChange } from '../../theme';
import { Persistent } from '../../latest';
import { LayerView } from '../picture/layerView';
import { Look } from '../picture/look';
import { rememberedWord, type Mount, type ViewContext } from '../view';
import { ChoiceRow, choicesIn, chosen } from './choices';
import { actionsOf, layerExports, listControls, modesOf } from './controls';
import { LAYER_ORDERS, largestWeight, layerColumns, layerRows, type LayerOrder } from './layers';
import { totalsSentence } from './totals';

type State = Extract<PanelState, { view: 'checkpoint' }>;

/** Shows the masks and signs of one checkpoint, layer by layer. */
export const mountCheckpoint: Mount<State> = (root, { file }, { host }) => {
  const owned = new Disposables();
  const opening = owned.add(new Persistent(host));
  let view: Disposable | undefined;
  owned.add({ dispose: () => view?.dispose() });
  let choices = choicesIn(host.memory);
  const row = new ChoiceRow(choices, (made) => {
    choices = made;
    host.choose(made);
    open();
  });
  const replace = (build: () => Disposable | undefined) => {
    const focused = document.activeElement;
    view?.dispose();
    view = build();
    if (focused instanceof HTMLElement && row.element.contains(focused)) focused.focus(); // moving an element takes its focus
  };
  const explain = (message: HTMLElement, withRow: boolean) => {
    const header = h('header', { class: 'run-header' }, h('h1', {}, baseName(file)), row.element);
    root.replaceChildren(...(withRow ? [header] : []), message);
  };
  const open = () => {
    row.clear('Looking for layers…');
    opening.ask(() => host.request('checkpoint/open', { file: chosen(file, choices) }), {
      done: (header) => {
        row.show(header);
        replace(() => {
          if (header.layers.length > 0)
            return new CheckpointView(root, { header, choices, row }, { host, memory: host.memory }).owned;
          explain(emptyState(noLayers(header)), header.leftOut.length > 0);
          return undefined;
        });
      },
      failed: (error) => {
        row.clear('');
        replace(() => {
          explain(errorState(error, opening.retry), Object.keys(choices).length > 0);
          return undefined;
        });
      },
    });
  };
  root.replaceChildren(progressLine());
  open();
  return owned;
};

/** Says why there is no layer. Another rule can help only if the file has candidates. */
function noLayers({ file, tensors, rule, leftOut }: CheckpointHeader): string {
  const name = baseName(file);
  if (leftOut.length === 0)
    return `${name} has ${plural(tensors.length, 'tensor')}, but no prunable layer: no weight has a mask, and no matrix has the name of a weight.`;
  const all = leftOut.length === 1 ? 'the only weight' : `all ${leftOut.length} weights`;
  return `The rule “${rule}” leaves out ${all} of ${name}. Choose another rule above, for example “all matrices”, or a pattern of names.`;
}

interface Opened {
  header: CheckpointHeader;
  choices: FileChoices;
  row: ChoiceRow;
}

class CheckpointView {
  readonly owned = new Disposables();
  readonly #header: CheckpointHeader;
  readonly #choices: FileChoices;
  readonly #row: ChoiceRow;
  readonly #context: ViewContext;
  readonly #look = new Look();
  readonly #picture: LayerView;
  readonly #list = h('div', { class: 'scroll' });
  readonly #warnings = warningList();
  readonly #totals = h('p', { class: 'totals', role: 'status' }, 'Reading the weights…');
  #inspection: Inspection | undefined;
  #layer: LayerHeader;
  #mode: Mode;
  #filter = '';
  #order: LayerOrder;

  constructor(root: HTMLElement, { header, choices, row }: Opened, context: ViewContext) {
    this.#header = header;
    this.#choices = choices;
    this.#row = row;
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
    const controls = listControls(
      { root, owned: this.owned },
      {
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
      },
    );
    controls.append(layerExports(host, this.#header, () => this.#inspection));
    const list = h('section', { class: 'layers', 'aria-label': 'Layers' }, controls, this.#list);
    const picture = h('section', { class: 'layer' }, modes, this.#picture.figure.element);
    const actions = actionsOf(host, this.#header, this.#choices);
    const parts = [this.#totals, this.#row.element, actions, this.#warnings];
    const header = h('header', { class: 'run-header' }, h('h1', {}, name), ...parts);
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
    const { layers } = this.#choices;
    // The initialization needs the same rule, because the default rule may leave out its layers. Its state dicts may differ.
    const against = run?.initialization && chosen(run.initialization, layers === undefined ? {} : { layers });
    const mode = this.#mode === 'flips' && against === undefined ? 'sign' : this.#mode;
    const largest = largestWeight(this.#inspection, this.#layer.name);
    const shown = chosen(file, this.#choices);
    this.#picture.show({ file: shown, layer: this.#layer, mode, against, againstName: 'init', largest });
  }
}
