/** Sentences that stand where data would be. */
import { button, h } from '../dom';

export interface NextAction {
  label: string;
  press: () => void;
}

/** What would be here, and how to get it. */
export function emptyState(sentence: string, ...actions: NextAction[]): HTMLElement {
  return h('div', { class: 'empty' }, h('p', {}, sentence), ...actions.map((action) => button(action)));
}

/** What went wrong, said where the answer would stand. */
export function errorState(error: Error, again?: () => void): HTMLElement {
  const retry = again && button({ label: 'Try again', press: again });
  return h('div', { class: 'empty error', role: 'alert' }, h('p', {}, error.message), retry);
}

/** A thin line that says something is on its way; never in the way. */
export function progressLine(): HTMLElement {
  return h('div', { class: 'progress-line', role: 'progressbar', 'aria-label': 'Loading' });
}
