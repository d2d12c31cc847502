/** Messages that are shown instead of data. */
import { button, h } from '../dom';

export interface NextAction {
  label: string;
  press: () => void;
}

/** Says what will be shown here, and how to get it. */
export function emptyState(sentence: string, ...actions: NextAction[]): HTMLElement {
  return h('div', { class: 'empty' }, h('p', {}, sentence), ...actions.map((action) => button(action)));
}

/** Says what went wrong, where the answer would be shown. */
export function errorState(error: Error, again?: () => void): HTMLElement {
  const retry = again && button({ label: 'Try again', press: again });
  return h('div', { class: 'empty error', role: 'alert' }, h('p', {}, error.message), retry);
}

/** Makes a thin progress line, which takes no space. */
export function progressLine(): HTMLElement {
  return h('div', { class: 'progress-line', role: 'progressbar', 'aria-label': 'Loading' });
}
