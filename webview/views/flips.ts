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
import { choice } from '../parts/choice';
import { besideFinding, RunBeside } from './flipsBeside';
import { flipsFinding, flipsHeatmap, flipsMost, SIGN_SHARES, type FlipsSince, type SignShare } from './run/heatData';
import { rememberedText, rememberedWord, type Mount, type ViewContext } from './view';

type State = Extract<PanelState, { view: 'flips' }>;

/** Shows the flipped signs of a search by layer and round. */
export const mountFlips: Mount<State> = (root, { directory }, context) => new FlipsView(root, directory, context).owned;

const SHARE_TITLES: Record<SignShare, string> = {
  flipped: 'Share of signs that flipped',
  kept: 'Share of signs that stayed the same',
};

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
  #share: SignShare;
  readonly #beside: RunBeside;
  readonly #maps = h('div', { class: 'flips' });
  #besideMap: HeatFigure | undefined;

  constructor(root: HTMLElement, directory: string, context: ViewContext) {
    this.#root = root;
    this.#directory = directory;
    this.#context = context;
    const { memory, host } = context;
    if (typeof memory['chosen'] === 'object') this.#chosen = memory['chosen'] as Chosen;
    this.#share = rememberedWord(memory, 'share', SIGN_SHARES);
    this.#beside = new RunBeside(host, rememberedText(memory, 'beside'), () => {
      this.#refresh();
    });
    this.owned.add(this.#beside.owned);
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
    this.#beside.compareWith(run);
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
    const choose = (share: SignShare) => {
      this.#share = share;
      host.remember({ share });
      this.#refresh();
    };
    const items = SIGN_SHARES.map((value) => ({ value, label: value, title: SHARE_TITLES[value] }));
    const shares = choice({ label: 'Signs to show', items, chosen: this.#share, choose });
    const openRun = button({ label: 'Open run', icon: 'graph-line', text: true, press: open });
    const title = h('h1', {}, `Sign flips · ${run.method} · ${run.model} · ${run.dataset} · seed ${seedText(run)}`);
    const header = h(
      'header',
      { class: 'run-header' },
      title,
      this.#finding,
      h('div', { class: 'actions' }, shares, openRun),
    );
    this.#besideMap = this.#heatOfOther();
    this.owned.add(this.#besideMap.figure);
    this.#layer = new ChosenLayer({ host, title: 'Same and flipped signs', file: `${run.name}-flips` });
    this.owned.add(this.#layer.owned);
    this.#layer.say('Choose a cell to see which signs of that layer stayed the same and which flipped.');
    this.#arrange();
    return [header, this.#maps];
  }

  /** Shows the other search beside the flips since the initialization, if there is one. */
  #arrange(): void {
    const [first, second] = this.#heat.map(({ figure }) => figure.element);
    const other = this.#beside.run && this.#besideMap?.figure.element;
    const shown = [first!, ...(other ? [other] : []), second!, this.#layer!.element];
    const isSame =
      shown.length === this.#maps.childElementCount && shown.every((one, i) => one === this.#maps.children[i]);
    if (!isSame) this.#maps.replaceChildren(...shown);
  }

  #heatOfOther(): HeatFigure {
    const other = () => this.#beside.run;
    return new HeatFigure({
      host: this.#context.host,
      title: 'The same of another method',
      heading: () => `${other()?.method ?? ''} · ${other()?.name ?? ''}`,
      file: () => `${other()?.name ?? 'run'}-flips-initialization`,
      controls: this.#beside.element,
      caption: () => `Signs since the initialization in a search by ${other()?.method ?? 'another method'}.`,
      data: () => {
        const run = other();
        if (!run) return 'Waiting for the other search.';
        return flipsHeatmap(run.rounds, { since: 'initialization', share: this.#share }, readTheme());
      },
      selected: () => ({}),
      select: () => undefined,
    });
  }

  #heatFigure(since: FlipsSince, title: string): HeatFigure {
    const kept = since === 'initialization' ? 'weights kept' : 'weights kept in both rounds';
    return new HeatFigure({
      host: this.#context.host,
      title,
      file: `${this.#run?.name ?? 'run'}-flips-${since}`,
      caption: () => {
        const what =
          this.#share === 'flipped'
            ? 'differs. Random signs would differ in 50 %'
            : 'is the same. With random signs, it would be 50 %';
        return `Share of the ${kept} whose sign ${what}.`;
      },
      data: () => {
        const rounds = this.#rounds(since);
        if (rounds.length > 0) return flipsHeatmap(this.#run!.rounds, { since, share: this.#share }, readTheme());
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
    if (!run || this.#heat.length === 0) return;
    this.#chooseFirst(run);
    this.#arrange();
    const other = this.#beside.run;
    const beside = other ? besideFinding(run, other, this.#chosen.round) : '';
    setText(this.#finding, [flipsFinding(run.rounds, this.#chosen.round), beside].filter(Boolean).join(' '));
    for (const { figure } of [...this.#heat, this.#besideMap!]) figure.refresh();
    this.#openLayer(run);
  }

  /** Chooses the layer that flips most in the last round, until the user chooses another one. */
  #chooseFirst({ rounds, initialization }: RunSnapshot): void {
    const last = rounds.at(-1);
    if (this.#chosen.layer !== undefined || !last) return;
    const since: FlipsSince = initialization === undefined ? 'previous' : 'initialization';
    const layer = flipsMost(last, since);
    if (layer !== undefined) this.#chosen = { since, round: this.#chosen.round ?? last.round, layer };
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
