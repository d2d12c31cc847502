/** What the cells of the matrix of runs say: a few characters in the cell, and sentences for the tooltip and for screen readers. */
import { STATUS_LOOKS } from '../../../engine/vocabulary/looks';
import type { NodeKind, StudyRunRow } from '../../../engine/protocol';
import { valueLabel } from '../../../engine/vocabulary/studyLines';
import { number, percentage, percent } from '../../format';
import type { GridCell } from './grid';

/** Returns the text in a cell: its value, or the mark of its status with its progress. */
export function cellText({ run, status, value, progress }: GridCell): string {
  if (status === 'done' && run.withoutBarrier) return 'none';
  if (status === 'done') return value === undefined ? STATUS_LOOKS.done.glyph : shortValue(run.kind, value);
  const { glyph } = STATUS_LOOKS[status];
  return progress === undefined ? glyph : `${glyph} ${Math.floor(100 * progress)} %`;
}

function shortValue(kind: NodeKind, value: number): string {
  return kind === 'connectivity' ? signed(value, 2) : value.toFixed(1);
}

function signed(value: number, digits: number): string {
  return value.toFixed(digits).replace('-', '−');
}

/** Returns what is known about a cell, a line each. `opens` says what a click does. */
export function cellTip(cell: GridCell): string {
  const { run, round } = cell;
  const lines = [
    round ? `${run.name}, round ${round.round}` : run.name,
    axesWords(run, round?.round),
    statusWords(cell),
    resultWords(cell),
    run.status !== 'done' && !round ? run.message : undefined,
    run.job,
    hasBegun(cell) ? `Enter opens ${round ? 'the checkpoint of the round' : 'the run'}.` : undefined,
  ];
  return lines.filter((line) => line !== undefined && line !== '').join('\n');
}

/** Whether there is a run directory to open. */
export function hasBegun({ status, round }: GridCell): boolean {
  return round !== undefined || !['waiting', 'queued'].includes(status);
}

function axesWords({ node, axes }: StudyRunRow, round: number | undefined): string {
  const { round: own, ...others } = axes;
  const values = Object.entries(others).map(([axis, value]) => {
    return typeof value === 'string' ? valueLabel(value) : `${axis} ${value}`;
  });
  const at = own ?? round;
  return [node, ...values, ...(at === undefined ? [] : [`round ${at}`])].join(' · ');
}

function statusWords({ run, status, progress }: GridCell): string {
  const done = progress === undefined ? '' : `, ${percent(progress)} done`;
  if (status === 'waiting' && run.status === 'waiting' && run.needs.length > 0) return `waits for ${listed(run.needs)}`;
  if (status === 'waiting') return 'waiting';
  return `${status}${done}`;
}

/** Greatest number of names in a list. */
const MOST = 3;

function listed(names: readonly string[]): string {
  const rest = names.length - MOST;
  return `${names.slice(0, MOST).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function resultWords({ run, value, round }: GridCell): string | undefined {
  if (round) return `${percentage(round.accuracy)} test accuracy at ${percent(round.kept)} kept`;
  if (value === undefined) return undefined;
  if (run.withoutBarrier) return `no barrier between the ends, half of whose difference is ${number(value)} points`;
  if (run.kind === 'connectivity') return `barrier of the test error ${number(value)} points`;
  return `${percentage(value)} test accuracy`;
}
