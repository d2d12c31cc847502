/** Describes the tables of studies and their cells, in the same words in panels, reports, files and the terminal. */
import { decimalText } from './numbers';
import type { MeanOf } from './statistics';
import type { Assignment, Measure, StudyTableJson, TableCell, TableCellJson } from './study';
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

/** Whether a cell of the table, or its baseline, shows a deviation. */
export function hasDeviations({ rows, baseline }: Pick<StudyTableJson, 'rows' | 'baseline'>): boolean {
  const cells = [...rows.flatMap((row) => row.cells), baseline?.cell];
  const shown = cells.flatMap((cell) => {
    if (!cell) return [];
    const { withBarrier, halfDifference, difference } = cell;
    return [...(halfDifference ? [withBarrier, halfDifference] : [cell]), difference];
  });
  return shown.some((one) => one?.deviation !== undefined);
}

/**
 * Returns what figures draw as the mean of a cell. If some ends have no barrier between them, that is the mean of the barriers, without the
 * mean and deviation of both kinds; undefined if there is no barrier.
 */
export function drawnCell(cell: TableCell): TableCell | undefined {
  const { halfDifference, withBarrier, difference, diverged } = cell;
  if (!halfDifference) return cell;
  return (
    withBarrier && { ...withBarrier, ...(difference && { difference }), ...(diverged !== undefined && { diverged }) }
  );
}

function spreadWords(table: StudyTableJson): string {
  const count = commonCount(table);
  if (!hasDeviations(table)) return 'one run each';
  return `mean ± sample standard deviation over ${count === undefined ? 'n' : `n = ${count}`} runs`;
}

/** Returns the number of runs of every cell if all have the same, so that the caption says it once. Undefined for one run, or if it differs. */
export function commonCount({ rows, baseline }: Pick<StudyTableJson, 'rows' | 'baseline'>): number | undefined {
  const cells = rows.flatMap((row) => row.cells.filter((cell) => cell !== null));
  const count = cells[0]?.n;
  const isCommon = ({ n, difference, halfDifference, diverged }: TableCellJson) =>
    n === count &&
    (!difference || difference.n === n || baseline?.unpaired === true) &&
    (halfDifference ?? diverged) === undefined;
  return count !== undefined && count > 1 && cells.every(isCommon) ? count : undefined;
}

/** Returns the cells of the baseline with their names: one, or one for each network or other value in which its runs differ. */
export function baselineCells({
  baseline,
}: Pick<StudyTableJson, 'baseline'>): { label: string; axes: Assignment; cell: TableCell }[] {
  if (!baseline) return [];
  const { node, cell, groups } = baseline;
  return groups?.map((group) => ({ ...group, label: `${node} · ${group.label}` })) ?? [{ label: node, axes: {}, cell }];
}

/** Returns the baseline as figures draw it, if they can draw it as one line: its runs differ only in seeds, and a barrier is between some ends. */
export function lineOfBaseline({
  baseline,
}: Pick<StudyTableJson, 'baseline'>): { node: string; cell: TableCell } | undefined {
  const cell = baseline && !baseline.groups ? drawnCell(baseline.cell) : undefined;
  return baseline && cell && { node: baseline.node, cell };
}

/** Returns the baseline for a reader: “dense: 85.30 ± 0.64 n=2”. Undefined if there is none. */
export function baselineText(table: Pick<StudyTableJson, 'measure' | 'baseline'>): string | undefined {
  const cells = baselineCells(table).map(({ label, cell }) => `${label}: ${cellText(cell, table)}`);
  return cells.length === 0 ? undefined : cells.join('; ');
}

/** Number of decimals of each measure. */
export const DIGITS: Record<Measure, number> = {
  ...{ accuracy: 2, kept: 2, barrier: 2, loss: 4, 'chord barrier': 4 },
  ...{ 'same sign': 1, 'same sign by chance': 1 },
};

/** The table of a cell. `count` is the number of runs that the caption says for all cells, so that none repeats it. */
type CellOptions = Pick<StudyTableJson, 'measure' | 'baseline'> & { plusMinus?: string; count?: number | undefined };

/**
 * Returns a cell for a reader, for example `84.90 ± 0.41 (−0.80 ± 0.22) n=3`. A difference has an n of its own if it has fewer pairs than
 * there are runs.
 */
export function cellText(
  cell: TableCellJson | null,
  { measure, baseline, plusMinus = '±', count }: CellOptions,
): string {
  if (!cell) return '–';
  const digits = DIGITS[measure];
  const { n, diverged, difference, withoutBarrier, withBarrier, halfDifference } = cell;
  if (n === 0 || cell.mean === null) return 'diverged';
  const number = ({ mean, deviation }: { mean: number; deviation?: number }) =>
    `${signed(mean, digits)}${deviation === undefined ? '' : ` ${plusMinus} ${decimalText(deviation, digits)}`}`;
  const pairs = difference && difference.n !== n && !baseline?.unpaired ? ` n=${difference.n}` : '';
  const gap = difference ? ` (${number(difference).replace(/^(?!−)/, '+')}${pairs})` : '';
  const left = diverged === undefined ? '' : `, ${diverged} diverged`;
  if (halfDifference) {
    const counted = (of: MeanOf) => (n > 1 ? ` n=${of.n}` : '');
    const none = `no barrier (${HALF} ${number(halfDifference)})${counted(halfDifference)}`;
    return `${withBarrier ? `${number(withBarrier)}${gap}${counted(withBarrier)}, ` : ''}${none}${left}`;
  }
  const none =
    withoutBarrier === undefined ? '' : n === withoutBarrier ? ', no barrier' : `, ${withoutBarrier} no barrier`;
  return `${number({ ...cell, mean: cell.mean })}${gap}${n > 1 && n !== count ? ` n=${n}` : ''}${left}${none}`;
}

/** Splits the text of a cell where a narrow table may break it: before a difference, and after a comma. */
export function cellParts(text: string): string[] {
  return text.split(/ (?=\()|(?<=,) /);
}

/** Returns the values of axes that all rows share, so that one mention above the table is enough. None if there is only one row. */
export function sharedAxes(rows: readonly { axes: Assignment }[]): Assignment {
  const [first, ...others] = rows;
  if (!first || others.length === 0) return {};
  return Object.fromEntries(
    Object.entries(first.axes).filter(([axis, value]) => others.every(({ axes }) => axes[axis] === value)),
  );
}

/** Half the difference of the ends of a line. */
export const HALF = '½Δ';

/** Numbers that round to zero have no sign. The sign of others is a minus, as it is typeset. */
function signed(value: number, digits: number): string {
  const text = decimalText(value, digits);
  return /^-0\.0*$/.test(text) ? text.slice(1) : text.replace(/^-/, '−');
}
