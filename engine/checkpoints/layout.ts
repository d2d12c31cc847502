/** Determines the order of the axes of a kernel, and the rows and columns of a kernel in a picture. */
import { sizeOf } from '../tensors';
import type { LayerHeader } from '../vocabulary/checkpoint';
import type { StoredTensor } from './reader';

/** Letters of the spatial axes, for kernels with 0, 1, 2 and 3 spatial axes. */
const PLACES = ['', 'W', 'HW', 'DHW'];

/** Names of kernels in Keras and Flax, which have their outputs last. */
const OUTPUTS_LAST = /(^|\/)((depthwise_|pointwise_|recurrent_)?kernel)(:0)?$/;

/**
 * Returns the axes by letters (`LayerHeader.layout`). The reader knows them from the format, or from the graph in the file. Otherwise the
 * name decides, and PyTorch's order is the default.
 */
export function layoutOf({ name, shape, layout, role }: Omit<StoredTensor, 'dtype'>): string {
  if (layout !== undefined) return layout;
  const rank = shape.length;
  if (role === 'weight with outputs last') return kerasLayout(rank);
  const [, , kernel] = OUTPUTS_LAST.exec(name) ?? [];
  if (role === undefined && kernel !== undefined && rank >= 2)
    return kerasLayout(rank, { depthwise: kernel === 'depthwise_kernel' });
  return rank < 2 ? 'O' : `OI${placesOf(rank)}`;
}

/** Whether the outputs are not on the first axis of a weight. */
export function isOutputsLast(weight: Omit<StoredTensor, 'dtype'>): boolean {
  return !layoutOf(weight).startsWith('O');
}

/** Returns the axes of a kernel of TensorFlow, Keras or Flax with at least two axes. */
export function kerasLayout(
  rank: number,
  { depthwise = false, transposed = false }: { depthwise?: boolean; transposed?: boolean } = {},
): string {
  return placesOf(rank) + (depthwise ? 'IM' : transposed ? 'OI' : 'IO');
}

function placesOf(rank: number): string {
  return PLACES[rank - 2] ?? 'I'.repeat(rank - 2);
}

/**
 * Returns the rows and columns of a kernel in a picture, which keeps the order of the numbers. If the outputs are the first axis, they are
 * the rows. Otherwise the last axes of one kind (inputs or outputs) are the columns.
 */
export function gridOf(shape: readonly number[], layout: string): Pick<LayerHeader, 'rows' | 'columns' | 'axes'> {
  const across = layout.startsWith('O') ? Math.max(shape.length - 1, 0) : (/(IM|O+|I)$/.exec(layout)?.[0].length ?? 1);
  const [down, side] = [shape.slice(0, shape.length - across), shape.slice(shape.length - across)];
  const [rows, columns] = [sizeOf(down), sizeOf(side)];
  if (side.length === 0) return { rows, columns, axes: `out ${rows} × 1` };
  const isOut = (letters: string) => /O|IM/.test(letters);
  const label = (letters: string, lengths: readonly number[]) =>
    `${isOut(letters) ? 'out' : 'in'} ${lengths.join('·')}`;
  const cut = layout.length - across;
  return { rows, columns, axes: `${label(layout.slice(0, cut), down)} × ${label(layout.slice(cut), side)}` };
}
