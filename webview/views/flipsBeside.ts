/** The sign flips of a search by another method, to be shown beside those of a run: which methods keep the signs? */
import type { ListedRun, RunSnapshot } from '../../engine/protocol';
import { Disposables } from '../dispose';
import { h } from '../dom';
import { percent } from '../format';
import type { Host } from '../host';
import { followRun } from '../live';
import { followRuns } from '../runsLive';
import { flippedInRound } from './run/heatData';

/** Rounds of two searches whose densities differ less than this ratio have the same sparsity. */
const SAME_DENSITY = 1.1;

/** Returns the searches by other methods with the same model and data. Those with the same seed come first. */
export function searchesBeside(runs: readonly ListedRun[], own: RunSnapshot): ListedRun[] {
  return runs
    .filter(({ kind, method, model, dataset, rounds }) => {
      const isOther = kind === 'search' && method !== own.method && rounds.length > 0;
      return isOther && model === own.model && dataset === own.dataset;
    })
    .sort((a, b) => Number(b.seed === own.seed) - Number(a.seed === own.seed));
}

/** Returns for example “At the same sparsity, 83.1 % are kept by lrr (lrr-seed1).” Empty if no round has the same sparsity. */
export function besideFinding(own: RunSnapshot, other: RunSnapshot, at?: number): string {
  const round = own.rounds.find((one) => one.round === at) ?? own.rounds.at(-1);
  if (!round) return '';
  const distance = (one: { sparsity: { prunable: number } }) =>
    Math.abs(Math.log((1 - one.sparsity.prunable) / (1 - round.sparsity.prunable)));
  const [nearest] = [...other.rounds].sort((a, b) => distance(a) - distance(b));
  if (!nearest || distance(nearest) > Math.log(SAME_DENSITY)) return '';
  const kept = 1 - flippedInRound(nearest, 'initialization');
  if (!Number.isFinite(kept)) return '';
  return `At the same sparsity, ${other.method} has ${percent(kept)} (${other.name}, round ${nearest.round}).`;
}

export class RunBeside {
  readonly owned = new Disposables();
  readonly element: HTMLElement;
  readonly #select = h('select', { 'aria-label': 'Search by another method' });
  readonly #host: Host;
  readonly #changed: () => void;
  #runs: ListedRun[] = [];
  #own: RunSnapshot | undefined;
  #following: Disposables | undefined;
  #directory: string | undefined;
  #chosen: string;
  #run: RunSnapshot | undefined;

  constructor(host: Host, chosen: string, changed: () => void) {
    this.#host = host;
    this.#chosen = chosen;
    this.#changed = changed;
    this.element = h('label', { class: 'control' }, 'beside', this.#select);
    this.#select.addEventListener('change', () => {
      this.#chosen = this.#select.value;
      host.remember({ beside: this.#chosen });
      this.#follow();
      changed();
    });
    this.owned.add(
      followRuns(host, (runs) => {
        this.#runs = runs;
        this.#offer();
      }),
    );
    this.owned.add({
      dispose: () => {
        this.#following?.dispose();
      },
    });
  }

  /** The run to show. Undefined if there is none, or until it has arrived. */
  get run(): RunSnapshot | undefined {
    return this.#run;
  }

  /** Tells the run of the panel. */
  compareWith(own: RunSnapshot): void {
    const isFirst = this.#own === undefined;
    this.#own = own;
    if (isFirst) this.#offer();
  }

  #offer(): void {
    if (!this.#own) return;
    const offered = searchesBeside(this.#runs, this.#own);
    const key = JSON.stringify(offered.map(({ directory, name }) => [directory, name]));
    if (this.#select.dataset['key'] === key) return;
    this.#select.dataset['key'] = key;
    this.#select.replaceChildren(...offered.map(({ directory, name }) => h('option', { value: directory }, name)));
    const isKnown = offered.some(({ directory }) => directory === this.#chosen);
    if (isKnown) this.#select.value = this.#chosen;
    this.#follow();
  }

  #follow(): void {
    const directory = this.#select.value;
    if (directory === this.#directory) return;
    this.#directory = directory;
    this.#following?.dispose();
    this.#following = new Disposables();
    this.#run = undefined;
    if (directory === '') return;
    const changed = (run: RunSnapshot) => {
      this.#run = run;
      this.#changed();
    };
    this.#following.add(followRun(this.#host, directory, { changed, failed: this.#changed }));
  }
}
