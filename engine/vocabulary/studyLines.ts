/** Chooses what a figure of a study's table shows: its lines, and the values along x. The panels and the files for papers use the same. */
import { DONE_LOOKS, METHOD_LOOKS, type Done, type DoneLook, type MarkShape } from './looks';
import type { Method } from './runOptions';
import type { Scalar, StudyTableJson, TableCell } from './study';
import { drawnCell } from './studyCells';

/** How a line is drawn. */
export type LineLook = Pick<DoneLook, 'shape' | 'open' | 'dash'>;

/** A line: the cells of one column in the rows that differ only along x. */
export interface FigureLine {
  /** Identifies the line in its figure. */
  key: string;
  label: string;
  /** The label without what all lines share. */
  shortLabel: string;
  /** The method whose hue the line has. Lines of no method have no hue, and differ in marks and dashes. */
  hue?: Method;
  /** Mark and dash. They say what was done, if the table says it. */
  look: LineLook;
  /** Points without a finite mean are left out. */
  points: FigurePoint[];
  /** Half the differences of ends without a barrier between them. They are no barriers, so they have marks of their own and no line. */
  without: FigurePoint[];
  /** Where all runs diverged, so that the line has no point. `x` is absent if the kept share is therefore unknown. */
  diverged: { x?: number | string; label: string }[];
}

export interface FigurePoint {
  x: number | string;
  cell: TableCell;
  /** Index of the row of the table. */
  row: number;
}

export interface FigureLines {
  lines: FigureLine[];
  /** The values along x, in order. */
  xs: (number | string)[];
  /** Whether x is the kept share in percent, which has a logarithmic scale. */
  isShare: boolean;
  title: string;
  /** The parts of the labels that all lines share, as a reader calls them. */
  shared: string[];
}

const ROUND = 'round';

/** Returns the ends of the axis of kept weights in percent: those that were measured. */
export function shareDomain(xs: readonly (number | string)[]): [number, number] {
  const [most, least] = [Math.max(...xs.map(Number)), Math.min(...xs.map(Number))];
  return most > least ? [most, least] : [1.25 * most, most / 1.25];
}

/** Returns the measured shares of kept weights from the greatest, without those that are almost the same. */
export function shareTicks(xs: readonly (number | string)[]): number[] {
  const ticks: number[] = [];
  for (const share of xs.map(Number).sort((a, b) => b - a))
    if (ticks.length === 0 || share < ticks.at(-1)! / 1.05) ticks.push(share);
  return ticks;
}

/** Rows of rounds lie along their kept share. Other rows lie along the last of their axes. */
export function linesOf({ rows: all, columns }: Pick<StudyTableJson, 'rows' | 'columns'>): FigureLines {
  const axes = [...new Set(all.flatMap((row) => Object.keys(row.axes)))];
  const isShare = axes.includes(ROUND) && all.some(({ kept }) => kept !== undefined);
  const rows = isShare ? all.filter(({ kept }) => kept !== undefined) : all;
  const along = isShare ? ROUND : (axes.at(-1) ?? '');
  const xOf = (row: StudyTableJson['rows'][number]) => (isShare ? row.kept! : String(row.axes[along] ?? ''));
  const lines = new Map<string, PlainLine>();
  for (const [at, row] of all.entries()) {
    const others = axes.filter((axis) => axis !== along).flatMap((axis) => row.axes[axis] ?? []);
    const method = along === 'method' ? undefined : row.axes['method'];
    row.cells.forEach((cell, style) => {
      const isMean = isMeasured(cell);
      if (!isMean && !cell?.diverged) return;
      const key = JSON.stringify([others, style]);
      const shown = columns.length > 1 || others.length === 0 ? [columns[style]!] : [];
      const names = namesOf([...others, ...shown].map(String), [String(method), columns[style]!]);
      const line = lines.get(key) ?? { key, style, ...names, points: [], without: [], diverged: [] };
      lines.set(key, line);
      const hasPlace = !isShare || row.kept !== undefined; // a round that only diverged has none
      if (!isMean || !hasPlace) {
        const label = isShare ? `round ${String(row.axes[ROUND])}` : valueLabel(xOf(row));
        line.diverged.push({ ...(hasPlace && { x: xOf(row) }), label });
        return;
      }
      const { halfDifference } = cell;
      const place = { x: xOf(row), row: at };
      const drawn = drawnCell(cell);
      if (drawn) line.points.push({ ...place, cell: drawn });
      if (halfDifference) line.without.push({ ...place, cell: { ...halfDifference, halfDifference } });
    });
  }
  const xs = [...new Set(rows.map(xOf))];
  const ordered = isShare ? (xs as number[]).sort((a, b) => b - a) : xs;
  const shared = sharedBy([...lines.values()]);
  return {
    lines: withLooks([...lines.values()], shared),
    shared: shared.map(valueLabel),
    xs: ordered,
    isShare,
    title: isShare ? 'kept weights in percent' : along,
  };
}

/** Returns the values that all lines have in their labels. A line that is alone, or that would have no label, keeps its own. */
function sharedBy(lines: readonly PlainLine[]): string[] {
  const [first] = lines;
  if (!first || lines.length === 1) return [];
  const shared = first.shown.filter((value) => lines.every(({ shown }) => shown.includes(value)));
  return lines.some(({ shown }) => shown.every((value) => shared.includes(value))) ? [] : shared;
}

function isMeasured(cell: StudyTableJson['rows'][number]['cells'][number]): cell is TableCell {
  return cell !== null && cell.n > 0 && cell.mean !== null;
}

/**
 * Returns how a line is called and how it looks. A method may be the value of an axis or, in tables such as that of kept weights, a column.
 * `shown` are the values that tell the line from others, and `more` are further values that may be a method or what was done.
 */
function namesOf(shown: readonly string[], more: readonly string[]): Pick<PlainLine, 'shown' | 'method' | 'done'> {
  const method = [...shown, ...more].find(isMethod);
  const done = [...shown, ...more].find(isDone);
  return {
    shown,
    ...(method && { method }),
    ...(done && { done }),
  };
}

/** A line before it has a look. Lines of a method have one hue, and lines of a column have one mark and dash. */
interface PlainLine extends Pick<FigureLine, 'key' | 'points' | 'without' | 'diverged'> {
  /** The values that tell the line from others. */
  shown: readonly string[];
  method?: Method;
  done?: Done;
  /** Index of the column. */
  style: number;
}

/** Looks of columns that do not say what was done. */
const OTHER_LOOKS: readonly LineLook[] = [
  { shape: 'circle', dash: [] },
  { shape: 'square', dash: [5, 2] },
  { shape: 'triangle', dash: [2, 2] },
  { shape: 'diamond', dash: [6, 2, 1.5, 2] },
  { shape: 'triangleDown', dash: [8, 3] },
  { shape: 'star', dash: [2, 3] },
];

function withLooks(lines: readonly PlainLine[], shared: readonly string[]): FigureLine[] {
  const drawn = lines.map(({ key, shown, points, without, diverged, method, done, style }) => ({
    ...{
      ...{ key, points, without, diverged },
      label: labelOf(shown),
      shortLabel: labelOf(shown.filter((value) => !shared.includes(value))),
    },
    ...(method && { hue: method }),
    look: done ? DONE_LOOKS[done] : OTHER_LOOKS[style % OTHER_LOOKS.length]!,
  }));
  const rests = lines.map(({ shown }) => shown.filter((value) => !isMethod(value) && !isDone(value)).join(' · '));
  return toldApart(drawn, rests);
}

const SHAPES: readonly MarkShape[] = ['circle', 'square', 'triangle', 'triangleDown', 'star', 'diamond'];
const DASHES: readonly LineLook['dash'][] = [[4, 1], [1, 1], [9, 2, 2, 2], [2, 1, 1, 1], [12, 2], []];

/**
 * Gives another mark and dash to lines that would have the hue, mark and dash of another. `rests` are their values of further axes: lines of
 * one value keep what they have, and those of the next have a shape of their own, which is open where the other is open.
 */
function toldApart(lines: readonly FigureLine[], rests: readonly string[]): FigureLine[] {
  const looksOf = ({ hue, look: { shape, open } }: FigureLine) => `${hue ?? ''} ${markOf(shape, open)}`;
  const twins = lines.map((line, i) => lines.findIndex((other) => looksOf(other) === looksOf(line)) !== i);
  const values = [...new Set(rests.filter((_, i) => twins[i]))];
  const used = new Set(lines.map(({ look: { shape, open } }) => markOf(shape, open)));
  const dashes = new Set(lines.map(({ look }) => look.dash.join(' ')));
  const unused = SHAPES.filter((shape) => !lines.some(({ look }) => look.shape === shape));
  const made = new Map<string, LineLook>();
  return lines.map((line, i) => {
    if (!twins[i]) return line;
    const { look } = line;
    const id = JSON.stringify([rests[i], look]);
    const first = unused[values.indexOf(rests[i]!)];
    const marks = [...(first ? [first] : []), ...SHAPES].flatMap((shape) => [
      { shape, open: look.open === true },
      { shape, open: look.open !== true },
    ]);
    const { shape, open } = marks.find((mark) => !used.has(markOf(mark.shape, mark.open))) ?? marks[0]!;
    const dash = DASHES.find((one) => !dashes.has(one.join(' '))) ?? look.dash;
    const other = made.get(id) ?? { shape, ...(open && { open }), dash };
    made.set(id, other);
    used.add(markOf(other.shape, other.open));
    dashes.add(other.dash.join(' '));
    return { ...line, look: other };
  });
}

function markOf(shape: MarkShape, open = false): string {
  return `${shape} ${open}`;
}

function labelOf(values: readonly string[]): string {
  return values.map(valueLabel).join(' · ');
}

function isMethod(value: string): value is Method {
  return Object.hasOwn(METHOD_LOOKS, value);
}

/** A node may be called “training”, whatever it trains. */
function isDone(value: string): value is Done {
  return value !== 'training' && Object.hasOwn(DONE_LOOKS, value);
}

/** Returns the name of a value of an axis or of a column, as trees and legends have it: `retrain` is “retrained”. */
export function valueLabel(value: Scalar): string {
  const text = String(value);
  return isDone(text) ? DONE_LOOKS[text].label : text;
}

/** The mark of half the difference of two ends without a barrier between them. */
export const WITHOUT_BARRIER: LineLook = { shape: 'bar', dash: [] };
export const WITHOUT_BARRIER_LABEL = 'no barrier: half the difference of the ends';

/** Returns how many runs a line is a mean of, for a legend: “ (n = 3)” or “ (n = 2–3)”. */
export function repetitions(counts: readonly number[]): string {
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return ` (n = ${least === most ? String(least) : `${least}–${most}`})`;
}

/** Returns “(diverged in round 2)” or “(diverged at full, fixed 1)”; nothing for no places. */
export function divergedText(labels: readonly string[]): string {
  if (labels.length === 0) return '';
  return `(diverged ${labels.every((label) => label.startsWith('round ')) ? 'in' : 'at'} ${labels.join(', ')})`;
}
