/** The header of the connectivity panel: its title, finding and progress, and buttons that open the ends, stop and resume. */
import type { RelatedSnapshot } from '../../../engine/protocol';
import { nextStep, type NextStep } from '../../../engine/vocabulary/runStatus';
import { button, h, setText } from '../../dom';
import { plural } from '../../format';
import type { Host } from '../../host';
import type { PanelAction } from '../../protocol';

const ENDS = ['A', 'B', 'C'];

export class ConnectivityHeader {
  readonly element: HTMLElement;
  readonly #title = h('h1');
  readonly #finding = h('p', { class: 'finding', role: 'status' });
  readonly #actions = h('div', { class: 'actions' });
  readonly #bar = h('div', { class: 'bar' });
  readonly #host: Host;

  constructor(host: Host) {
    this.#host = host;
    this.element = h('header', { class: 'run-header' }, this.#title, this.#finding, this.#actions, this.#bar);
  }

  /** `several`: whether the panel was opened with several runs, of which some may be unreadable. */
  refresh(runs: readonly RelatedSnapshot[], { finding, several }: { finding: string; several?: number }): void {
    const [only] = runs;
    setText(
      this.#title,
      several === undefined && only ? titleOf(only) : `Linear connectivity · ${plural(several ?? 0, 'pair')}`,
    );
    setText(this.#finding, finding);
    this.#bar.hidden = !runs.some(({ status }) => status === 'running');
    this.#bar.style.setProperty('--share', String(measuredShare(runs)));
    const ends = several === undefined && only ? only.sources : [];
    const steps = this.#host.trusted ? runs.map((run) => ({ run, step: nextStep(run) })) : [];
    const key = JSON.stringify([ends, steps.map(({ step }) => step)]);
    if (this.#actions.dataset['key'] === key) return;
    this.#actions.dataset['key'] = key;
    this.#actions.replaceChildren(
      ...ends.map(({ label, file }, place) => this.#open(`${ENDS[place]!} ${label}`, file)),
      ...this.#stepButtons(steps),
    );
  }

  #open(label: string, file: string): HTMLElement {
    const made = button({
      label,
      icon: 'go-to-file',
      text: true,
      press: this.#act({ action: 'openCheckpoint', file }),
    });
    made.title = `Open ${label}`;
    return made;
  }

  /** Returns a button to stop and one to resume, each for all runs to which it applies. */
  #stepButtons(steps: readonly { run: RelatedSnapshot; step: NextStep }[]): HTMLElement[] {
    const some = (action: 'stop' | 'resume') => steps.filter(({ step }) => step === action).map(({ run }) => run);
    const icons = { stop: 'debug-stop', resume: 'debug-continue' };
    return (['stop', 'resume'] as const).flatMap((action) => {
      const runs = some(action);
      if (runs.length === 0) return [];
      const word = action === 'stop' ? 'Stop' : 'Resume';
      const label = steps.length > 1 ? `${word} ${plural(runs.length, 'measurement')}` : word;
      const press = () => {
        for (const { directory } of runs) this.#host.act({ action, directory });
      };
      return [button({ label, icon: icons[action], text: true, press })];
    });
  }

  #act(action: PanelAction): () => void {
    return () => {
      this.#host.act(action);
    };
  }
}

function titleOf({ sources: [a, b, c], ends }: RelatedSnapshot): string {
  if (ends?.c) return `Loss surface · A ${a?.label ?? ''} · B ${b?.label ?? ''} · C ${c?.label ?? ''}`;
  return a && b ? `Linear connectivity · A ${a.label} · B ${b.label}` : 'Linear connectivity';
}

/** Returns the measured share of all points, in [0, 1]. */
function measuredShare(runs: readonly RelatedSnapshot[]): number {
  const wanted = runs.map(({ ends, points }) => (ends?.c ? ends.points ** 2 : (ends?.points ?? points.length)));
  const measured = runs.reduce((sum, { points, cells = [] }) => sum + points.length + cells.length, 0);
  return Math.min(
    1,
    measured /
      Math.max(
        1,
        wanted.reduce((sum, count) => sum + count, 0),
      ),
  );
}
