/** Says in sentences what a table of a study found. They only state the numbers, in panels, reports and the terminal. */
import { decimalText } from './numbers';
import { comparisonWords } from './comparisonWords';
import type { Measure, StudyTableJson, TableCellJson } from './study';
import { DIGITS } from './studyCells';
import type { MeanOf } from './statistics';
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
 * “At 6.40 % kept, aws: signed mask 85.05 ± 0.14 % (n = 3), 0.25 points below dense. Not different at this scale (paired t test, p = 0.73).”
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
      : [
          `${subjectOf(row)}${parts.join('; ')}.${baseline && !baseline.unpaired ? comparisonWords(row.cells, columns) : ''}`,
        ];
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
  return `At ${decimalText(kept, 2)} % kept${names === '' ? '' : `, ${names}`}: `;
}

function cellWords(
  cell: TableCellJson,
  { measure, baseline }: { measure: Measure; baseline: string | undefined },
): string {
  const { mean, deviation, n, diverged, difference, withoutBarrier, withBarrier, halfDifference } = cell;
  if (n === 0 || mean === null) return `diverged (${diverged ?? 0} ${diverged === 1 ? 'run' : 'runs'})`;
  const digits = DIGITS[measure];
  if (halfDifference) return barrierCellWords({ withBarrier, halfDifference, diverged });
  const spread = deviation === undefined ? '' : ` ± ${decimalText(deviation, digits)}`;
  const left = diverged === undefined ? '' : `, ${diverged} diverged`;
  const none = withoutBarrier === undefined ? '' : `, ${withoutBarrier} without a barrier between the ends`;
  const value = `${decimalText(mean, digits)}${spread}${UNITS[measure]} (n = ${n}${left}${none})`;
  if (!difference || baseline === undefined) return value;
  const unit = DIFFERENCE_UNITS[measure] ?? UNITS[measure];
  const side = difference.mean < 0 ? 'below' : 'above';
  const distance = decimalText(Math.abs(difference.mean), digits);
  const words = Number(distance) === 0 ? `equal to ${baseline}` : `${distance}${unit} ${side} ${baseline}`;
  return `${value}, ${words}`;
}

/** Barriers, and half the differences of ends without a barrier between them, are different things and have no mean in common. */
function barrierCellWords({
  withBarrier,
  halfDifference,
  diverged,
}: Required<Pick<TableCellJson, 'halfDifference'>> & Pick<TableCellJson, 'withBarrier' | 'diverged'>): string {
  const text = ({ mean, deviation }: MeanOf) =>
    `${decimalText(mean, DIGITS.barrier)}${deviation === undefined ? '' : ` ± ${decimalText(deviation, DIGITS.barrier)}`}${UNITS.barrier}`;
  const some = withBarrier ? `${text(withBarrier)} (n = ${withBarrier.n}), and ` : '';
  const left = diverged === undefined ? '' : `, ${diverged} diverged`;
  return `${some}no barrier between the ends (n = ${halfDifference.n}${left}), half of whose difference is ${text(halfDifference)}`;
}
