/** The connectivity panel: error and loss along α, the barrier with its definition, and a matrix if there are many pairs. */
import type { RelatedSnapshot } from '../../../engine/protocol';
import { barrierMatrix } from '../../charts/matrix';
import { Disposables } from '../../dispose';
import { h, setText } from '../../dom';
import { plural } from '../../format';
import { followRun } from '../../live';
import { errorState, progressLine } from '../../parts/message';
import type { Figure } from '../../parts/figure';
import type { PanelState, RunColor } from '../../protocol';
import { readTheme } from '../../theme';
import { HeatFigure } from '../heatFigure';
import { colorOf, followRuns } from '../runColors';
import type { Mount, ViewContext } from '../view';
import { barrierOf, barrierSentence, pairsOf, type Path } from './curves';
import { curveFigure } from './figure';

type State = Extract<PanelState, { view: 'connectivity' }>;

/** From this number of pairs on, the panel also has a matrix, because many brackets are hard to read. */
const MANY = 3;

/** Shows one or more interpolations between checkpoints. */
export const mountConnectivity: Mount<State> = (root, { directories }, context) =>
  new ConnectivityView(root, directories, context).owned;

class ConnectivityView {
  readonly owned = new Disposables();
  readonly #context: ViewContext;
  readonly #directories: readonly string[];
  readonly #runs = new Map<string, RelatedSnapshot>();
  readonly #finding = h('p', { class: 'finding', role: 'status' });
  readonly #errors = h('div');
  readonly #root: HTMLElement;
  #colors: RunColor[] = [];
  #figures: Figure[] | undefined;

  constructor(root: HTMLElement, directories: readonly string[], context: ViewContext) {
    this.#root = root;
    this.#context = context;
    this.#directories = directories;
    root.replaceChildren(progressLine(), this.#errors);
    for (const directory of directories) {
      const changed = (run: RelatedSnapshot) => {
        this.#runs.set(directory, run);
        this.#showError(directory);
        this.#refresh();
      };
      const failed = (error: Error) => {
        root.querySelector('.progress-line')?.remove();
        this.#showError(directory, error);
      };
      this.owned.add(followRun(context.host, directory, { changed, failed }));
    }
    this.owned.add(
      followRuns(context.host, (colors) => {
        this.#colors = colors;
        if (this.#runs.size > 0) this.#refresh();
      }),
    );
  }

  /** Shows why a run cannot be read. Removes the message if there is no error. */
  #showError(directory: string, error?: Error): void {
    [...this.#errors.children].find((shown) => shown.getAttribute('data-key') === directory)?.remove();
    if (!error) return;
    const shown = errorState(error);
    shown.dataset['key'] = directory;
    this.#errors.append(shown);
  }

  #paths(): Path[] {
    const theme = readTheme();
    const known = this.#directories.flatMap((directory) => this.#runs.get(directory) ?? []);
    return known.map((run, place) => {
      const alone = theme.runs[place % theme.runs.length]!;
      return { run, color: colorOf(this.#colors, run.directory, theme) ?? alone };
    });
  }

  #build(): Figure[] {
    const { host } = this.#context;
    const paths = () => this.#paths();
    const curves = (['error', 'loss'] as const).map((quantity) => curveFigure({ host, quantity, paths }));
    const matrix = new HeatFigure({
      host,
      title: 'Barriers',
      file: 'barriers',
      caption: () => 'Barrier of the test error between each pair of checkpoints, in percentage points.',
      data: () => barrierMatrix(pairsOf(paths()), readTheme()),
      selected: () => ({}),
      select: () => undefined,
    });
    const many = this.#directories.length >= MANY;
    const figures = many ? [...curves, matrix.figure] : curves;
    for (const figure of figures) this.owned.add(figure);
    const header = h('header', { class: 'run-header' }, h('h1', {}, this.#title()), this.#finding);
    const elements = figures.map(({ element }) => element);
    this.#root.replaceChildren(header, this.#errors, h('div', { class: 'curves' }, ...elements));
    return figures;
  }

  #title(): string {
    const [a, b] = this.#paths()[0]?.run.sources ?? [];
    if (this.#directories.length > 1 || !a || !b)
      return `Linear connectivity · ${plural(this.#directories.length, 'pair')}`;
    return `Linear connectivity · A ${a.label} · B ${b.label}`;
  }

  #refresh(): void {
    this.#figures ??= this.#build();
    setText(
      this.#finding,
      this.#paths()
        .map(({ run }) => findingOf(run, this.#directories.length > 1))
        .join(' '),
    );
    for (const figure of this.#figures) figure.refresh();
  }
}

function findingOf(run: RelatedSnapshot, named: boolean): string {
  const barrier = barrierOf(run, 'error') ?? barrierOf(run, 'loss');
  const points = run.ends?.points ?? run.points.length;
  const finding = barrier
    ? barrierSentence(barrier, run)
    : `${run.status}, ${run.points.length} of ${points} points measured${run.message === undefined ? '' : `: ${run.message}`}.`;
  return named ? `${run.name}: ${finding}` : finding;
}
