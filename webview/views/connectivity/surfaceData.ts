/** Turns a connectivity run with three ends into a loss surface. */
import { scaleLinear, scaleLog, ticks } from 'd3';
import type { RelatedSnapshot } from '../../../engine/protocol';
import { planeEnds, surfaceGrid } from '../../../engine/vocabulary/surfaceGrid';
import type { SurfaceData, SurfaceScale } from '../../charts/surface';
import { number, received, tick } from '../../format';
import type { DataTable } from '../../parts/dataTable';
import { valueOf } from './curves';

export const SURFACE_QUANTITIES = ['testError', 'testLoss', 'trainLoss'] as const;
export type SurfaceQuantity = (typeof SURFACE_QUANTITIES)[number];

interface Words {
  split: 'train' | 'test';
  quantity: 'error' | 'loss';
  name: string;
  unit: string;
}

export const SURFACE_WORDS: Record<SurfaceQuantity, Words> = {
  testError: { split: 'test', quantity: 'error', name: 'test error', unit: '%' },
  testLoss: { split: 'test', quantity: 'loss', name: 'test loss', unit: 'nats' },
  trainLoss: { split: 'train', quantity: 'loss', name: 'train loss', unit: 'nats' },
};

type Cell = NonNullable<RelatedSnapshot['cells']>[number];

/** From this ratio of the highest loss to the lowest on, the colours are logarithmic. */
const WIDE = 10;
const LEVELS = 6;
const ENDS = ['a', 'b', 'c'] as const;

/** Whether a run measures a loss surface. */
export function isSurface({ ends }: Pick<RelatedSnapshot, 'ends'>): boolean {
  return ends?.c !== undefined;
}

/** Returns “12 of 124 networks measured”. */
export function measuredText({ cells = [], ends }: Pick<RelatedSnapshot, 'cells' | 'ends'>): string {
  return `${cells.length} of ${ends ? ends.points ** 2 + ENDS.length : 0} networks measured`;
}

/** Returns the value of a network: error (percent) or loss (nats). NaN if it is not finite. */
export function surfaceValue(cell: Cell, chosen: SurfaceQuantity): number {
  const { split, quantity } = SURFACE_WORDS[chosen];
  const { loss, accuracy } = cell[split];
  const value = valueOf({ loss: received(loss), accuracy: received(accuracy) }, quantity);
  return Number.isFinite(value) ? value : NaN;
}

/** Returns the value with its unit. */
export function valueText(value: number, chosen: SurfaceQuantity): string {
  return Number.isFinite(value) ? `${number(value)} ${SURFACE_WORDS[chosen].unit}` : 'not finite';
}

/** Returns the surface to draw, or undefined until a network of the grid has been measured. */
export function surfaceData(run: RelatedSnapshot, chosen: SurfaceQuantity): SurfaceData | undefined {
  const { plane, cells = [], ends } = run;
  const measured = cells.filter(({ end }) => end === undefined);
  if (!plane || !ends || measured.length === 0) return undefined;
  const { columns, rows } = surfaceGrid(plane, ends.points);
  const scale = scaleOf(cells.map((cell) => surfaceValue(cell, chosen)));
  const { name, unit } = SURFACE_WORDS[chosen];
  const distances = { x: plane.width, y: plane.height };
  return {
    columns: columns.map((x) => x * distances.x),
    rows: rows.map((y) => y * distances.y),
    cells: measured.map((cell) => ({
      column: columns.indexOf(cell.x),
      row: rows.indexOf(cell.y),
      value: surfaceValue(cell, chosen),
      tip: [
        `${number(cell.x * distances.x)} along AB, ${number(cell.y * distances.y)} toward C`,
        ...valueLines(cell),
      ].join('\n'),
    })),
    ends: planeEnds(plane).map(({ x, y, end }, place) => {
      const cell = cells.find((one) => one.end === end);
      const title = `${end.toUpperCase()}: ${run.sources[place]?.label ?? ''}`;
      const tip = [title, ...(cell ? valueLines(cell) : ['not measured yet'])].join('\n');
      return { name: end.toUpperCase(), x: x * distances.x, y: y * distances.y, tip };
    }),
    quantity: `${name}, ${unit}${scale.logarithmic ? ', log scale' : ''}`,
    scale,
    levels: scale.levels,
    format: number,
  };
}

function valueLines(cell: Cell): string[] {
  return SURFACE_QUANTITIES.map((one) => `${SURFACE_WORDS[one].name} ${valueText(surfaceValue(cell, one), one)}`);
}

interface ScaleWithLevels extends SurfaceScale {
  logarithmic: boolean;
  /** The values of the contour lines. */
  levels: number[];
}

/** Returns the colour scale of some values: linear, or logarithmic if they differ by orders of magnitude. */
export function scaleOf(values: readonly number[]): ScaleWithLevels {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  if (!(high > low))
    return { low: finite[0] ?? NaN, high: finite[0] ?? NaN, share: () => 0, logarithmic: false, levels: [] };
  const logarithmic = low > 0 && high / low >= WIDE;
  const scale = logarithmic ? scaleLog([low, high], [0, 1]) : scaleLinear([low, high], [0, 1]);
  const even = Array.from({ length: LEVELS }, (_, i) => scale.invert((i + 1) / (LEVELS + 1)));
  const levels = logarithmic ? even.map((level) => Number(level.toPrecision(2))) : ticks(low, high, LEVELS);
  return { low, high, share: (value) => scale(value), logarithmic, levels: [...new Set(levels)] };
}

/** Returns all measured networks as a table, A, B and C first. Distances are in the space of the weights. */
export function surfaceTable({ cells = [], plane, sources }: RelatedSnapshot): DataTable {
  const columns = [
    'checkpoint',
    'distance along AB',
    'distance toward C',
    ...SURFACE_QUANTITIES.map((one) => `${SURFACE_WORDS[one].name}, ${SURFACE_WORDS[one].unit}`),
  ];
  const rows = cells.map((cell) => [
    cell.end && `${cell.end.toUpperCase()} ${sources[ENDS.indexOf(cell.end)]?.label ?? ''}`,
    plane && cell.x * plane.width,
    plane && cell.y * plane.height,
    ...SURFACE_QUANTITIES.map((one) => surfaceValue(cell, one)),
  ]);
  return { columns, rows };
}

/** Returns the caption: what the plane is, the checkpoints with their values, the contour lines, and how the networks were measured. */
export function surfaceCaption(run: RelatedSnapshot, chosen: SurfaceQuantity): string {
  const { cells = [], ends, result, sources } = run;
  const { name, unit } = SURFACE_WORDS[chosen];
  const named = ENDS.map((end, place) => {
    const cell = cells.find((one) => one.end === end);
    const value = cell ? ` (${valueText(surfaceValue(cell, chosen), chosen)})` : '';
    return `${end.toUpperCase()} ${sources[place]?.label ?? ''}${value}`;
  });
  const levels = surfaceData(run, chosen)?.levels ?? [];
  return [
    `${name.charAt(0).toUpperCase()}${name.slice(1)} on the plane through three checkpoints in weight space (Garipov et al. 2018): ${named.join(', ')}.`,
    'Horizontal: distance from A along B − A; vertical: distance from the line AB.',
    levels.length > 0 && `Contour lines: ${levels.map(tick).join(', ')} ${unit}.`,
    ends && `Grid of ${ends.points} × ${ends.points} networks, one cell each.`,
    run.status !== 'done' && `Not complete: ${measuredText(run)}.`,
    result?.kind === 'surface' && `Normalization: ${result.normalization}.`,
    result?.kind === 'surface' &&
      result.masks === 'different' &&
      'The masks of the checkpoints differ; run.json says which weights the other networks keep.',
  ]
    .filter(Boolean)
    .join(' ');
}

/** Returns the sentence under the heading: the range of the measured values, or the progress. */
export function surfaceFinding(run: RelatedSnapshot, chosen: SurfaceQuantity): string {
  const { status, message, cells = [] } = run;
  const grid = cells.filter(({ end }) => end === undefined).map((cell) => surfaceValue(cell, chosen));
  if (status !== 'done')
    return `Loss surface ${status}, ${measuredText(run)}${message === undefined ? '' : `: ${message}`}.`;
  const { low, high } = scaleOf(grid);
  const { name } = SURFACE_WORDS[chosen];
  return `${measuredText(run)}. On the grid, the ${name} is between ${valueText(low, chosen)} and ${valueText(high, chosen)}.`;
}
