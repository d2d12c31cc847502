/** The filter of a list. The key `/` focuses it from anywhere in the panel except text fields, and Escape empties it. */
import { h } from '../dom';

/** Creates the input. `filter` is called with every change of the text. */
export function filterInput(root: HTMLElement, what: string, filter: (text: string) => void): HTMLInputElement {
  const label = `Filter ${what}`;
  const input = h('input', { type: 'search', placeholder: `${label} ( / )`, 'aria-label': label });
  input.addEventListener('input', () => {
    filter(input.value);
  });
  root.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    input.focus();
  });
  input.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return;
    input.value = '';
    filter('');
  });
  return input;
}
