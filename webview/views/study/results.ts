/** The results of a study: the figure and the table of one of its tables, with a choice among them. */
import type { StudyTableJson } from '../../../engine/protocol';
import { commonCount, hasDeviations, sharedAxes } from '../../../engine/vocabulary/studyCells';
import { findingsOf } from '../../../engine/vocabulary/studyFindings';
import { valueLabel } from '../../../engine/vocabulary/studyLines';
import { buttonOf, STUDY_TABLE_FORMATS } from '../../../engine/vocabulary/tableFormats';
import { Disposables, type Disposable } from '../../dispose';
import { h, setText } from '../../dom';
import type { Host } from '../../host';
import { choice } from '../../parts/choice';
import { LineFigure, type LineChoices, type LinePicture } from '../../parts/lineFigure';
import { LongTable } from '../../parts/longTable';
import { emptyState } from '../../parts/message';
import { sorted, type Sort } from '../../parts/sorting';
import { saveButton } from '../../parts/tableTools';
import type { LiveStudy } from '../../studyLive';
import { readTheme } from '../../theme';
import { figureCaption, figureTable, studyPicture } from './figureData';
import { resultColumns, resultRows } from './resultColumns';

export interface ResultsOptions {
  host: Host;
  /** Name of the table that is shown at first, and its order. */
  table: string | undefined;
  sort: Sort | undefined;
  /** Lines that the user has hidden, and the zoom, for each table. */
  lines: Record<string, LineChoices> | undefined;
  /** Shows the runs of a row of the table. */
  openRow: (row: StudyTableJson['rows'][number]) => void;
}

export class StudyResults implements Disposable {
  readonly element = h('section', { class: 'study-results', 'aria-label': 'Results' });
  readonly #options: ResultsOptions;
  readonly #owned = new Disposables();
  readonly #choices = h('div', { class: 'study-tables' });
  readonly #lines: Record<string, LineChoices>;
  #figure: LineFigure | undefined;
  readonly #scroll = h('div', { class: 'scroll' });
  readonly #list: LongTable<ReturnType<typeof resultRows>[number]>;
  readonly #findings = h('div', { class: 'study-findings', role: 'group', 'aria-label': 'Findings' });
  readonly #heading = h('h2');
  readonly #empty = h('div');
  readonly #body: HTMLElement;
  #study: LiveStudy | undefined;
  #name: string | undefined;
  #sort: Sort | undefined;
  #selected: string | undefined;

  constructor(options: ResultsOptions) {
    this.#options = options;
    this.#name = options.table;
    this.#sort = options.sort;
    this.#lines = { ...options.lines };
    this.#owned.add({ dispose: () => this.#figure?.dispose() });
    this.#list = this.#owned.add(new LongTable(this.#scroll));
    const exports = STUDY_TABLE_FORMATS.map((format) => {
      const { label, name } = buttonOf(format);
      return saveButton(label, name, () => {
        const { file = '' } = this.#study ?? {};
        options.host.act({ action: 'saveStudyTable', file, table: this.#table?.name ?? '', format });
      });
    });
    const tools = h('div', { class: 'figure-tools', role: 'toolbar', 'aria-label': 'Table: export' }, ...exports);
    const table = h(
      'section',
      { class: 'study-table', 'aria-label': 'Table' },
      h('header', {}, this.#heading, tools),
      this.#scroll,
    );
    this.#body = h('div', { class: 'study-panes' }, table);
    this.element.append(this.#choices, this.#findings, this.#empty, this.#body);
  }

  dispose(): void {
    this.#owned.dispose();
  }

  get #table(): StudyTableJson | undefined {
    const { tables = [] } = this.#study ?? {};
    return tables.find(({ name }) => name === this.#name) ?? tables[0];
  }

  draw(study: LiveStudy): void {
    const before = this.#study;
    this.#study = study;
    const names = study.tables.map(({ name, title }) => `${name} ${title ?? ''}`).join('\n');
    if (names !== before?.tables.map(({ name, title }) => `${name} ${title ?? ''}`).join('\n')) this.#drawChoices();
    if (before?.tables !== study.tables) this.#drawTable();
  }

  #drawChoices(): void {
    const { tables } = this.#study!;
    this.#choices.hidden = tables.length < 2;
    const choose = (name: string) => {
      this.#name = name;
      this.#sort = undefined;
      this.#selected = undefined;
      this.#options.host.remember({ table: name, sort: undefined });
      this.#drawTable();
    };
    const items = tables.map(({ name, title }) => ({ value: name, label: name, title: title ?? name }));
    const chosen = this.#table?.name ?? '';
    this.#choices.replaceChildren(choice({ label: 'Table of the study', items, chosen, choose }));
  }

  #drawTable(): void {
    const table = this.#table;
    const rows = table ? resultRows(table) : [];
    drawFindings(this.#findings, table ? findingsOf(table) : []);
    this.#body.hidden = rows.length === 0;
    this.#empty.hidden = rows.length > 0;
    if (!table || rows.length === 0) {
      this.#empty.replaceChildren(emptyState(this.#emptySentence(table), ...this.#emptyActions(table)));
      return;
    }
    const columns = resultColumns(table);
    setText(this.#heading, tableHeading(table));
    this.#list.show({
      rows: sorted(rows, columns, this.#sort),
      columns,
      label: table.title ?? table.name,
      selected: this.#selected,
      sort: this.#sort,
      onSort: (sort) => {
        this.#sort = sort;
        this.#options.host.remember({ sort });
        this.#drawTable();
      },
      choose: ({ key }) => {
        this.#select(key);
      },
      open: ({ row }) => {
        this.#options.openRow(row);
      },
    });
    this.#figureOf(table).refresh();
  }

  #emptySentence(table: StudyTableJson | undefined): string {
    if (table) return `The table “${table.title ?? table.name}” appears here when the first of its runs is done.`;
    return 'This study has no tables. Add “results” to its file to compare its runs.';
  }

  #emptyActions(table: StudyTableJson | undefined) {
    const { host } = this.#options;
    const { file, executing } = this.#study!;
    if (!table)
      return [
        {
          label: 'Open file',
          press: () => {
            host.act({ action: 'openStudyFile', file });
          },
        },
      ];
    if (executing || !host.trusted) return [];
    return [
      {
        label: 'Run',
        press: () => {
          host.act({ action: 'runStudy', file });
        },
      },
    ];
  }

  #select(key: string): void {
    this.#selected = key;
    this.#drawTable();
  }

  /** Each table has a figure of its own, because its lines and its zoom mean nothing in another. */
  #figureOf({ name }: StudyTableJson): LineFigure {
    if (this.#figure?.element.dataset['table'] === name) return this.#figure;
    this.#figure?.element.remove();
    this.#figure?.dispose();
    const made = this.#makeFigure(name);
    made.element.dataset['table'] = name;
    this.#body.prepend(made.element);
    return (this.#figure = made);
  }

  #makeFigure(name: string): LineFigure {
    const table = () => this.#table;
    return new LineFigure({
      title: 'Figure',
      heading: () => table()?.title ?? table()?.name ?? '',
      file: () => `${this.#study?.name ?? 'study'}-${table()?.name ?? 'figure'}`,
      files: () => (this.#study ? [this.#study.file] : []),
      host: this.#options.host,
      choices: this.#lines[name],
      changed: (choices) => {
        this.#lines[name] = choices;
        this.#options.host.remember({ lines: this.#lines });
      },
      picture: () => this.#picture(),
      data: () => (this.#table ? figureTable(this.#table) : { columns: [], rows: [] }),
      caption: () => (this.#table ? figureCaption(this.#table) : ''),
    });
  }

  #picture(): LinePicture | string {
    const picture = this.#table && studyPicture(this.#table, readTheme());
    if (!picture) return 'No cell of the table has a number yet.';
    return {
      ...picture,
      ...(this.#selected !== undefined && { selected: this.#selected }),
      onSelect: (key) => {
        this.#select(key);
        this.#list.reveal(key);
      },
    };
  }
}

/** Greatest number of findings that are shown. The table has all numbers. */
const MOST_FINDINGS = 6;

function drawFindings(node: HTMLElement, findings: readonly string[]): void {
  const rest = findings.length - MOST_FINDINGS;
  const more = rest > 0 ? [`The table has ${rest} more.`] : [];
  const shown = [...findings.slice(0, MOST_FINDINGS), ...more].map((text) => text.replace(/-(?=\d)/g, '−'));
  node.hidden = shown.length === 0;
  while (node.childElementCount > shown.length) node.lastElementChild!.remove();
  shown.forEach((finding, at) => {
    setText(node.children[at] ?? node.appendChild(h('p', { class: 'finding' })), finding);
  });
}

/** Says how a cell is to be read. The title of the table is that of the figure. */
function tableHeading(table: StudyTableJson): string {
  const { baseline } = table;
  const count = commonCount(table);
  const mean = hasDeviations(table) ? 'Mean ± s.d.' : 'One run each';
  const runs = hasDeviations(table) ? `, n${count === undefined ? '' : ` = ${count}`} runs` : '';
  const shared = Object.entries(sharedAxes(table.rows)).map(([axis, value]) => `, ${axis} ${valueLabel(value)}`);
  return `${mean}${baseline ? ` (difference from ${baseline.node})` : ''}${runs}${shared.join('')}`;
}
