/** The controls above the table of runs: filter, number of runs, groups, columns and export. */
import type { RunColumn } from '../../../engine/vocabulary/runColumns';
import type { Disposables } from '../../dispose';
import { button, h, setText } from '../../dom';
import { count, plural } from '../../format';
import type { Host } from '../../host';
import type { DataTable } from '../../parts/dataTable';
import { filterInput } from '../../parts/filter';
import { tableButtons } from '../../parts/tableTools';
import { ColumnMenu } from './columnMenu';
import type { RunTable } from './rows';
import type { TableState } from './tableState';

export interface ToolbarOptions {
  host: Host;
  state: TableState;
  change: (change: Partial<TableState>) => void;
  data: () => DataTable;
}

export interface ToolbarContent {
  table: RunTable;
  /** Number of runs without the filter. */
  total: number;
  state: TableState;
  isDefault: (column: RunColumn) => boolean;
}

/** Delay in ms before the table follows the filter, so that typing stays smooth with thousands of runs. */
const PAUSE_MS = 80;
const EXAMPLE = 'Words, or conditions such as method:aws accuracy>84 tag:paper -status:failed';
/** Columns of which each run has another value make no groups. */
const UNGROUPED: readonly string[] = ['star', 'name', 'kept', 'accuracy', 'gap', 'loss', 'top5', 'barrier', 'halfDifference', 'note', 'images', 'duration', 'started', 'directory']; // prettier-ignore

export class Toolbar {
  readonly element: HTMLElement;
  readonly menu: ColumnMenu;
  /** The button that shows the chart of the selected runs. */
  readonly plot: HTMLButtonElement;
  readonly #filter: HTMLInputElement;
  readonly #group = h('select', { 'aria-label': 'Group by' });
  readonly #count = h('span', { class: 'run-count', role: 'status' });
  readonly #problem = h('p', { class: 'filter-problem', role: 'alert', hidden: true });
  readonly #change: ToolbarOptions['change'];
  #state: TableState;
  #timer: number | undefined;

  constructor(place: { root: HTMLElement; owned: Disposables }, { host, state, change, data }: ToolbarOptions) {
    this.#change = change;
    this.#state = state;
    this.#filter = filterInput(place, 'runs', (filter) => {
      clearTimeout(this.#timer);
      this.#timer = window.setTimeout(() => {
        change({ filter });
      }, PAUSE_MS);
    });
    this.#filter.title = EXAMPLE;
    this.#filter.value = state.filter;
    place.owned.add({
      dispose: () => {
        clearTimeout(this.#timer);
      },
    });
    this.#group.addEventListener('change', () => {
      change({ group: this.#group.value || undefined, expanded: [] });
    });
    this.menu = new ColumnMenu({
      change: (columns) => {
        change({ columns });
      },
    });
    this.plot = button({
      label: 'Plot',
      icon: 'graph-scatter',
      text: true,
      press: () => {
        change({ plot: !this.#state.plot });
      },
    });
    this.plot.title = 'Plot the selected runs together (P)';
    const exports = tableButtons({
      host,
      file: () => 'runs',
      data,
      provenance: () => ({ title: 'Runs', files: [] }),
      failed: () => undefined,
    });
    const tools = h('div', { class: 'figure-tools', role: 'toolbar', 'aria-label': 'Runs: export' }, ...exports);
    const grouping = h('label', { class: 'control' }, 'Group by', this.#group);
    this.element = h(
      'div',
      { class: 'runs-toolbar' },
      this.#filter,
      this.#count,
      grouping,
      this.menu.button,
      tools,
      this.#problem,
    );
  }

  readonly clearFilter = (): void => {
    this.#filter.value = '';
    this.#filter.focus();
    this.#change({ filter: '' });
  };

  show({ table, total, state, isDefault }: ToolbarContent): void {
    this.#state = state;
    const { all, shown, runs, problems } = table;
    setText(
      this.#count,
      runs.length === total ? plural(total, 'run') : `${count(runs.length)} of ${plural(total, 'run')}`,
    );
    this.#count.classList.toggle('filtered', runs.length < total);
    this.#problem.hidden = problems.length === 0;
    setText(this.#problem, problems.map(({ message, column }) => `${message}${similar(column, all)}`).join(' '));
    this.#filter.setAttribute('aria-invalid', String(problems.length > 0));
    this.plot.setAttribute('aria-pressed', String(state.plot));
    this.#drawGroups(all, shown);
    this.menu.show({ all, shown, isDefault, choice: state.columns });
  }

  #drawGroups(all: readonly RunColumn[], shown: readonly RunColumn[]): void {
    const { group } = this.#state;
    const offered = all.filter(
      (column) => column.id === group || (shown.includes(column) && !UNGROUPED.includes(column.id)),
    );
    const items = [{ id: '', title: 'nothing' }, ...offered];
    const before = [...this.#group.options].map(({ value }) => value).join('\n');
    if (items.map(({ id }) => id).join('\n') !== before)
      this.#group.replaceChildren(...items.map(({ id, title }) => h('option', { value: id }, title)));
    this.#group.value = group ?? '';
  }
}

/** Returns the columns whose names contain a wrong name, or begin like it. */
function similar(name: string | undefined, all: readonly RunColumn[]): string {
  if (name === undefined) return '';
  const wanted = name.toLowerCase();
  const found = all.filter(
    ({ id }) => id.toLowerCase().includes(wanted) || id.toLowerCase().startsWith(wanted.slice(0, 2)),
  );
  return found.length === 0 ? '' : ` Do you mean ${found.slice(0, 4).map(({ id }) => id).join(', ')}?`; // prettier-ignore
}
