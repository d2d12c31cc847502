/** The list of all columns, in which the user adds and hides columns. */
import type { RunColumn } from '../../../engine/vocabulary/runColumns';
import type { ColumnChoice } from '../../../engine/vocabulary/runTable';
import { button, h, setText } from '../../dom';
import { rove, updateRoving } from '../../parts/roving';

export interface ColumnMenuOptions {
  change: (choice: ColumnChoice) => void;
}

/** What the list shows now. */
export interface MenuContent {
  all: readonly RunColumn[];
  shown: readonly RunColumn[];
  /** Whether a column would be shown without a choice. */
  isDefault: (column: RunColumn) => boolean;
  choice: ColumnChoice;
}

/** Returns the choice after a column was added or hidden. A choice that agrees with the default is forgotten, so that the default can change. */
export function withColumn(
  choice: ColumnChoice,
  id: string,
  { show, byDefault }: { show: boolean; byDefault: boolean },
): ColumnChoice {
  const without = (ids: readonly string[]) => ids.filter((one) => one !== id);
  const [added, hidden] = [without(choice.added), without(choice.hidden)];
  if (show === byDefault) return { added, hidden };
  return show ? { added: [...added, id], hidden } : { added, hidden: [...hidden, id] };
}

/** A button, and the list that it opens below the toolbar. */
export class ColumnMenu {
  readonly button: HTMLButtonElement;
  readonly element: HTMLElement;
  readonly #options: ColumnMenuOptions;
  readonly #list = h('div', { class: 'column-list', role: 'group', 'aria-label': 'Columns' });
  readonly #search = h('input', { type: 'search', placeholder: 'Find column', 'aria-label': 'Find column' });
  readonly #reset: HTMLButtonElement;
  #content: MenuContent | undefined;

  constructor(options: ColumnMenuOptions) {
    this.#options = options;
    this.button = button({ label: 'Columns', icon: 'list-selection', text: true, press: this.toggle });
    this.button.setAttribute('aria-expanded', 'false');
    this.#reset = button({
      label: 'Only what differs',
      press: () => {
        options.change({ added: [], hidden: [] });
      },
    });
    const close = button({ label: 'Close', icon: 'close', press: this.toggle });
    const tools = h('div', { class: 'column-tools' }, this.#search, this.#reset, close);
    this.element = h(
      'section',
      { class: 'column-menu', 'aria-label': 'Choose columns', hidden: true },
      tools,
      this.#list,
    );
    this.#search.addEventListener('input', this.#draw);
    this.element.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.toggle();
    });
    rove(this.#list, { items: 'input', press: (item) => { (item as HTMLInputElement).click(); } }); // prettier-ignore
    this.#list.addEventListener('change', this.#changed);
  }

  readonly toggle = (): void => {
    const opens = this.element.hidden;
    this.element.hidden = !opens;
    this.button.setAttribute('aria-expanded', String(opens));
    if (opens) {
      this.#draw();
      this.#search.focus();
    } else this.button.focus();
  };

  show(content: MenuContent): void {
    this.#content = content;
    const { added, hidden } = content.choice;
    const changes = added.length + hidden.length;
    setText(this.#reset, 'Only what differs');
    this.#reset.setAttribute('aria-disabled', String(changes === 0));
    if (!this.element.hidden) this.#draw();
  }

  readonly #changed = ({ target }: Event): void => {
    const box = target as HTMLInputElement;
    const column = this.#content?.all.find(({ id }) => id === box.value);
    if (!this.#content || !column) return;
    const byDefault = this.#content.isDefault(column);
    this.#options.change(withColumn(this.#content.choice, column.id, { show: box.checked, byDefault }));
  };

  readonly #draw = (): void => {
    if (!this.#content) return;
    const { all, shown } = this.#content;
    const wanted = this.#search.value.trim().toLowerCase();
    const focused = (document.activeElement as HTMLInputElement | null)?.value;
    const isWanted = ({ id, title, hint }: RunColumn) => `${id} ${title} ${hint}`.toLowerCase().includes(wanted);
    const boxes = all.filter(isWanted).map((column) => {
      const box = h('input', { type: 'checkbox', value: column.id, tabindex: -1 });
      box.checked = shown.includes(column);
      return h('label', { title: column.hint }, box, column.id === 'star' ? 'star' : column.title);
    });
    const hadFocus = this.#list.contains(document.activeElement);
    this.#list.replaceChildren(...boxes);
    updateRoving(this.#list, 'input', focused === undefined ? undefined : `[value="${CSS.escape(focused)}"]`);
    if (hadFocus) this.#list.querySelector<HTMLElement>('input[tabindex="0"]')?.focus();
  };
}
