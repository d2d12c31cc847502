/** The compare panel: layers sorted by disagreement, and pictures of A, B and their difference that move together. */
import type { CheckpointHeader, Comparison, Inspection } from '../../../engine/protocol';
import { matchingSentences } from '../../../engine/vocabulary/matching';
import { MODES, type Mode } from '../../charts/cells';
import { Disposables } from '../../dispose';
import { button, h, setText } from '../../dom';
import { baseName } from '../../format';
import { Persistent } from '../../latest';
import { choice } from '../../parts/choice';
import { emptyState, errorState, progressLine } from '../../parts/message';
import { drawTable } from '../../parts/table';
import type { PanelState, RunColor } from '../../protocol';
import { onThemeChange, readTheme } from '../../theme';
import { largestWeight } from '../checkpoint/layers';
import { modesOf } from '../checkpoint/controls';
import { LayerView } from '../picture/layerView';
import { Look } from '../picture/look';
import { colorOf, followRuns } from '../runColors';
import { rememberedWord, type Mount, type ViewContext } from '../view';
import { byDisagreement, CHANCE, comparisonColumns, comparisonSentence, unmatchedSentence } from './layers';

type State = Extract<PanelState, { view: 'compare' }>;
type Side = 'a' | 'b';
type Headers = Record<Side, CheckpointHeader>;

/** Shows two checkpoints side by side. */
export const mountCompare: Mount<State> = (root, { a, b }, context) => {
  const owned = new Disposables();
  const { host } = context;
  const opening = owned.add(new Persistent(host));
  root.replaceChildren(progressLine());
  const both = () =>
    Promise.all([host.request('checkpoint/open', { file: a }), host.request('checkpoint/open', { file: b })]);
  opening.ask(both, {
    done: ([headerA, headerB]) => {
      owned.add(new CompareView(root, { a: headerA, b: headerB }, context).owned);
    },
    failed: (error) => {
      root.replaceChildren(errorState(error, opening.retry));
    },
  });
  return owned;
};

class CompareView {
  readonly owned = new Disposables();
  readonly #context: ViewContext;
  readonly #headers: Headers;
  readonly #look = new Look();
  readonly #views: Record<Side | 'difference', LayerView>;
  readonly #finding = h('p', { class: 'finding', role: 'status' }, 'Comparing…');
  readonly #list = h('div', { class: 'scroll' });
  readonly #inspections: Partial<Record<Side, Inspection>> = {};
  #comparison: Comparison | undefined;
  #runs: RunColor[] = [];
  #layer: string;
  #mode: Mode;

  constructor(root: HTMLElement, headers: Headers, context: ViewContext) {
    this.#context = context;
    this.#headers = headers;
    const { host, memory } = context;
    this.#mode = rememberedWord(memory, 'mode', MODES);
    this.#layer = typeof memory['layer'] === 'string' ? memory['layer'] : '';
    const { a, b } = headers;
    const view = (heading: string, file: string) =>
      new LayerView({ host, title: heading, heading, file, look: this.#look });
    this.#views = {
      a: view(`A · ${nameOf(a)}`, a.label),
      difference: view('Difference', `${a.label}-${b.label}`),
      b: view(`B · ${nameOf(b)}`, b.label),
    };
    for (const { owned } of Object.values(this.#views)) this.owned.add(owned);
    this.#build(root);
    this.#ask();
    this.owned.add(
      followRuns(host, (runs) => {
        this.#runs = runs;
        this.#drawEdges();
      }),
    );
    this.owned.add(onThemeChange(this.#drawEdges));
  }

  #build(root: HTMLElement): void {
    const { host } = this.#context;
    const { a, b } = this.#headers;
    const measure = () => {
      host.act({ action: 'connectivity', a: a.file, b: b.file });
    };
    const swap = () => {
      host.act({ action: 'compare', a: b.file, b: a.file });
    };
    const actions = h(
      'div',
      { class: 'actions' },
      button({ label: 'Measure connectivity', icon: 'graph-line', text: true, press: measure }),
      button({ label: 'Swap A and B', icon: 'arrow-swap', text: true, press: swap }),
    );
    const choose = (mode: Mode) => {
      this.#mode = mode;
      host.remember({ mode });
      this.#showLayer();
    };
    const modes = choice({ label: 'Picture of A and B', items: modesOf(false), chosen: this.#mode, choose });
    const title = h('h1', {}, `Compare · A ${nameOf(a)} · B ${nameOf(b)}`);
    const header = h('header', { class: 'run-header' }, title, this.#finding, actions);
    const table = h('section', { class: 'comparison', 'aria-label': 'Layers by disagreement' }, this.#list);
    const views = [this.#views.a, this.#views.b, this.#views.difference];
    const pictures = views.map(({ figure }) => figure.element);
    root.replaceChildren(header, table, modes, h('div', { class: 'pictures' }, ...pictures));
  }

  #ask(): void {
    const { host } = this.#context;
    const { a, b } = this.#headers;
    const comparing = this.owned.add(new Persistent(host));
    comparing.ask(() => host.request('checkpoint/compare', { a: a.file, b: b.file }), {
      done: (comparison) => {
        this.#compared(comparison);
      },
      failed: (error) => {
        setText(this.#finding, '');
        this.#list.replaceChildren(errorState(error));
      },
    });
    for (const side of ['a', 'b'] as const) {
      const reading = this.owned.add(new Persistent(host));
      reading.ask(() => host.request('checkpoint/statistics', { file: this.#headers[side].file }), {
        done: (inspection) => {
          this.#inspections[side] = inspection;
          this.#showLayer();
        },
        failed: () => undefined, // the comparison says why the file cannot be read
      });
    }
  }

  #compared(comparison: Comparison): void {
    this.#comparison = comparison;
    this.#finding.title = CHANCE;
    setText(
      this.#finding,
      [comparisonSentence(comparison), ...matchingSentences(comparison.layers), unmatchedSentence(comparison)]
        .filter(Boolean)
        .join(' '),
    );
    const layers = byDisagreement(comparison.layers);
    if (!layers.some(({ name }) => name === this.#layer)) this.#layer = layers[0]?.name ?? '';
    this.#open();
  }

  #open(): void {
    const layer = this.#headers.a.layers.find(({ name }) => name === this.#layer);
    if (layer) this.#look.open(layer);
    this.#drawList();
    this.#showLayer();
  }

  #drawList(): void {
    const layers = byDisagreement(this.#comparison?.layers ?? []);
    if (layers.length === 0) {
      this.#list.replaceChildren(emptyState('A and B have no layer with the same name and shape.'));
      return;
    }
    drawTable(this.#list, layers, {
      columns: comparisonColumns(),
      key: ({ name }) => name,
      label: 'Layers by disagreement',
      selected: this.#layer,
      onSelect: ({ name }) => {
        if (name === this.#layer) return;
        this.#layer = name;
        this.#context.host.remember({ layer: name });
        this.#open();
      },
    });
  }

  #showLayer(): void {
    const { a, b } = this.#headers;
    const layer = a.layers.find(({ name }) => name === this.#layer);
    const compared = this.#comparison?.layers.find(({ name }) => name === this.#layer);
    if (!layer || !compared) return;
    const nameB = compared.match?.nameB ?? layer.name;
    const largest = Math.max(largestOf(this.#inspections.a, layer.name), largestOf(this.#inspections.b, nameB)) || 1;
    const common = { layer, mode: this.#mode, largest };
    this.#views.a.show({ ...common, file: a.file, against: b.file, againstName: 'B' });
    this.#views.b.show({ ...common, file: b.file, against: a.file, againstName: 'A', orderOf: a.file });
    this.#views.difference.show({ ...common, mode: 'difference', file: a.file, against: b.file, againstName: 'B' });
  }

  readonly #drawEdges = (): void => {
    const theme = readTheme();
    for (const side of ['a', 'b'] as const) {
      const fallback = side === 'a' ? theme.onlyA : theme.onlyB;
      const color = colorOf(this.#runs, this.#headers[side].run?.directory, theme) ?? fallback;
      this.#views[side].figure.element.style.setProperty('--edge', color);
    }
  };
}

function largestOf(inspection: Inspection | undefined, layer: string): number {
  return inspection ? largestWeight(inspection, layer) : 0;
}

function nameOf({ file, run }: CheckpointHeader): string {
  if (!run) return baseName(file);
  return `${run.name}, ${run.round === undefined ? baseName(file) : `round ${run.round}`}`;
}
