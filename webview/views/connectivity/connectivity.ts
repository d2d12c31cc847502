/** The connectivity panel: error and loss along α, the barrier with its definition, and a matrix if there are many pairs. */
import type { RelatedSnapshot } from '../../../engine/protocol';
import { BARRIER_NAMES, NAMED_BARRIERS, type BarrierName } from '../../../engine/vocabulary/namedBarriers';
import { barrierMatrix } from '../../charts/matrix';
import { Disposables } from '../../dispose';
import { h } from '../../dom';
import { followRun } from '../../live';
import { choice } from '../../parts/choice';
import { errorState, progressLine } from '../../parts/message';
import type { Figure } from '../../parts/figure';
import type { PanelState } from '../../protocol';
import { readTheme } from '../../theme';
import { HeatFigure } from '../heatFigure';
import { rememberedWord, type Mount, type ViewContext } from '../view';
import { barrierOf, barrierSentence, shapeAt, type Path } from './curves';
import { curveFigure } from './figure';
import { ConnectivityHeader } from './header';
import { BarrierTable } from './barrierTable';
import { matrixPairs, pairNames, pairsFinding } from './pairs';
import { isSurface, SURFACE_QUANTITIES, surfaceFinding, type SurfaceQuantity } from './surfaceData';
import { surfaceFigure } from './surfaceFigure';

type State = Extract<PanelState, { view: 'connectivity' }>;

/** From this number of pairs on, the panel also has a matrix. */
const MANY = 3;
const UNITS: Record<BarrierName, string> = { official: 'points', frankle: 'points', chord: 'nats' };

/** Shows one or more interpolations between checkpoints, or one loss surface. */
export const mountConnectivity: Mount<State> = (root, { directories }, context) =>
  new ConnectivityView(root, directories, context).owned;

class ConnectivityView {
  readonly owned = new Disposables();
  readonly #context: ViewContext;
  readonly #directories: readonly string[];
  readonly #runs = new Map<string, RelatedSnapshot>();
  readonly #header: ConnectivityHeader;
  readonly #errors = h('div');
  readonly #root: HTMLElement;
  #figures: Figure[] | undefined;
  /** The directory of the run that is in front. */
  #forward: string | undefined;
  readonly #table: BarrierTable;
  #barrier: BarrierName;
  #quantity: SurfaceQuantity;

  constructor(root: HTMLElement, directories: readonly string[], context: ViewContext) {
    this.#root = root;
    this.#context = context;
    this.#directories = directories;
    this.#barrier = rememberedWord(context.memory, 'barrier', BARRIER_NAMES);
    this.#quantity = rememberedWord(context.memory, 'surface', SURFACE_QUANTITIES);
    this.#table = new BarrierTable(context.host, this.#bring);
    this.#header = new ConnectivityHeader(context.host);
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
      context.host.trustGranted.on(() => {
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
    const names = pairNames(known);
    return known.map((run, place) => ({
      run,
      color: theme.methods[run.method],
      name: names[place]!,
      shape: shapeAt(place),
    }));
  }

  /** Returns the run if the panel shows a loss surface. */
  #surface(): RelatedSnapshot | undefined {
    const run = this.#runs.get(this.#directories[0]!);
    return this.#directories.length === 1 && run && isSurface(run) ? run : undefined;
  }

  #build(): Figure[] {
    if (this.#surface()) return this.#buildSurface();
    const { host } = this.#context;
    const paths = () => this.#paths();
    const forward = () => this.#forward;
    const curves = (['error', 'loss'] as const).map((quantity) => curveFigure({ host, quantity, paths, forward }));
    const matrix = this.#matrix();
    const many = this.#directories.length >= MANY;
    const figures = many ? [...curves, matrix.figure] : curves;
    for (const figure of figures) this.owned.add(figure);
    const elements = figures.map(({ element }) => element);
    const { element: table } = this.#table;
    const grid = h('div', { class: 'curves' }, ...elements, many && table); // beside the matrix
    this.#root.replaceChildren(this.#header.element, this.#errors, grid, ...(many ? [] : [table]));
    return figures;
  }

  #buildSurface(): Figure[] {
    const { host } = this.#context;
    const choose = (surface: SurfaceQuantity) => {
      this.#quantity = surface;
      host.remember({ surface });
      this.#refresh();
    };
    const figure = surfaceFigure({ host, run: () => this.#surface()!, quantity: () => this.#quantity, choose });
    this.owned.add(figure);
    this.#root.replaceChildren(this.#header.element, this.#errors, h('div', { class: 'surface' }, figure.element));
    return [figure];
  }

  #matrix(): HeatFigure {
    const { host } = this.#context;
    const items = BARRIER_NAMES.map((value) => ({ value, label: NAMED_BARRIERS[value].title }));
    const choose = (barrier: BarrierName) => {
      this.#barrier = barrier;
      host.remember({ barrier });
      this.#refresh();
    };
    return new HeatFigure({
      host,
      title: 'Matrix',
      file: () => `barriers-${this.#barrier}`,
      controls: choice({ label: 'Definition of the barrier', items, chosen: this.#barrier, choose }),
      caption: () => {
        const { definition, source } = NAMED_BARRIERS[this.#barrier];
        return `Barrier between each pair of checkpoints: ${definition} (${source}). 0: the maximum is at an end.`;
      },
      data: () => barrierMatrix(matrixPairs(this.#paths(), this.#barrier), readTheme(), UNITS[this.#barrier]),
      selected: () => ({}),
      select: () => undefined,
    });
  }

  readonly #bring = (directory: string | undefined): void => {
    if (this.#directories.length < 2 || this.#forward === directory) return;
    this.#forward = directory;
    for (const figure of this.#figures ?? []) figure.refresh();
  };

  #refresh(): void {
    this.#figures ??= this.#build();
    const paths = this.#paths();
    const [only] = paths;
    const surface = this.#surface();
    const finding = surface
      ? surfaceFinding(surface, this.#quantity)
      : only && paths.length === 1
        ? findingOf(only.run)
        : pairsFinding(paths);
    const several = this.#directories.length > 1 ? { several: this.#directories.length } : {};
    this.#header.refresh(
      paths.map(({ run }) => run),
      { finding, ...several },
    );
    this.#table.refresh(paths, this.#directories.length > 1);
    for (const figure of this.#figures) figure.refresh();
  }
}

function findingOf(run: RelatedSnapshot): string {
  const barrier = barrierOf(run, 'error') ?? barrierOf(run, 'loss');
  const points = run.ends?.points ?? run.points.length;
  const finding = barrier
    ? barrierSentence(barrier, run)
    : `${run.status}, ${run.points.length} of ${points} points measured${run.message === undefined ? '' : `: ${run.message}`}.`;
  return run.pair === undefined || run.pair.kind === 'unknown' ? finding : `${finding} ${run.pair.sentence}`;
}
