/** The filter of a list. The key `/` focuses it from anywhere in the panel except text fields, and Escape empties it. */
import type { Disposables } from '../dispose';
import { h } from '../dom';

/** The element in which the key is heard, and the view that owns the filter. */
export interface FilterPlace {
  root: HTMLElement;
  owned: Disposables;
}

/** Creates the input. `filter` is called with every change of the text. */
export function filterInput(
  { root, owned }: FilterPlace,
  what: string,
  filter: (text: string) => void,
): HTMLInputElement {
  const label = `Filter ${what}`;
  const input = h('input', { type: 'search', placeholder: `${label} ( / )`, 'aria-label': label });
  input.addEventListener('input', () => {
    filter(input.value);
  });
  owned.listen(root, 'keydown', (event) => {
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
