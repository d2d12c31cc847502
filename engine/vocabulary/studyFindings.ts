/** Says in sentences what a table of a study found. They only state the numbers, in panels, reports and the terminal. */
import { pairedP, SIGNIFICANT } from './pairedTest';
import type { Measure, StudyTableJson, TableCellJson } from './study';
import { DIGITS } from './studyCells';
import { valueLabel } from './studyLines';

const UNITS: Record<Measure, string> = {
  ...{ accuracy: ' %', loss: '', kept: ' %', barrier: ' points', 'chord barrier': ' nats' },
  ...{ 'same sign': ' %', 'same sign by chance': ' %' },
};

/** Unit of a difference: percentages differ by points. */
const DIFFERENCE_UNITS: Partial<Record<Measure, string>> = { accuracy: ' points', kept: ' points' };

type Row = StudyTableJson['rows'][number];

/**
 * Returns a sentence for each row, or only for those with the fewest kept weights if the rows are rounds. For example,
 * “At 6.40 % kept, aws: signed mask 85.05 ± 0.14 % (n = 2), 0.25 points below dense. Not different at this scale (paired t test, p = 0.73).”
 */
export function findingsOf(table: StudyTableJson): string[] {
  const { measure, rows, columns, baseline } = table;
  if (measure === 'kept') return []; // the options decide it
  return sparsest(rows).flatMap((row) => {
    const parts = row.cells.flatMap((cell, i) => {
      const name = columns.length > 1 || row.label === '' ? `${valueLabel(columns[i]!)} ` : '';
      return cell ? [`${name}${cellWords(cell, { measure, baseline: baseline?.node })}`] : [];
    });
    return parts.length === 0
      ? []
      : [`${subjectOf(row)}${parts.join('; ')}.${baseline ? testWords(row, columns) : ''}`];
  });
}

/** Returns the rows of the last round of each group of rows. Rows without a round are all returned. */
function sparsest(rows: readonly Row[]): Row[] {
  const groupOf = ({ axes: { round, ...axes } }: Row) => JSON.stringify(axes);
  const last = new Map<string, number>();
  for (const row of rows)
    if (row.axes['round'] !== undefined)
      last.set(groupOf(row), Math.max(Number(row.axes['round']), last.get(groupOf(row)) ?? -Infinity));
  return rows.filter((row) => row.axes['round'] === undefined || Number(row.axes['round']) === last.get(groupOf(row)));
}

function subjectOf({ axes, kept, label }: Row): string {
  if (axes['round'] === undefined || kept === undefined)
    return label === '' ? '' : `${label.split(' · ').map(valueLabel).join(' · ')}: `;
  const { round, ...others } = axes;
  const names = Object.values(others).map(valueLabel).join(' · ');
  return `At ${kept.toFixed(2)} % kept${names === '' ? '' : `, ${names}`}: `;
}

function cellWords(
  cell: TableCellJson,
  { measure, baseline }: { measure: Measure; baseline: string | undefined },
): string {
  const { mean, deviation, n, diverged, difference, withoutBarrier } = cell;
  if (n === 0 || mean === null) return `diverged (${diverged ?? 0} runs)`;
  const digits = DIGITS[measure];
  const spread = deviation === undefined ? '' : ` ± ${deviation.toFixed(digits)}`;
  const left = diverged === undefined ? '' : `, ${diverged} diverged`;
  const none = withoutBarrier === undefined ? '' : `, ${withoutBarrier} without a barrier between the ends`;
  const value = `${mean.toFixed(digits)}${spread}${UNITS[measure]} (n = ${n}${left}${none})`;
  if (!difference || baseline === undefined) return value;
  const unit = DIFFERENCE_UNITS[measure] ?? UNITS[measure];
  const side = difference.mean < 0 ? 'below' : 'above';
  const distance = Math.abs(difference.mean).toFixed(digits);
  const words = Number(distance) === 0 ? `equal to ${baseline}` : `${distance}${unit} ${side} ${baseline}`;
  return `${value}, ${words}`;
}

/** Returns which differences of a row the paired t test calls different, for example “ Not different at this scale (paired t test, p = 0.42).” */
function testWords({ cells }: Row, columns: readonly string[]): string {
  const tested = cells.flatMap((cell, i) => {
    const p = cell?.difference && cell.n > 0 ? pairedP(cell.difference) : undefined;
    if (p === undefined) return [];
    const pairs = cell!.difference!.n === cell!.n ? '' : `${cell!.difference!.n} pairs, `; // several values may belong to one pair
    return [{ name: valueLabel(columns[i]!), p, text: `${pairs}${pText(p)}` }];
  });
  if (tested.length === 0) return '';
  const different = tested.filter(({ p }) => p < SIGNIFICANT);
  const same = tested.filter(({ p }) => p >= SIGNIFICANT);
  const named = (ones: typeof tested) => ones.map(({ name, text }) => `${name} (${text})`).join(', ');
  const numbers = (ones: typeof tested) => ones.map(({ text }) => text).join(', ');
  if (different.length === 0) return ` Not different at this scale (paired t test, ${numbers(same)}).`;
  if (same.length === 0) return ` Different (paired t test, ${numbers(different)}).`;
  return ` Different by a paired t test: ${named(different)}. Not different at this scale: ${named(same)}.`;
}

function pText(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toPrecision(2)}`;
}
