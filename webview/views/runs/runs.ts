/** The panel of all runs: a table to filter, sort, group and select, and what can be done with the selected runs. */
import type { ListedRun } from '../../../engine/protocol';
import { isShownByDefault, nextSorts, runsData } from '../../../engine/vocabulary/runTable';
import { Disposables } from '../../dispose';
import { h } from '../../dom';
import { LongTable } from '../../parts/longTable';
import { emptyState, progressLine } from '../../parts/message';
import type { PanelState } from '../../protocol';
import { followRuns } from '../../runsLive';
import type { Mount, ViewContext } from '../view';
import { ActionBar, performKey } from './actions';
import { defaultWidth, tableColumn } from './cells';
import { drawHead, resizeByKey, type HeadOptions } from './head';
import { plotFigure } from './plot';
import { runTable, type RunRow, type RunTable } from './rows';
import { Selection } from './selection';
import { tableStateIn, type TableState } from './tableState';
import { Toolbar } from './toolbar';

type State = Extract<PanelState, { view: 'runs' }>;

/** Shows all runs of the window. */
export const mountRuns: Mount<State> = (root, _, context) => new RunsTableView(root, context).owned;

class RunsTableView {
  readonly owned = new Disposables();
  readonly #context: ViewContext;
  readonly #scroll = h('div', { class: 'scroll runs-table', tabindex: -1 });
  readonly #plotPlace = h('div', { class: 'runs-plot', hidden: true });
  readonly #table: LongTable<RunRow>;
  readonly #toolbar: Toolbar;
  readonly #actions: ActionBar;
  readonly #selection = new Selection();
  readonly #plot;
  #state: TableState;
  #runs: ListedRun[] | undefined;
  #shown: RunTable | undefined;
  #frame: number | undefined;

  constructor(root: HTMLElement, context: ViewContext) {
    this.#context = context;
    this.#state = tableStateIn(context.memory);
    const { host } = context;
    this.#table = this.owned.add(new LongTable<RunRow>(this.#scroll));
    this.#plot = this.owned.add(plotFigure(host, () => this.#selected()));
    this.#toolbar = new Toolbar(
      { root, owned: this.owned },
      { host, state: this.#state, change: this.#change, data: () => this.#data() },
    );
    this.#actions = new ActionBar(host, [this.#toolbar.plot]);
    this.#plotPlace.append(this.#plot.element);
    root.replaceChildren(
      h('h1', { class: 'title' }, 'Runs'),
      this.#toolbar.element,
      this.#toolbar.menu.element,
      this.#actions.element,
      this.#scroll,
      this.#plotPlace,
    );
    this.#scroll.replaceChildren(progressLine());
    this.owned.listen(this.#scroll, 'click', this.#clicked);
    this.#scroll.addEventListener('keydown', this.#headKey, { capture: true });
    this.owned.listen(window, 'focus', this.#focusTable);
    this.owned.add(followRuns(host, this.#received));
    this.owned.add({
      dispose: () => {
        if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
      },
    });
  }

  /** Many runs may change at once, so they are drawn together. */
  readonly #received = (runs: ListedRun[]): void => {
    this.#runs = runs;
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      const known = new Set(this.#runs!.map(({ directory }) => directory));
      this.#selection.keepOnly((key) => known.has(key));
      const isFirst = this.#shown === undefined;
      this.#refresh();
      if (isFirst) this.#focusTable();
    });
  };

  /** Gives the keyboard to the table, unless something else in the panel has it, or the panel does not have it. */
  readonly #focusTable = (): void => {
    if (!document.hasFocus() || document.activeElement !== document.body) return;
    this.#scroll.querySelector<HTMLElement>('tbody tr[tabindex="0"]')?.focus({ preventScroll: true });
  };

  readonly #change = (change: Partial<TableState>): void => {
    this.#state = { ...this.#state, ...change };
    this.#context.host.rememberView({ ...this.#state, group: this.#state.group ?? '' });
    this.#refresh();
  };

  #refresh(): void {
    const all = this.#runs ?? [];
    this.#shown = runTable(all, this.#state);
    this.#toolbar.show({
      table: this.#shown,
      total: all.length,
      state: this.#state,
      isDefault: (column) => isShownByDefault(column, this.#shown!.runs),
    });
    this.#drawTable();
    this.#drawSelection();
  }

  #drawTable(): void {
    const { all, rows, shown } = this.#shown!;
    if (rows.length === 0) {
      const none = this.#runs?.length === 0;
      this.#table.clear(
        none
          ? emptyState('Runs appear here when they are made. “Winning Sign: New Run…” makes one.')
          : emptyState('No run matches the filter.', { label: 'Clear filter', press: this.#toolbar.clearFilter }),
      );
      return;
    }
    const { sorts, widths, group } = this.#state;
    const widthOf = new Map(
      shown.map((column) => [column.title, widths[column.id] ?? defaultWidth(column, group !== undefined)]),
    );
    const idOf = new Map(shown.map(({ id, title }) => [title, id]));
    this.#table.show({
      rows,
      columns: shown.map((column) => tableColumn(column, widthOf.get(column.title)!, all)),
      label: 'Runs',
      selection: this.#selection.keys,
      drawHead: (head, { title }) => {
        drawHead(head, { id: idOf.get(title)!, width: widthOf.get(title)!, sorts }, this.#head);
      },
      onTitle: (title, event) => {
        const column = shown.find((one) => one.title === title);
        if (column) this.#change({ sorts: nextSorts(sorts, column, event.shiftKey || event.ctrlKey || event.metaKey) });
      },
      choose: this.#choose,
      open: ({ run }) => {
        if (run) this.#context.host.act({ action: 'openRun', directory: run.directory });
      },
      toggle: ({ group }) => {
        if (!group) return;
        const { expanded } = this.#state;
        const { label } = group;
        this.#change({
          expanded: expanded.includes(label) ? expanded.filter((one) => one !== label) : [...expanded, label],
        });
      },
      key: this.#key,
    });
  }

  readonly #head: HeadOptions = {
    resize: (id, width) => {
      this.#change({ widths: { ...this.#state.widths, [id]: Math.round(width) } });
    },
    resetWidth: (id) => {
      const { [id]: _, ...widths } = this.#state.widths;
      this.#change({ widths });
    },
  };

  readonly #headKey = (event: KeyboardEvent): void => {
    resizeByKey(event, this.#head);
  };

  /** A click selects one run, with Ctrl it adds or removes a run, and with Shift all runs up to it. Arrow keys only move. */
  readonly #choose = ({ run, key }: RunRow, event?: MouseEvent | KeyboardEvent): void => {
    if (!run) return;
    if (event?.shiftKey) this.#selection.extend(key, this.#order());
    else if (event instanceof MouseEvent) {
      const onMark = (event.target as Element).closest('.check, .of-star') !== null;
      if (event.ctrlKey || event.metaKey || onMark) {
        if (!(event.target as Element).closest('.of-star')) this.#selection.toggle(key);
      } else this.#selection.only(key);
    } else {
      this.#selection.begin(key);
      return;
    }
    this.#drawSelected();
  };

  readonly #clicked = ({ target }: MouseEvent): void => {
    const key = (target as Element).closest('td.of-star')?.closest('tr')?.dataset['key'];
    const run = this.#shown?.runs.find(({ directory }) => directory === key);
    if (run) performKey('s', [run], this.#context.host);
  };

  /** Handles the keys of a row: Space selects, Ctrl+A selects all, Escape none, and letters act on the selected runs or on the row. */
  readonly #key = (event: KeyboardEvent, { run, key, group }: RunRow): boolean => {
    const { key: pressed, ctrlKey, metaKey, altKey } = event;
    if (altKey) return false;
    if (ctrlKey || metaKey) {
      if (pressed.toLowerCase() !== 'a') return false;
      this.#selection.all(this.#order());
    } else if (pressed === 'Escape') this.#selection.clear();
    else if (pressed === ' ' && run) this.#selection.toggle(key);
    else if (pressed === ' ' && group) {
      for (const { directory } of group.runs) this.#selection.toggle(directory);
    } else if (pressed === 'p') this.#change({ plot: !this.#state.plot });
    else if (pressed === 'Enter') return false;
    else {
      const selected = this.#selected();
      return performKey(
        pressed,
        selected.length > 0 ? selected : run ? [run] : (group?.runs ?? []),
        this.#context.host,
      );
    }
    this.#drawSelected();
    return true;
  };

  #drawSelected(): void {
    this.#drawTable();
    this.#drawSelection();
  }

  #drawSelection(): void {
    this.#actions.show(this.#selected());
    const isHidden = !this.#state.plot;
    this.#plotPlace.hidden = isHidden;
    if (!isHidden) this.#plot.refresh();
  }

  /** Returns the keys of all rows of runs, also of those in collapsed groups. */
  #order(): string[] {
    return this.#shown!.runs.map(({ directory }) => directory);
  }

  #selected(): ListedRun[] {
    return (this.#shown?.runs ?? []).filter(({ directory }) => this.#selection.keys.has(directory));
  }

  #data() {
    const { runs, shown, all } = this.#shown!;
    const selected = this.#selected();
    return runsData(selected.length > 0 ? selected : runs, { shown, all });
  }
}
