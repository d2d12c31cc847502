/** The contents of the compare panel after both checkpoints are open: a table of layers, and the pictures of A, B and their difference. */
import type { CheckpointHeader, CheckpointRef, Comparison, Inspection, NameMap } from '../../../engine/protocol';
import { MODES, type Mode } from '../../charts/cells';
import { Disposables } from '../../dispose';
import { h, setText } from '../../dom';
import { Persistent } from '../../latest';
import { drawWarnings, emptyState, errorState, warningList } from '../../parts/message';
import { sorted, type Sort } from '../../parts/sorting';
import { drawTable } from '../../parts/table';
import type { Look } from '../picture/look';
import { rememberedWord, type ViewContext } from '../view';
import { ARRANGEMENTS } from './arrangement';
import { compareActions, compareControls, type CompareActions } from './controls';
import { columnsOf, filtered, headerOf } from './layers';
import { HandMatching, usable } from './matching';
import { largestOf, readStatistics } from './opening';
import { ComparedPictures } from './pictures';
import { findingOf, incompatibleSentence, layerSentence, unconnectable } from './words';

export type Side = 'a' | 'b';

/** A checkpoint of the comparison: the part of the file that is compared, and its header. */
export interface Opened {
  ref: CheckpointRef;
  header: CheckpointHeader;
}

export interface CompareContext extends ViewContext {
  look: Look;
  /** The choices of state dicts, shown below the title. */
  choices: HTMLElement;
  /** Whether to keep camera and cursor if the first layer to show has the same size as the previous layer. */
  keepLook: boolean;
  /** Exchanges A and B. `layer` is the name of the chosen layer in B. */
  swap: (layer: string) => void;
}

const MOST_DIFFERENT: Sort = { column: 'differ', descending: true };

export class CompareView {
  readonly owned = new Disposables();
  readonly #context: CompareContext;
  readonly #sides: Record<Side, Opened>;
  readonly #headers: Record<Side, CheckpointHeader>;
  readonly #pictures: ComparedPictures;
  readonly #finding = h('p', { class: 'finding', role: 'status' }, 'Comparing…');
  readonly #warnings = warningList();
  readonly #list = h('div', { class: 'scroll' });
  readonly #content = h('div', { class: 'compared' });
  readonly #nothing = h('div', { class: 'nothing' });
  readonly #chosen = h('h2', { class: 'chosen' });
  readonly #actions: CompareActions;
  readonly #matching: HandMatching;
  readonly #comparing: Persistent;
  readonly #inspections: Partial<Record<Side, Inspection>> = {};
  #comparison: Comparison | undefined;
  #columns = columnsOf([]);
  #layer: string;
  #mode: Mode;
  #sort: Sort;
  #filter = '';
  #keepLook: boolean;

  constructor(root: HTMLElement, sides: Record<Side, Opened>, context: CompareContext) {
    this.#context = context;
    this.#sides = sides;
    const headers = { a: sides.a.header, b: sides.b.header };
    this.#headers = headers;
    const { host, memory, look, swap } = context;
    this.#keepLook = context.keepLook;
    this.#mode = rememberedWord(memory, 'mode', MODES);
    this.#layer = typeof memory['layer'] === 'string' ? memory['layer'] : '';
    this.#sort = (memory['sort'] as Sort | undefined) ?? MOST_DIFFERENT;
    this.#pictures = new ComparedPictures(host, sides, look);
    this.#comparing = this.owned.add(new Persistent(host));
    this.#matching = new HandMatching(headers, this.#match, context.memory['matching'] === true);
    this.owned.add(this.#pictures.owned);
    this.#actions = compareActions(host, headers, {
      swap: () => {
        swap(this.#compared?.match?.nameB ?? this.#layer);
      },
    });
    this.#build(root);
    this.#compare();
    for (const side of ['a', 'b'] as const)
      this.owned.add(
        readStatistics(host, sides[side].ref, (inspection) => {
          this.#inspections[side] = inspection;
          this.#showLayer();
        }),
      );
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
    const header = h(
      'header',
      { class: 'run-header' },
      title,
      this.#finding,
      element,
      this.#context.choices,
      this.#warnings,
    );
    const table = h('section', { class: 'comparison', 'aria-label': 'Layers' }, controls.table, this.#list);
    const bar = h('div', { class: 'picture-bar' }, this.#chosen, controls.pictures);
    this.#content.append(table, bar, this.#pictures.element);
    root.replaceChildren(header, this.#matching.element, this.#nothing, this.#content);
  }

  /** Compares both checkpoints, with the layers that were matched by hand and are still there. */
  #compare(): void {
    const { host } = this.#context;
    const { a, b } = this.#headers;
    const all = host.matchedIn(a.file, b.file);
    const map = usable(all, this.#headers);
    const params = { a: this.#sides.a.ref, b: this.#sides.b.ref, ...(map.length > 0 && { map }) };
    this.#comparing.ask(() => host.request('checkpoint/compare', params), {
      done: (comparison) => {
        this.#pictures.map = map;
        this.#matching.show(comparison.unmatched, all);
        this.#show(comparison);
      },
      failed: (error) => {
        setText(this.#finding, '');
        const place = this.#content.isConnected ? this.#list : this.#nothing; // there is no list after a comparison without layers
        place.replaceChildren(errorState(error));
      },
    });
  }

  readonly #match = (map: NameMap, shown?: string): void => {
    const { host } = this.#context;
    const { a, b } = this.#headers;
    host.match({ a: a.file, b: b.file, map });
    host.remember({ matching: true });
    if (shown !== undefined) this.#layer = shown;
    this.#compare();
  };

  #show(comparison: Comparison): void {
    this.#comparison = comparison;
    this.#actions.connectable(unconnectable(comparison));
    drawWarnings(this.#warnings, comparison.warnings);
    const { layers } = comparison;
    if (layers.length === 0) {
      setText(this.#finding, '');
      this.#nothing.replaceChildren(emptyState(incompatibleSentence(comparison)));
      this.#content.remove();
      return;
    }
    this.#nothing.replaceChildren();
    if (!this.#content.isConnected) this.#nothing.after(this.#content);
    this.#columns = columnsOf(layers);
    this.#list.style.setProperty('--rows', String(layers.length));
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
    const layer = headerOf(this.#headers.a, this.#layer);
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
    const layer = headerOf(this.#headers.a, this.#layer);
    const compared = this.#compared;
    if (!layer || !compared) return;
    setText(this.#chosen, layerSentence(compared, layer.shape));
    const nameB = compared.match?.nameB ?? layer.name;
    const largest = Math.max(largestOf(this.#inspections.a, layer.name), largestOf(this.#inspections.b, nameB)) || 1;
    this.#pictures.show({ layer, mode: this.#mode, largest });
  }
}
