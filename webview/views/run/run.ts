/** The run panel: accuracy against sparsity, sparsity by layer and round, loss, rounds. */
import type { ListedRun, RelatedSnapshot } from '../../../engine/protocol';
import { Disposables } from '../../dispose';
import { h, setText } from '../../dom';
import { followRun } from '../../live';
import { errorState, progressLine } from '../../parts/message';
import type { PanelState } from '../../protocol';
import { readTheme } from '../../theme';
import { HeatFigure } from '../heatFigure';
import { followRuns } from '../../runsLive';
import { rememberedNumber, rememberedText, type Mount, type ViewContext } from '../view';
import { accuracyFigure, type AccuracyChoices } from './accuracy';
import { experimentsOf, relatedRuns } from './accuracyData';
import { accuracyFinding } from './finding';
import { drawRunHeader } from './header';
import { keptPicture } from './heatData';
import { lossFigure } from './loss';
import { NormalizationTable } from './normalization';
import { OptionsStrip } from './optionsStrip';
import { drawRounds } from './rounds';
import { SignsTable } from './signs';

type State = Extract<PanelState, { view: 'run' }>;

/** Shows one run, and updates the view while the run continues. */
export const mountRun: Mount<State> = (root, { directory }, context) => {
  const view = new RunView(root, directory, context);
  return view.owned;
};

class RunView {
  readonly owned = new Disposables();
  readonly #header = h('header', { class: 'run-header' });
  readonly #finding = h('p', { class: 'finding' });
  readonly #options: OptionsStrip;
  readonly #panes = h('div', { class: 'panes' });
  readonly #rounds = h('div', { class: 'scroll' });
  readonly #normalization = new NormalizationTable();
  readonly #signs = new SignsTable();
  readonly #context: ViewContext;
  readonly #directory: string;
  readonly #root: HTMLElement;
  #run: RelatedSnapshot | undefined;
  #runs: ListedRun[] = [];
  #selection: { round?: number; layer?: string } = {};
  #smoothing: number;
  #accuracy: HTMLElement | undefined;
  #figures: { refresh(): void }[] | undefined;

  constructor(root: HTMLElement, directory: string, context: ViewContext) {
    this.#root = root;
    this.#directory = directory;
    this.#context = context;
    const { host, memory } = context;
    this.#smoothing = rememberedNumber(memory, 'smoothing', 0.6);
    this.#options = new OptionsStrip(rememberedText(memory, 'against'), (against) => {
      host.remember({ against });
    });
    const round = rememberedNumber(memory, 'round', -1);
    if (round >= 0) this.#selection = { round };
    root.replaceChildren(progressLine());
    this.owned.add(followRun(host, directory, { changed: this.#changed, failed: this.#failed }));
    this.owned.add(
      followRuns(host, (runs) => {
        this.#runs = runs;
        this.#refresh();
      }),
    );
    this.owned.add(
      host.trustGranted.on(() => {
        this.#refresh();
      }),
    );
    this.owned.add(
      host.selected.on(({ directory: of, round: chosen, layer }) => {
        if (of !== directory) return;
        this.#selection = { round: chosen, layer };
        this.#refresh();
      }),
    );
  }

  readonly #changed = (run: RelatedSnapshot): void => {
    this.#run = run;
    this.#figures ??= this.#build();
    if (!this.#header.isConnected)
      this.#root.replaceChildren(this.#header, this.#finding, this.#options.element, this.#accuracy!, this.#panes);
    this.#refresh();
  };

  readonly #failed = (error: Error): void => {
    this.#root.replaceChildren(errorState(error));
  };

  #build() {
    const { host, memory } = this.#context;
    const snapshot = () => this.#run;
    const accuracy = this.owned.add(
      accuracyFigure({
        host,
        own: snapshot,
        runs: () => this.#withOwn(),
        round: () => this.#selection.round,
        selectRound: (round) => {
          this.#select({ ...this.#selection, round });
        },
        choices: memory['accuracy'] as AccuracyChoices | undefined,
        changed: (accuracy) => {
          host.remember({ accuracy });
        },
      }),
    );
    const smooth = (value: number) => {
      this.#smoothing = value;
      host.remember({ smoothing: value });
    };
    const loss = this.owned.add(lossFigure({ host, snapshot, smoothing: () => this.#smoothing, smooth }));
    const heat = this.#kept();
    this.owned.add(heat.figure);
    const rounds = h('section', { class: 'rounds', 'aria-label': 'Rounds' }, h('h2', {}, 'Rounds'), this.#rounds);
    this.#accuracy = accuracy.element;
    this.#panes.append(heat.figure.element, rounds, loss.element, this.#signs.element, this.#normalization.element);
    return [accuracy, loss, heat.figure];
  }

  #kept(): HeatFigure {
    return new HeatFigure({
      host: this.#context.host,
      title: 'Kept weights by layer and round',
      file: `${this.#run?.name ?? 'run'}-kept`,
      caption: () => 'Share of kept weights of each layer, at the end of each round.',
      data: () => (this.#run ? keptPicture(this.#run, readTheme()) : ''),
      selected: () => this.#place(),
      select: ({ row, column }) => {
        const round = this.#run?.rounds[column];
        this.#select({ round: round?.round, layer: round?.layers[row]?.name });
      },
    });
  }

  #place() {
    const { round, layer } = this.#selection;
    const rounds = this.#run?.rounds ?? [];
    const column = rounds.findIndex((one) => one.round === round);
    const row = rounds[0]?.layers.findIndex(({ name }) => name === layer) ?? -1;
    return { row: row < 0 ? undefined : row, column: column < 0 ? undefined : column };
  }

  /** Returns all runs. The run of this panel comes from its snapshot, which is newer than the list of runs. */
  #withOwn(): ListedRun[] {
    const run = this.#run;
    if (!run) return this.#runs;
    const own = this.#runs.find(({ directory }) => directory === this.#directory);
    // `differs` and `experiment` depend on the other runs, so only the list of runs has their current values.
    const { sources, experiment, seeds, differs } = own ?? run;
    return [{ ...run, sources, experiment, seeds, differs }, ...this.#runs.filter((other) => other !== own)];
  }

  #select(selection: { round?: number; layer?: string }): void {
    this.#selection = selection;
    const { host } = this.#context;
    host.select({ directory: this.#directory, ...selection });
    host.remember({ round: selection.round ?? -1 });
    this.#refresh();
  }

  #refresh(): void {
    const run = this.#run;
    if (!run || !this.#figures) return;
    const { host } = this.#context;
    drawRunHeader(this.#header, run, host);
    const runs = relatedRuns(this.#withOwn(), run);
    setText(this.#finding, accuracyFinding(experimentsOf(runs), run));
    this.#options.refresh({ host, run, runs });
    for (const figure of this.#figures) figure.refresh();
    const select = (round: number) => {
      this.#select({ ...this.#selection, round });
    };
    this.#signs.refresh(run);
    this.#normalization.refresh(run, this.#selection.round);
    drawRounds(this.#rounds, { host, run, selected: this.#selection.round, select });
  }
}
