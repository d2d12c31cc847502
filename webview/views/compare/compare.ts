/** The compare panel: a table of layers, and below it pictures of A, B and their difference that move together. */
import type { CheckpointHeader, Comparison, Inspection } from '../../../engine/protocol';
import { MODES, type Mode } from '../../charts/cells';
import { Disposables } from '../../dispose';
import { h, setText } from '../../dom';
import { Persistent } from '../../latest';
import { drawWarnings, emptyState, errorState, progressLine, warningList } from '../../parts/message';
import { sorted, type Sort } from '../../parts/sorting';
import { drawTable } from '../../parts/table';
import type { PanelState } from '../../protocol';
import { largestWeight } from '../checkpoint/layers';
import { Look } from '../picture/look';
import { withRule } from '../picture/source';
import { rememberedWord, type Mount, type ViewContext } from '../view';
import { ARRANGEMENTS } from './arrangement';
import { compareActions, compareControls, type CompareActions } from './controls';
import { columnsOf, filtered } from './layers';
import { openBoth } from './opening';
import { ComparedPictures } from './pictures';
import { findingOf, incompatibleSentence, layerSentence, unconnectable } from './words';

type State = Extract<PanelState, { view: 'compare' }>;
type Side = 'a' | 'b';
type Headers = Record<Side, CheckpointHeader>;

/** Shows two checkpoints. */
export const mountCompare: Mount<State> = (root, state, context) => {
  const owned = new Disposables();
  const { host } = context;
  const opening = owned.add(new Persistent(host));
  root.replaceChildren(progressLine());
  let view: CompareView | undefined;
  owned.add({ dispose: () => view?.owned.dispose() });
  const show = (headers: Headers, memory: ViewContext['memory'], look?: Look) => {
    view?.owned.dispose();
    const swap = (layer: string) => {
      host.replace({ ...state, a: headers.b.file, b: headers.a.file });
      host.remember({ layer });
      show({ a: headers.b, b: headers.a }, host.kept?.memory ?? {}, view?.look);
    };
    view = new CompareView(root, headers, {
      host,
      memory,
      swap,
      look: look ?? new Look(),
      keepLook: look !== undefined,
    });
  };
  opening.ask(() => openBoth(host, state), {
    done: ([headerA, headerB]) => {
      show({ a: headerA, b: headerB }, context.memory);
    },
    failed: (error) => {
      root.replaceChildren(errorState(error, opening.retry));
    },
  });
  return owned;
};

interface CompareContext extends ViewContext {
  look: Look;
  /** Whether to keep camera and cursor if the first layer to show has the same size as the previous layer. */
  keepLook: boolean;
  /** Exchanges A and B. `layer` is the name of the chosen layer in B. */
  swap: (layer: string) => void;
}

const MOST_DIFFERENT: Sort = { column: 'differ', descending: true };

class CompareView {
  readonly owned = new Disposables();
  readonly #context: CompareContext;
  readonly #headers: Headers;
  readonly #pictures: ComparedPictures;
  readonly #finding = h('p', { class: 'finding', role: 'status' }, 'Comparing…');
  readonly #warnings = warningList();
  readonly #list = h('div', { class: 'scroll' });
  readonly #content = h('div', { class: 'compared' });
  readonly #chosen = h('h2', { class: 'chosen' });
  readonly #actions: CompareActions;
  readonly #inspections: Partial<Record<Side, Inspection>> = {};
  #comparison: Comparison | undefined;
  #columns = columnsOf([]);
  #layer: string;
  #mode: Mode;
  #sort: Sort;
  #filter = '';
  #keepLook: boolean;

  constructor(root: HTMLElement, headers: Headers, context: CompareContext) {
    this.#context = context;
    this.#headers = headers;
    const { host, memory, look, swap } = context;
    this.#keepLook = context.keepLook;
    this.#mode = rememberedWord(memory, 'mode', MODES);
    this.#layer = typeof memory['layer'] === 'string' ? memory['layer'] : '';
    this.#sort = (memory['sort'] as Sort | undefined) ?? MOST_DIFFERENT;
    this.#pictures = new ComparedPictures(host, headers, look);
    this.owned.add(this.#pictures.owned);
    this.#actions = compareActions(host, headers, {
      swap: () => {
        swap(this.#compared?.match?.nameB ?? this.#layer);
      },
    });
    this.#build(root);
    this.#ask();
  }

  #build(root: HTMLElement): void {
    const { host, memory } = this.#context;
    const arrangement = rememberedWord(memory, 'arrangement', ARRANGEMENTS);
    const controls = compareControls(
      { root, owned: this.owned },
      {
        host,
        headers: this.#headers,
        mode: this.#mode,
        arrangement,
        layers: () => this.#comparison?.layers ?? [],
        filter: (text) => {
          this.#filter = text;
          this.#drawList();
        },
        choose: (mode) => {
          this.#mode = mode;
          host.remember({ mode });
          this.#showLayer();
        },
        arrange: (chosen) => {
          host.remember({ arrangement: chosen });
          this.#pictures.arranged.arrange(chosen);
        },
        jump: () => this.#pictures.jump(),
        arrangementControls: this.#pictures.arranged.controls,
      },
    );
    this.#pictures.arranged.arrange(arrangement);
    const { title, element } = this.#actions;
    const header = h('header', { class: 'run-header' }, title, this.#finding, element, this.#warnings);
    const table = h('section', { class: 'comparison', 'aria-label': 'Layers' }, controls.table, this.#list);
    const bar = h('div', { class: 'picture-bar' }, this.#chosen, controls.pictures);
    this.#content.append(table, bar, this.#pictures.element);
    root.replaceChildren(header, this.#content);
  }

  #ask(): void {
    const { host } = this.#context;
    const { a, b } = this.#headers;
    const comparing = this.owned.add(new Persistent(host));
    comparing.ask(() => host.request('checkpoint/compare', { a: withRule(a), b: withRule(b) }), {
      done: (comparison) => {
        this.#show(comparison);
      },
      failed: (error) => {
        setText(this.#finding, '');
        this.#list.replaceChildren(errorState(error));
      },
    });
    for (const side of ['a', 'b'] as const) {
      const reading = this.owned.add(new Persistent(host));
      reading.ask(() => host.request('checkpoint/statistics', { file: withRule(this.#headers[side]) }), {
        done: (inspection) => {
          this.#inspections[side] = inspection;
          this.#showLayer();
        },
        failed: () => undefined, // the comparison says why the file cannot be read
      });
    }
  }

  #show(comparison: Comparison): void {
    this.#comparison = comparison;
    this.#actions.connectable(unconnectable(comparison));
    drawWarnings(this.#warnings, comparison.warnings);
    const { layers } = comparison;
    if (layers.length === 0) {
      setText(this.#finding, '');
      this.#content.replaceChildren(emptyState(incompatibleSentence(comparison)));
      return;
    }
    this.#columns = columnsOf(comparison.layers);
    setText(this.#finding, findingOf(comparison));
    if (!this.#compared) this.#layer = this.#rows()[0]!.name;
    this.#open();
  }

  get look(): Look {
    return this.#context.look;
  }

  get #compared() {
    return this.#comparison?.layers.find(({ name }) => name === this.#layer);
  }

  #rows() {
    return sorted(filtered(this.#comparison?.layers ?? [], this.#filter), this.#columns, this.#sort);
  }

  #open(): void {
    const layer = this.#headers.a.layers.find(({ name }) => name === this.#layer);
    const { extent } = this.look;
    const stays = this.#keepLook && layer?.rows === extent.rows && layer.columns === extent.columns;
    this.#keepLook = false;
    if (layer && !stays) this.look.open(layer);
    this.#drawList();
    this.#showLayer();
  }

  #drawList(): void {
    const layers = this.#rows();
    if (layers.length === 0) {
      this.#list.replaceChildren(emptyState(`No layer name contains “${this.#filter}”.`));
      return;
    }
    this.#list.querySelector('.empty')?.remove();
    drawTable(this.#list, layers, {
      columns: this.#columns,
      key: ({ name }) => name,
      label: 'Layers',
      stable: true,
      selected: this.#layer,
      sort: this.#sort,
      onSort: (sort) => {
        this.#sort = sort;
        this.#context.host.remember({ sort });
        this.#drawList();
      },
      onSelect: ({ name }) => {
        if (name === this.#layer) return;
        this.#layer = name;
        this.#context.host.remember({ layer: name });
        this.#open();
      },
    });
    this.#list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }

  #showLayer(): void {
    const layer = this.#headers.a.layers.find(({ name }) => name === this.#layer);
    const compared = this.#compared;
    if (!layer || !compared) return;
    setText(this.#chosen, layerSentence(compared, layer.shape));
    const nameB = compared.match?.nameB ?? layer.name;
    const largest = Math.max(largestOf(this.#inspections.a, layer.name), largestOf(this.#inspections.b, nameB)) || 1;
    this.#pictures.show({ layer, mode: this.#mode, largest });
  }
}

const largestOf = (inspection: Inspection | undefined, layer: string): number =>
  inspection ? largestWeight(inspection, layer) : 0;
