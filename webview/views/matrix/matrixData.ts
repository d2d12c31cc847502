/** Turns the comparison of several checkpoints into a heatmap, a table and a sentence. */
import { MASK_CHANCE, SIGMA, SIGN_CHANCE } from '../../../engine/vocabulary/chance';
import type { LayerComparison, MatrixPair, UnreadableFile } from '../../../engine/protocol';
import type { Cell, HeatmapData } from '../../charts/heatmap';
import { h } from '../../dom';
import { number, percent, received, signed } from '../../format';
import type { DataTable } from '../../parts/dataTable';
import type { ListNames } from '../../parts/names';
import type { Column } from '../../parts/table';
import { flipRamp, ramp, type Theme } from '../../theme';

/** What a cell shows. */
export const MEASURES = ['iou', 'signs'] as const;
export type Measure = (typeof MEASURES)[number];

interface MeasureWords {
  label: string;
  title: string;
  caption: string;
}

export const MEASURE_WORDS: Record<Measure, MeasureWords> = {
  iou: {
    label: 'mask IoU',
    title: 'Overlap of the masks',
    caption: 'IoU of the masks of each pair: the weights kept in both as a share of those kept in either.',
  },
  signs: {
    label: 'same sign',
    title: 'Agreement of the signs',
    caption: 'Share of the weights kept in both checkpoints of a pair that have the same sign.',
  },
};

/** Several checkpoints and their pairs that were compared until now. */
export interface Matrix {
  /** Names that distinguish the files. */
  names: readonly string[];
  pairs: readonly MatrixPair[];
  /** The files that cannot be read, as far as this is known. */
  unreadable?: readonly UnreadableFile[];
}

/** Returns the pair of a cell. Undefined on the diagonal, and until the pair was compared. */
export function pairAt(pairs: readonly MatrixPair[], row: number, column: number): MatrixPair | undefined {
  const [a, b] = [Math.min(row, column), Math.max(row, column)];
  return pairs.find((pair) => pair.a === a && pair.b === b);
}

/** Returns the symmetric heatmap of a measure. */
export function matrixHeatmap(matrix: Matrix, measure: Measure, theme: Theme): HeatmapData {
  const { names, pairs } = matrix;
  const cells = names.flatMap((nameA, row) =>
    names.map((nameB, column): Cell => {
      if (row === column) return { text: '', tip: nameA };
      const pair = pairAt(pairs, row, column);
      const heading = row < column ? `${nameA} – ${nameB}` : `${nameB} – ${nameA}`;
      if (!pair) return { text: '…', tip: `${heading}\nnot compared yet` };
      if (!pair.total) return { text: missingWord(matrix, pair), tip: `${heading}\n${pair.reason ?? ''}` };
      const value = valueOf(measure, pair.total);
      const color = Number.isFinite(value) ? colorOf(measure, value, theme) : undefined;
      return { ...(color !== undefined && { color }), text: textOf(measure, value), tip: tipOf(heading, pair.total) };
    }),
  );
  const steps = Array.from({ length: 24 }, (_, step) => step / 23);
  const [from, least] = measure === 'iou' ? ['0', 0] : ['50 %', 0.5];
  return {
    rows: [...names],
    numbered: true,
    columns: names.map((_, place) => String(place + 1)),
    rowTitle: 'checkpoint',
    columnTitle: 'numbered like the rows',
    cells,
    ramp: {
      label: MEASURE_WORDS[measure].label,
      colors: steps.map((step) => colorOf(measure, least + step * (1 - least), theme)),
      from,
      to: measure === 'iou' ? '1' : '100 %',
    },
  };
}

/** Says why a pair has no numbers: a file cannot be read, or no layers match. */
function missingWord({ unreadable = [] }: Matrix, { a, b }: MatrixPair): string {
  return unreadable.some(({ place }) => place === a || place === b) ? 'unreadable' : 'no match';
}

function colorOf(measure: Measure, value: number, theme: Theme): string {
  return measure === 'iou' ? ramp(value, theme) : flipRamp(1 - value, theme);
}

function valueOf(measure: Measure, { iou, keptBoth, signAgreement }: LayerComparison): number {
  if (measure === 'iou') return iou;
  return keptBoth > 0 ? signAgreement : NaN;
}

function textOf(measure: Measure, value: number): string {
  return measure === 'iou' ? number(value) : percent(value);
}

function tipOf(heading: string, total: LayerComparison): string {
  return [heading, masksText(total), signsText(total), 'Enter opens the pair.'].join('\n');
}

function masksText({ iou, chanceIou, maskSigma }: LayerComparison): string {
  return `mask IoU ${number(iou)} (chance ${number(chanceIou)}, ${signed(received(maskSigma))} σ)`;
}

function signsText({ keptBoth, signAgreement, chanceAgreement, signSigma }: LayerComparison): string {
  if (keptBoth === 0) return 'no weight is kept in both';
  return `same sign ${percent(signAgreement)} (chance ${percent(chanceAgreement)}, ${signed(received(signSigma))} σ)`;
}

/** Returns which masks overlap most and least, and what could not be compared. */
export function matrixFinding({ names, pairs }: Matrix): string {
  const compared = pairs.flatMap(({ a, b, total }) => (total ? [{ a, b, total }] : []));
  const missing = pairs.length - compared.length;
  const failed = missing > 0 ? ` ${missing} of ${pairs.length} pairs could not be compared.` : '';
  const [first, ...others] = compared;
  if (!first) return `No two of the ${names.length} checkpoints can be compared.`;
  const best = others.reduce((most, pair) => (pair.total.iou > most.total.iou ? pair : most), first);
  const least = others.reduce((worst, pair) => (pair.total.iou < worst.total.iou ? pair : worst), first);
  const say = ({ a, b, total }: typeof first) =>
    `${names[a]} and ${names[b]}: ${masksText(total)}; ${signsText(total)}.`;
  if (others.length === 0) return `${say(first)}${failed}`;
  return `Most overlap: ${say(best)} Least overlap: ${say(least)}${failed}`;
}

/** A pair with the names of its checkpoints. */
export interface NamedPair extends MatrixPair {
  nameA: string;
  nameB: string;
  /** The word for a pair without numbers. */
  missing: string;
}

export function namedPairs(matrix: Matrix): NamedPair[] {
  const { names, pairs } = matrix;
  return pairs.map((pair) => ({
    ...pair,
    nameA: names[pair.a]!,
    nameB: names[pair.b]!,
    missing: missingWord(matrix, pair),
  }));
}

function measured(
  title: string,
  hint: string,
  value: (total: LayerComparison) => number | undefined,
  text: (value: number) => string,
): Column<NamedPair> {
  const valueIn = ({ total }: NamedPair) => (total ? (value(total) ?? NaN) : NaN);
  return { title, hint, numeric: true, value: valueIn, text: (pair) => text(valueIn(pair)) };
}

const ifBoth = (value: (total: LayerComparison) => number | undefined) => (total: LayerComparison) =>
  total.keptBoth > 0 ? value(total) : NaN;

/** Draws the number of a checkpoint and its name, which is cut where it is the same as others. */
function drawNumbered(listed: ListNames, cell: HTMLElement, [place, name]: [number, string]): void {
  if (cell.title === name) return;
  cell.title = name;
  const shown = h('span', { class: 'numbered-name' });
  listed.draw(shown, name);
  cell.replaceChildren(h('span', { class: 'row-number' }, `${place + 1} `, shown));
}

/** Returns the columns of the table of pairs. `listed` has the names of the checkpoints. */
export const pairColumns = (listed: ListNames): Column<NamedPair>[] => [
  { title: 'A', value: ({ a }) => a, draw: (cell, { a, nameA }) => { drawNumbered(listed, cell, [a, nameA]); } },
  { title: 'B', value: ({ b }) => b, draw: (cell, { b, nameB }) => { drawNumbered(listed, cell, [b, nameB]); } },
  measured('IoU', 'kept in both ÷ kept in A or B', ({ iou }) => iou, number),
  measured('IoU by chance', MASK_CHANCE, ({ chanceIou }) => chanceIou, number),
  measured('masks, σ', `${SIGMA} ${MASK_CHANCE}`, ({ maskSigma }) => received(maskSigma), signed),
  measured('same sign', 'share of the weights kept in both', ifBoth(({ signAgreement }) => signAgreement), percent),
  measured('same by chance', SIGN_CHANCE, ifBoth(({ chanceAgreement }) => chanceAgreement), percent),
  measured('signs, σ', `${SIGMA} ${SIGN_CHANCE}`, ({ signSigma }) => received(signSigma), signed),
  { title: 'note', draw: (cell, pair) => { cell.textContent = cell.title = noteOf(pair); } },
]; // prettier-ignore

function noteOf({ total, layers, unmatched, missing, reason = '' }: NamedPair): string {
  if (!total) return `${missing}: ${reason}`;
  return unmatched > 0 ? `${layers} layers compared, ${unmatched} without a partner` : '';
}

/** Returns all numbers of the pairs as a table. */
export function pairsTable({ names, pairs }: Matrix): DataTable {
  const keys = ['count', 'keptBoth', 'onlyA', 'onlyB', 'neither', 'iou', 'chanceIou', 'maskSigma', 'sameSign', 'flipped', 'signAgreement', 'chanceAgreement', 'signSigma'] as const; // prettier-ignore
  const rows = pairs.map(({ a, b, layers, total, reason }) => [
    ...[names[a], names[b], layers],
    ...keys.map((key) => (total ? received(total[key]) : undefined)),
    reason,
  ]);
  return { columns: ['a', 'b', 'layers', ...keys, 'reason'], rows };
}
