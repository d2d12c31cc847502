/** Describes the axes of a weight in a form that does not depend on its layout. */
import { sizeOf } from '../tensors';

/**
 * A weight as `lead` matrices of `rows` × `columns` kernels, whose `trail` weights are next to each other. OIHW has O rows, I columns and
 * H·W weights in `trail`. HWIO has H·W matrices of I rows and O columns.
 */
export interface MaskAxes {
  lead: number;
  rows: number;
  columns: number;
  trail: number;
  /** `vector`: every row is an output and there are no inputs. `depthwise`: rows are inputs, and every kernel has its own output. */
  rowsAre: 'outputs' | 'inputs' | 'vector' | 'depthwise';
  /** The input axis: its length, and the distance of consecutive weights along it. Absent for vectors and depthwise kernels. */
  input?: { length: number; stride: number };
}

/** Sizes of the groups in N:M patterns. */
export const GROUPS: readonly number[] = [2, 4, 8, 16];

/**
 * Returns the axes. Returns undefined if the axes of one kind are not next to each other. Several such axes count as one. A weight without
 * numbers has no axes either, because its file does not limit them: memory for 2^50 rows cannot be allocated.
 */
export function maskAxesOf({ shape, layout }: { shape: readonly number[]; layout: string }): MaskAxes | undefined {
  if (sizeOf(shape) === 0) return undefined;
  const kinds = Array.from(layout, (letter) => ('DHW'.includes(letter) ? 'P' : letter)).join('');
  if (kinds.length !== shape.length) return kinds === 'O' ? vector(sizeOf(shape)) : undefined;
  const [, p = '', first = '', second = '', q = ''] = /^(P*)(O+|I+)(O*|I*|M)(P*)$/.exec(kinds) ?? [];
  if (first === '' || (second !== '' && first.startsWith(second.slice(0, 1)))) return undefined;
  const cuts = [p, first, second, q].map(({ length }) => length);
  let axis = 0;
  const [lead = 1, rows = 1, columns = 1, trail = 1] = cuts.map((length) =>
    sizeOf(shape.slice(axis, (axis += length))),
  );
  if (second === '') return first.startsWith('O') && p + q === '' ? vector(rows) : undefined;
  const sizes = { lead, rows, columns, trail };
  if (second === 'M') return { ...sizes, rowsAre: 'depthwise' };
  if (first.startsWith('I')) return { ...sizes, rowsAre: 'inputs', input: { length: rows, stride: columns * trail } };
  return { ...sizes, rowsAre: 'outputs', input: { length: columns, stride: trail } };
}

function vector(rows: number): MaskAxes {
  return { lead: 1, rows, columns: 1, trail: 1, rowsAre: 'vector' };
}

/** Whether kernels are counted: they have more than one weight, or they are the outputs. */
export function hasKernels({ lead, trail, rowsAre }: MaskAxes): boolean {
  return lead * trail > 1 || rowsAre === 'depthwise';
}

/** Returns the sizes of groups that divide the input axis. */
export function groupSizes({ input }: MaskAxes): number[] {
  return input && input.length > 0 ? GROUPS.filter((size) => input.length % size === 0) : [];
}

/** Returns a number of weights. Pieces whose length is a multiple of it contain only whole kernels and whole groups. */
export function unitOf(axes: MaskAxes): number {
  const size = groupSizes(axes).at(-1);
  return axes.input && size !== undefined ? size * axes.input.stride : axes.trail;
}
