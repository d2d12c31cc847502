/** The header of a run: its title, progress, time left, warnings and buttons. */
import { duration } from '../../../engine/vocabulary/numbers';
import { STATUS_LOOKS } from '../../../engine/vocabulary/looks';
import { nextStep, type NextStep } from '../../../engine/vocabulary/runStatus';
import type { RelatedSnapshot, RunSnapshot } from '../../../engine/protocol';
import { button, h, icon, setText } from '../../dom';
import { percent, percentage } from '../../format';
import type { Host } from '../../host';
import { drawWarnings, warningList } from '../../parts/message';

/** Returns `round 3/8 · epoch 2/4 · 41 min left`. Epochs count from 1. A run that ended early keeps its round and epoch. */
export function progressWords({ progress, status, stopping }: Pick<RunSnapshot, ProgressField>): string {
  if (!progress || status === 'done' || status === 'waiting') return '';
  const { round, rounds, epoch, epochs, secondsLeft } = progress;
  const parts = [
    rounds > 0 && `round ${round}/${rounds}`,
    `epoch ${Math.min(epoch + 1, epochs)}/${epochs}`,
    status === 'running' && !stopping && secondsLeft !== undefined && `${duration(secondsLeft)} left`,
  ];
  return parts.filter(Boolean).join(' · ');
}

type ProgressField = 'progress' | 'status' | 'stopping';

/** Returns the finished share of a run, in [0, 1]. All rounds count the same, even if they have different numbers of epochs. */
export function progressShare({ progress }: Pick<RunSnapshot, 'progress'>): number {
  if (!progress) return 0;
  const { round, rounds, epoch, epochs, step, steps } = progress;
  const within = (epoch + step / Math.max(1, steps)) / Math.max(1, epochs);
  return Math.min(1, (round + within) / (rounds + 1));
}

/** Returns the result of a run that has ended. A search has no accuracy here, because its accuracy is not the ticket's. */
export function resultWords({ result }: Pick<RunSnapshot, 'result'>): string {
  if (result?.kind === 'train') {
    return `test accuracy ${percentage(result.test.accuracy)} after full training, ${percent(1 - result.sparsity.prunable)} kept`;
  }
  if (result?.kind === 'search') return `${percent(1 - result.sparsity.prunable)} of prunable weights kept`;
  return '';
}

/** Returns `aws · resnet20 · fashion-mnist · seed 1`. For a training, appends what it started from. */
export function runTitle({ method, model, dataset, seed, kind, source, sources }: RelatedSnapshot): string {
  const parts = [method, model, dataset, `seed ${seed}`];
  if (kind === 'train')
    parts.push(source?.from === 'checkpoint' ? `${source.variant} of ${sources[0]?.label ?? ''}` : 'from scratch');
  return parts.join(' · ');
}

/** Draws the header of a run, or updates it. */
export function drawRunHeader(node: HTMLElement, run: RelatedSnapshot, host: Host): void {
  if (!node.hasChildNodes()) build(node);
  const [title, status, words, bar] = ['h1', '.status', '.words', '.bar'].map((part) =>
    node.querySelector<HTMLElement>(part)!,
  );
  setText(title!, runTitle(run));
  status!.replaceChildren(icon(STATUS_LOOKS[run.status].icon), run.stopping ? 'stopping…' : run.status);
  status!.className = `status ${run.status}`;
  setText(words!, [progressWords(run), resultWords(run), run.message].filter(Boolean).join(' · '));
  drawWarnings(node.querySelector<HTMLElement>('.warnings')!, run.warnings);
  bar!.hidden = run.status !== 'running';
  bar!.style.setProperty('--share', String(progressShare(run)));
  const actions = node.querySelector<HTMLElement>('.actions')!;
  const step = host.trusted ? nextStep(run) : 'none';
  if (actions.dataset['step'] === step) return;
  actions.dataset['step'] = step;
  actions.replaceChildren(...actionsOf(run, step, host));
}

function build(node: HTMLElement): void {
  const state = h('p', { role: 'status' }, h('span', { class: 'status' }), h('span', { class: 'words' }));
  node.append(h('h1'), state, h('div', { class: 'actions' }), h('div', { class: 'bar' }));
  node.append(warningList());
}

function actionsOf({ directory, kind }: RunSnapshot, step: NextStep, host: Host): HTMLElement[] {
  const act = (action: 'stop' | 'resume' | 'openFlips') => () => {
    host.act({ action, directory });
  };
  return [
    ...(kind === 'search'
      ? [button({ label: 'Sign flips', icon: 'arrow-swap', text: true, press: act('openFlips') })]
      : []),
    ...(step === 'stop' ? [button({ label: 'Stop', icon: 'debug-stop', text: true, press: act('stop') })] : []),
    ...(step === 'resume'
      ? [button({ label: 'Resume', icon: 'debug-continue', text: true, press: act('resume') })]
      : []),
  ];
}
