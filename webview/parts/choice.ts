/** A choice among a few values, as a row of buttons. For keyboard and screen reader, it is a radio group. */
import { h } from '../dom';
import { rove, updateRoving } from './roving';

export interface ChoiceOptions<T extends string> {
  label: string;
  items: readonly { value: T; label: string; title?: string }[];
  chosen: T;
  choose: (value: T) => void;
}

/** Makes the row. `choose` is called when the user chooses another value. */
export function choice<T extends string>({ label, items, chosen, choose }: ChoiceOptions<T>): HTMLElement {
  const row = h('div', { class: 'choice', role: 'radiogroup', 'aria-label': label });
  const take = (target: Element) => {
    const taken = items.find(({ value }) => value === target.getAttribute('data-value'));
    if (!taken || target.getAttribute('aria-checked') === 'true') return;
    markChosen(row, taken.value);
    choose(taken.value);
  };
  for (const { value, label: text, title } of items) {
    const item = h('button', { type: 'button', role: 'radio', 'data-value': value, title }, text);
    item.addEventListener('click', () => {
      take(item);
    });
    row.append(item);
  }
  rove(row, { items: 'button', moved: take, press: take });
  markChosen(row, chosen);
  return row;
}

/** Marks a value as chosen, without calling `choose`. */
export function markChosen(row: HTMLElement, value: string): void {
  for (const item of row.querySelectorAll('button')) {
    item.setAttribute('aria-checked', String(item.dataset['value'] === value));
  }
  updateRoving(row, 'button', '[aria-checked="true"]');
}
