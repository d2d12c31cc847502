/** Draws the cells of the table of runs. */
import { DONE_LOOKS, STATUS_LOOKS } from '../../../engine/vocabulary/looks';
import type { RunColumn } from '../../../engine/vocabulary/runColumns';
import { groupCell, groupCount } from '../../../engine/vocabulary/runGroups';
import { doneIn, measuredHow } from '../../../engine/vocabulary/runValues';
import { meanText } from '../../../engine/vocabulary/statistics';
import type { ListedRun } from '../../../engine/protocol';
import { h, icon, setAttribute } from '../../dom';
import { count, plural } from '../../format';
import type { Column } from '../../parts/table';
import type { RunRow } from './rows';

const WIDTHS: Readonly<Record<string, number>> = {
  ...{ star: 28, name: 260, study: 120, status: 108, method: 92, done: 180, measured: 160, accuracy: 148 },
  ...{ source: 220, device: 160, started: 132, tags: 132, note: 260, directory: 320 },
};
const LETTER = 7.2;
const PADDING = 34;

/** Returns the width of a column in CSS pixels, if the user has not changed it. */
export function defaultWidth({ id, title, numeric }: RunColumn, isGrouped: boolean): number {
  const least = !numeric ? 96 : isGrouped ? 112 : 76; // a mean with its deviation needs more room
  return WIDTHS[id] ?? Math.max(least, Math.round(title.length * LETTER + PADDING));
}

export const NARROWEST = 24;
/** These columns stay in view while the table is scrolled sideways. */
const PINNED: readonly string[] = ['star', 'name'];

/** Returns the column of the table. */
export function tableColumn(column: RunColumn, width: number, all: readonly RunColumn[]): Column<RunRow> {
  const { id, title, hint, numeric, unit } = column;
  return {
    title,
    hint: unit === '%' && !hint.includes('percent') ? `${hint}, in percent` : hint,
    numeric,
    className: [`of-${CSS.escape(id.replaceAll('.', '-'))}`, PINNED.includes(id) && 'pinned'].filter(Boolean).join(' '),
    width,
    value: ({ run }) => run && column.value(run),
    draw: (cell, { run, group, expanded }) => {
      if (run) drawCell(cell, column, run);
      else if (group) drawGroupCell(cell, column, { all, runs: group.runs, label: group.label, expanded });
    },
  };
}

function drawCell(cell: HTMLElement, column: RunColumn, run: ListedRun): void {
  const text = column.text(run);
  setAttribute(cell, 'title', text === '' || column.id === 'star' ? undefined : text);
  switch (column.id) {
    case 'star':
      drawStar(cell, run);
      break;
    case 'name':
      cell.replaceChildren(
        h('span', { class: 'check', 'aria-hidden': 'true' }),
        h('span', { class: 'run-name' }, text),
      );
      break;
    case 'status':
      drawStatus(cell, run, text);
      break;
    case 'method':
      drawMethod(cell, run);
      break;
    case 'done':
      drawDone(cell, run, text);
      break;
    case 'accuracy':
      drawAccuracy(cell, run, text);
      break;
    case 'tags':
      cell.replaceChildren(...(run.notes?.tags ?? []).map((tag) => h('span', { class: 'tag' }, tag)));
      break;
    default:
      cell.textContent = text;
  }
}

function drawStar(cell: HTMLElement, { notes }: ListedRun): void {
  setAttribute(cell, 'aria-label', notes?.star ? 'starred' : 'not starred');
  cell.replaceChildren(icon(notes?.star ? 'star-full' : 'star-empty'));
  cell.classList.toggle('starred', notes?.star === true);
}

function drawStatus(cell: HTMLElement, { status, progress, message }: ListedRun, text: string): void {
  const progressed = progress && status === 'running' ? `, round ${progress.round} of ${progress.rounds}` : '';
  cell.title = message ?? `${text}${progressed}`;
  const mark = icon(STATUS_LOOKS[status].icon);
  mark.classList.add('mark', `is-${status}`);
  cell.replaceChildren(mark, text);
}

function drawMethod(cell: HTMLElement, { method }: ListedRun): void {
  cell.replaceChildren(h('span', { class: `dot method-${method}`, 'aria-hidden': 'true' }), method);
}

function drawDone(cell: HTMLElement, run: ListedRun, text: string): void {
  const done = doneIn(run);
  const glyph = done === undefined ? '↔' : DONE_LOOKS[done].glyph;
  const mark = h('span', { class: `done-mark method-${run.method}`, 'aria-hidden': 'true' }, glyph);
  cell.replaceChildren(mark, text);
}

/** An accuracy of a search is marked, because it must not be compared with one after full training. */
function drawAccuracy(cell: HTMLElement, run: ListedRun, text: string): void {
  const how = measuredHow(run);
  if (text !== '' && how !== undefined) cell.title = `${text}, ${how}`;
  const label = run.kind === 'search' && text !== '' && h('span', { class: 'how' }, 'in search ');
  cell.replaceChildren(...[label, text].filter((part) => part !== false));
}

interface DrawnGroup {
  /** All columns of the table. */
  all: readonly RunColumn[];
  runs: readonly ListedRun[];
  label: string;
  expanded: boolean | undefined;
}

function drawGroupCell(cell: HTMLElement, column: RunColumn, { all, runs, label, expanded }: DrawnGroup): void {
  if (column.id === 'name') {
    const { n, others } = groupCount(all, runs);
    const twist = icon(expanded ? 'chevron-down' : 'chevron-right');
    cell.replaceChildren(
      twist,
      h('span', { class: 'run-name' }, label),
      h('span', { class: 'how' }, ` n = ${count(n)}`),
    );
    const left = others === '' ? '' : `, ${count(n)} counted; not counted: ${others}`;
    cell.title = `${label}: ${plural(runs.length, 'run')}${left}`;
    return;
  }
  if (column.id === 'star') return;
  const found = groupCell(column, runs);
  if (found?.kind === 'mean') {
    const text = found.deviation === undefined ? column.format(found.mean) : meanText(found);
    cell.textContent = text.replace(/^-/u, '−');
    const of = column.pair && found.deviation !== undefined ? ' of the differences between runs with equal seeds' : '';
    cell.title = `mean${found.deviation === undefined ? '' : ' ± sample standard deviation'}${of}, n = ${found.n}`;
  } else cell.textContent = found?.text ?? '';
}
