/** Describes the tables of studies and their cells, in the same words in panels, reports, files and the terminal. */
import type { Measure, StudyTableJson, TableCellJson } from './study';
import { measureTitle } from './studySchema';

/** Returns a sentence that says what a table shows. */
export function caption({
  name,
  title,
  measure,
  baseline,
}: Pick<StudyTableJson, 'name' | 'title' | 'measure' | 'baseline'>): string {
  const difference = baseline
    ? `; in parentheses the difference from ${baseline.node}, ${baseline.unpaired ? 'of the means' : 'over runs with equal seeds'}`
    : '';
  const ends =
    measure === 'barrier'
      ? '; “no barrier”: no network between the ends is worse than both, and half the difference of the ends is shown'
      : '';
  return `${title ?? name}: ${measureTitle(measure)}, mean ± sample standard deviation over n runs${difference}${ends}`;
}

/** Number of decimals of each measure. */
export const DIGITS: Record<Measure, number> = {
  ...{ accuracy: 2, kept: 2, barrier: 2, loss: 4, 'chord barrier': 4 },
  ...{ 'same sign': 1, 'same sign by chance': 1 },
};

/** Returns a cell for a reader, for example `84.90 ± 0.41 (−0.80 ± 0.22) n=3`. */
export function cellText(
  cell: TableCellJson | null,
  { measure, plusMinus = '±' }: { measure: Measure; plusMinus?: string },
): string {
  if (!cell) return '–';
  const digits = DIGITS[measure];
  const { n, diverged, difference, withoutBarrier } = cell;
  if (n === 0 || cell.mean === null) return 'diverged';
  const number = ({ mean, deviation }: { mean: number; deviation?: number }) =>
    `${signed(mean, digits)}${deviation === undefined ? '' : ` ${plusMinus} ${deviation.toFixed(digits)}`}`;
  const gap = difference ? ` (${number(difference).replace(/^(?!-)/, '+')})` : '';
  const left = diverged === undefined ? '' : `, ${diverged} diverged`;
  const none =
    withoutBarrier === undefined ? '' : n === withoutBarrier ? ', no barrier' : `, ${withoutBarrier} no barrier`;
  return `${number({ ...cell, mean: cell.mean })}${gap}${n > 1 ? ` n=${n}` : ''}${left}${none}`;
}

/** Numbers that round to zero have no sign. */
function signed(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return /^-0\.0*$/.test(text) ? text.slice(1) : text;
}
