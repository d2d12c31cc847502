/** Describes the tables of studies and their cells, in the same words in panels, reports, files and the terminal. */
import type { MeanOf } from './statistics';
import type { Measure, StudyTableJson, TableCellJson } from './study';
import { measureTitle } from './studySchema';

/** Returns a sentence that says what a table shows, without a repetition of its title. */
export function caption(table: StudyTableJson): string {
  const { name, title, measure, baseline, rows } = table;
  const heading = title ?? name;
  const of = baseline && (heading.includes(`difference from ${baseline.node}`) ? '' : ` from ${baseline.node}`);
  const difference = baseline
    ? `; in parentheses the difference${of}, ${baseline.unpaired ? 'of the means' : 'over runs with equal seeds'}`
    : '';
  const ends =
    measure === 'barrier' && rows.some(({ cells }) => cells.some((cell) => cell?.halfDifference))
      ? '; “no barrier”: no network between the ends is worse than both, and ½Δ is half the difference of the ends'
      : '';
  const measured = [measuredWords(table), spreadWords(table)].filter((words) => words !== '').join(', ');
  return `${heading}: ${measured}${difference}${ends}`;
}

/** Returns what a table measures and its unit: only what its title does not say, so perhaps nothing. */
export function measuredWords({ name, title, measure }: Pick<StudyTableJson, 'name' | 'title' | 'measure'>): string {
  const whole = measureTitle(measure);
  const heading = (title ?? name).toLowerCase();
  const unitAt = whole.lastIndexOf(' in ');
  const quantity = unitAt < 0 ? whole : whole.slice(0, unitAt);
  if (heading.includes(whole)) return '';
  return heading.includes(quantity) ? whole.slice(quantity.length).trim() : whole;
}

/** Whether a cell of the table, or its baseline, has a deviation. */
export function hasDeviations({ rows, baseline }: Pick<StudyTableJson, 'rows' | 'baseline'>): boolean {
  const cells = [...rows.flatMap((row) => row.cells), baseline?.cell];
  return cells.some((cell) => cell?.deviation !== undefined || cell?.difference?.deviation !== undefined);
}

function spreadWords(table: StudyTableJson): string {
  return hasDeviations(table) ? 'mean ± sample standard deviation over n runs' : 'one run each';
}

/** Number of decimals of each measure. */
export const DIGITS: Record<Measure, number> = {
  ...{ accuracy: 2, kept: 2, barrier: 2, loss: 4, 'chord barrier': 4 },
  ...{ 'same sign': 1, 'same sign by chance': 1 },
};

/**
 * Returns a cell for a reader, for example `84.90 ± 0.41 (−0.80 ± 0.22) n=3`. A difference has an n of its own if it has fewer pairs than
 * there are runs.
 */
export function cellText(
  cell: TableCellJson | null,
  { measure, baseline, plusMinus = '±' }: Pick<StudyTableJson, 'measure' | 'baseline'> & { plusMinus?: string },
): string {
  if (!cell) return '–';
  const digits = DIGITS[measure];
  const { n, diverged, difference, withoutBarrier, withBarrier, halfDifference } = cell;
  if (n === 0 || cell.mean === null) return 'diverged';
  const number = ({ mean, deviation }: { mean: number; deviation?: number }) =>
    `${signed(mean, digits)}${deviation === undefined ? '' : ` ${plusMinus} ${deviation.toFixed(digits)}`}`;
  const pairs = difference && difference.n !== n && !baseline?.unpaired ? ` n=${difference.n}` : '';
  const gap = difference ? ` (${number(difference).replace(/^(?!-)/, '+')}${pairs})` : '';
  const left = diverged === undefined ? '' : `, ${diverged} diverged`;
  if (halfDifference) {
    const counted = (of: MeanOf) => (n > 1 ? ` n=${of.n}` : '');
    const none = `no barrier (${HALF} ${number(halfDifference)})${counted(halfDifference)}`;
    return `${withBarrier ? `${number(withBarrier)}${gap}${counted(withBarrier)}, ` : ''}${none}${left}`;
  }
  const none =
    withoutBarrier === undefined ? '' : n === withoutBarrier ? ', no barrier' : `, ${withoutBarrier} no barrier`;
  return `${number({ ...cell, mean: cell.mean })}${gap}${n > 1 ? ` n=${n}` : ''}${left}${none}`;
}

/** Half the difference of the ends of a line. */
export const HALF = '½Δ';

/** Numbers that round to zero have no sign. */
function signed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return /^-0\.0*$/.test(text) ? text.slice(1) : text;
}
