/** The sign flips panel: heatmaps of flips since the initialization and since the previous round, and the picture of a layer. */
import { seedText } from '../../engine/vocabulary/seeds';
import type { RunSnapshot } from '../../engine/protocol';
import { Disposables } from '../dispose';
import { button, h, setText } from '../dom';
import { followRun } from '../live';
import { errorState, progressLine } from '../parts/message';
import type { PanelState } from '../protocol';
import { readTheme } from '../theme';
import { ChosenLayer } from './chosenLayer';
import { HeatFigure, type Place } from './heatFigure';
import { flipsFinding, flipsHeatmap, type FlipsSince } from './run/heatData';
import type { Mount, ViewContext } from './view';

type State = Extract<PanelState, { view: 'flips' }>;

/** Shows the flipped signs of a search by layer and round. */
export const mountFlips: Mount<State> = (root, { directory }, context) => new FlipsView(root, directory, context).owned;

interface Chosen {
  since: FlipsSince;
  round: number;
  layer: string;
}

class FlipsView {
  readonly owned = new Disposables();
  readonly #context: ViewContext;
  readonly #directory: string;
  readonly #root: HTMLElement;
  readonly #finding = h('p', { class: 'finding', role: 'status' });
  #layer: ChosenLayer | undefined;
  #heat: HeatFigure[] = [];
  #content: HTMLElement[] = [];
  #run: RunSnapshot | undefined;
  #chosen: Partial<Chosen> = {};

  constructor(root: HTMLElement, directory: string, context: ViewContext) {
    this.#root = root;
    this.#directory = directory;
    this.#context = context;
    const { memory, host } = context;
    if (typeof memory['chosen'] === 'object') this.#chosen = memory['chosen'] as Chosen;
    root.replaceChildren(progressLine());
    const failed = (error: Error) => {
      root.replaceChildren(errorState(error));
    };
    this.owned.add(followRun(host, directory, { changed: this.#changed, failed }));
    this.owned.add(
      host.selected.on(({ directory: of, round, layer }) => {
        if (of === directory) this.#choose({ ...this.#chosen, round, layer });
      }),
    );
  }

  readonly #changed = (run: RunSnapshot): void => {
    this.#run = run;
    if (this.#heat.length === 0) this.#content = this.#build(run);
    if (this.#content[0]?.parentNode !== this.#root) this.#root.replaceChildren(...this.#content);
    this.#refresh();
  };

  #build(run: RunSnapshot): HTMLElement[] {
    const { host } = this.#context;
    const heat = (since: FlipsSince, title: string) => this.#heatFigure(since, title);
    this.#heat = [
      heat('initialization', 'Flipped since the initialization'),
      heat('previous', 'Flipped since the previous round'),
    ];
    for (const { figure } of this.#heat) this.owned.add(figure);
    const open = () => {
      host.act({ action: 'openRun', directory: this.#directory });
    };
    const actions = h(
      'div',
      { class: 'actions' },
      button({ label: 'Open run', icon: 'graph-line', text: true, press: open }),
    );
    const title = h('h1', {}, `Sign flips · ${run.method} · ${run.model} · ${run.dataset} · seed ${seedText(run)}`);
    const header = h('header', { class: 'run-header' }, title, this.#finding, actions);
    const maps = this.#heat.map(({ figure }) => figure.element);
    this.#layer = new ChosenLayer({ host, title: 'Same and flipped signs', file: `${run.name}-flips` });
    this.owned.add(this.#layer.owned);
    this.#layer.say('Choose a cell to see which signs of that layer stayed the same and which flipped.');
    return [header, h('div', { class: 'flips' }, ...maps, this.#layer.element)];
  }

  #heatFigure(since: FlipsSince, title: string): HeatFigure {
    const kept = since === 'initialization' ? 'weights kept' : 'weights kept in both rounds';
    return new HeatFigure({
      host: this.#context.host,
      title,
      file: `${this.#run?.name ?? 'run'}-flips-${since}`,
      caption: () => `Share of the ${kept} whose sign differs. Random signs would differ in 50 %.`,
      data: () => {
        const rounds = this.#rounds(since);
        if (rounds.length > 0) return flipsHeatmap(this.#run!.rounds, since, readTheme());
        return 'The share of flipped signs in each layer appears here after each round.';
      },
      selected: () => (this.#chosen.since === since ? this.#place(since) : {}),
      select: ({ row, column }) => {
        const round = this.#rounds(since)[column];
        const layer = round?.layers[row]?.name;
        if (!round || layer === undefined) return;
        this.#context.host.select({ directory: this.#directory, round: round.round, layer });
        this.#choose({ since, round: round.round, layer });
      },
    });
  }

  #rounds(since: FlipsSince) {
    const rounds = this.#run?.rounds ?? [];
    return since === 'previous' ? rounds.filter(({ round }) => round > 0) : rounds;
  }

  #place(since: FlipsSince): Partial<Place> {
    const rounds = this.#rounds(since);
    const column = rounds.findIndex(({ round }) => round === this.#chosen.round);
    const row = rounds[0]?.layers.findIndex(({ name }) => name === this.#chosen.layer) ?? -1;
    return { row: row < 0 ? undefined : row, column: column < 0 ? undefined : column };
  }

  #choose(chosen: Partial<Chosen>): void {
    this.#chosen = { since: 'initialization', ...chosen };
    this.#context.host.remember({ chosen: this.#chosen });
    this.#refresh();
  }

  #refresh(): void {
    const run = this.#run;
    if (!run) return;
    setText(this.#finding, flipsFinding(run.rounds, this.#chosen.round));
    for (const { figure } of this.#heat) figure.refresh();
    this.#openLayer(run);
  }

  #openLayer(run: RunSnapshot): void {
    const { since, round, layer } = this.#chosen;
    const at = run.rounds.find((one) => one.round === round);
    const before = run.rounds.find((one) => one.round === (round ?? 0) - 1);
    if (!at || layer === undefined) return;
    const against = since === 'previous' ? before?.checkpoint : run.initialization;
    if (against === undefined) return;
    const againstName = since === 'previous' ? `round ${at.round - 1}` : 'init';
    this.#layer?.show({ file: at.checkpoint, orderOf: at.checkpoint, layer, against, againstName });
  }
}
