/** Messages that are shown instead of data. */
import { button, h, icon } from '../dom';

export interface NextAction {
  label: string;
  press: () => void;
}

/** Makes the message of an empty view. It says what will appear there. `actions` become buttons. */
export function emptyState(sentence: string, ...actions: NextAction[]): HTMLElement {
  return h('div', { class: 'empty' }, h('p', {}, sentence), ...actions.map((action) => button(action)));
}

/** Makes the message for an error. The page shows it instead of the missing data. `again` becomes a button. */
export function errorState(error: Error, again?: () => void): HTMLElement {
  const retry = again && button({ label: 'Try again', press: again });
  return h('div', { class: 'empty error', role: 'alert' }, h('p', {}, error.message), retry);
}

/** Makes a thin progress line. It does not move other elements. */
export function progressLine(): HTMLElement {
  return h('div', { class: 'progress-line', role: 'progressbar', 'aria-label': 'Loading' });
}

/** Makes an empty list for warnings, which `drawWarnings` fills. */
export function warningList(): HTMLElement {
  return h('ul', { class: 'warnings', 'aria-label': 'Warnings', hidden: true });
}

/** Shows warnings in their list. A list that has not changed is not drawn again: a screen reader would repeat it. */
export function drawWarnings(list: HTMLElement, warnings: readonly string[] = []): void {
  list.hidden = warnings.length === 0;
  const shown = [...list.children].map(({ textContent }) => textContent);
  if (shown.length === warnings.length && warnings.every((warning, i) => warning === shown[i])) return;
  list.replaceChildren(...warnings.map((warning) => h('li', {}, icon('warning'), warning)));
}
