/** The runs of a study: the matrix with a cell for each run and round, the numbers of each status, and the table behind it. */
import { STATUS_LOOKS } from '../../../engine/vocabulary/looks';
import { STATUS_ORDER } from '../../../engine/vocabulary/studyCounts';
import type { StudyRunRow, StudyStatus } from '../../../engine/protocol';
import { Disposables, type Disposable } from '../../dispose';
import { button, h, setText } from '../../dom';
import { count } from '../../format';
import type { Host } from '../../host';
import type { DataTable } from '../../parts/dataTable';
import { LongTable } from '../../parts/longTable';
import { sorted, type Sort } from '../../parts/sorting';
import { tableButtons } from '../../parts/tableTools';
import type { LiveStudy } from '../../studyLive';
import { hasBegun } from './cellWords';
import { gridOf, hasNewRound, type GridCell, type GridRow, type RunGrid } from './grid';
import type { Place } from './gridLayout';
import { RunGridView } from './runGrid';
import { runColumns, runRows, runsTable, type RunRow } from './runColumns';

export interface RunsOptions {
  host: Host;
  place: Place;
  sort: Sort | undefined;
  asTable: boolean;
}

/** Rows with such a run say beside their cells what happened. */
const TOLD: readonly StudyStatus[] = ['failed', 'diverged', 'interrupted'];

export class StudyRuns implements Disposable {
  readonly element = h('section', { class: 'study-runs', 'aria-label': 'Runs' });
  readonly #host: Host;
  readonly #owned = new Disposables();
  readonly #matrix: RunGridView;
  readonly #scroll = h('div', { class: 'scroll', hidden: true });
  readonly #list: LongTable<RunRow>;
  readonly #statuses = h('div', { class: 'study-statuses', role: 'group', 'aria-label': 'Statuses' });
  readonly #caption = h('p', { class: 'control' });
  readonly #toggle: HTMLButtonElement;
  #study: LiveStudy | undefined;
  #grid: RunGrid | undefined;
  #sort: Sort | undefined;
  #selected: string | undefined;

  constructor({ host, place, sort, asTable }: RunsOptions) {
    this.#host = host;
    this.#sort = sort;
    const moved = (at: Place) => {
      host.remember({ cell: at });
    };
    this.#matrix = this.#owned.add(new RunGridView({ open: this.#open, moved, note: this.#note }, place));
    this.#list = this.#owned.add(new LongTable(this.#scroll));
    this.#toggle = button({ label: 'Show as table (T)', icon: 'table', press: this.#toggleTable });
    this.#toggle.setAttribute('aria-pressed', 'false');
    const exports = tableButtons({
      host,
      file: () => `${this.#study?.name ?? 'study'}-runs`,
      data: () => this.#data(),
      provenance: () => ({ title: `Runs of ${this.#study?.name ?? ''}`, files: this.#study ? [this.#study.file] : [] }),
      failed: (message) => {
        setText(this.#caption, message);
      },
    });
    const tools = h(
      'div',
      { class: 'figure-tools', role: 'toolbar', 'aria-label': 'Runs: table and export' },
      this.#toggle,
      ...exports,
    );
    this.element.append(
      h('header', {}, h('h2', {}, 'Runs'), this.#statuses, tools),
      this.#matrix.element,
      this.#scroll,
      this.#caption,
    );
    this.#owned.listen(this.element, 'keydown', (event) => {
      if (event.key.toLowerCase() !== 't' || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      this.#toggleTable();
    });
    if (asTable) this.#toggleTable();
  }

  dispose(): void {
    this.#owned.dispose();
  }

  /** `changed` are the runs that differ from the last drawing; undefined if all do. */
  draw(study: LiveStudy, changed: readonly StudyRunRow[] | undefined): void {
    this.#study = study;
    const grid = this.#grid;
    if (!changed || !grid || changed.some((run) => hasNewRound(grid, run)))
      this.#grid = gridOf({ axes: study.axes, runs: [...study.runs.values()] });
    this.#matrix.show(this.#grid!, study.runs);
    this.#drawStatuses();
    this.#drawList();
    setText(this.#caption, captionOf(this.#grid!));
  }

  /** Moves to the first run with these values of axes. */
  reveal(axes: StudyRunRow['axes']): void {
    const names = Object.keys(axes);
    this.#matrix.seek(({ run, round }) => {
      const own: StudyRunRow['axes'] = round ? { ...run.axes, round: round.round } : run.axes;
      return names.every((axis) => own[axis] === axes[axis]);
    });
  }

  readonly #open = (cell: GridCell): void => {
    if (!hasBegun(cell)) return;
    if (cell.round) this.#host.act({ action: 'openCheckpoint', file: cell.round.checkpoint });
    else this.#host.act({ action: 'openRun', directory: cell.run.directory });
  };

  readonly #note = ({ runs, search }: GridRow): string | undefined => {
    const names = search === undefined ? [...runs.values()] : [search];
    for (const name of names) {
      const { status, message } = this.#study?.runs.get(name) ?? {};
      if (message !== undefined && status !== undefined && TOLD.includes(status)) return message;
    }
    return undefined;
  };

  readonly #toggleTable = (): void => {
    const shown = this.#scroll.hidden;
    this.#scroll.hidden = !shown;
    this.#matrix.element.hidden = shown;
    this.#toggle.setAttribute('aria-pressed', String(shown));
    this.#host.remember({ runsAsTable: shown });
    this.#drawList();
  };

  #data(): DataTable {
    return runsTable([...(this.#study?.runs.values() ?? [])]);
  }

  /** A status is a button that moves to the next of its cells. */
  #drawStatuses(): void {
    const { counts } = this.#study!;
    const shown = STATUS_ORDER.filter((status) => (counts[status] ?? 0) > 0);
    const known = [...this.#statuses.children].map((one) => one.getAttribute('data-status'));
    if (known.join() !== shown.join()) {
      this.#statuses.replaceChildren(
        ...shown.map((status) => {
          const seek = () =>
            this.#matrix.seek((cell) => cell.run.status === status && !cell.round && cell.status === status);
          const made = button({ label: '', text: true, press: seek });
          made.dataset['status'] = status;
          return made;
        }),
      );
    }
    shown.forEach((status, at) => {
      const made = this.#statuses.children[at] as HTMLElement;
      setText(made, `${STATUS_LOOKS[status].glyph} ${count(counts[status]!)} ${status}`);
      made.title = `Go to the next ${status} run`;
    });
  }

  #drawList(): void {
    if (this.#scroll.hidden || !this.#study) return;
    const runs = [...this.#study.runs.values()];
    const columns = runColumns(runs, Object.keys(this.#study.axes));
    this.#list.show({
      rows: sorted(runRows(runs), columns, this.#sort),
      columns,
      label: 'Runs',
      selected: this.#selected,
      sort: this.#sort,
      onSort: (sort) => {
        this.#sort = sort;
        this.#host.remember({ runSort: sort });
        this.#drawList();
      },
      choose: ({ key }) => {
        this.#selected = key;
        this.#drawList();
      },
      open: ({ run }) => {
        this.#open({ run, status: run.status });
      },
    });
  }
}

function captionOf({ rows, columns }: RunGrid): string {
  const rounds = columns.some((column) => typeof column === 'number');
  const numbers = 'Numbers: test accuracy in percent, or a barrier in points of test error.';
  return `${count(rows.length)} ${rows.length === 1 ? 'row' : 'rows'}${rounds ? ', a column for each round' : ''}. ${numbers} Enter opens a run, or the checkpoint of a round.`;
}
