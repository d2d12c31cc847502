/** Slices, splits, padding and concatenation along one axis. */
import { reshape, type Tensor } from '@tensorflow/tfjs-core';
import './stock';
import { defineGradient, defineGradientOfAll, runKernel, runKernels } from './kernel';
import { sizeOf } from '../../tensors';

/** Returns `size` positions of x along an axis, starting at `begin`. */
export function sliceAxis(x: Tensor, axis: number, { begin, size }: { begin: number; size: number }): Tensor {
  const { rows, inner } = along(x, axis);
  const given = { begin: begin * inner, size: size * inner, row: rows.shape[1]! };
  return reshape(runKernel('SignSlice', { x: rows }, given), shapeWith(x, axis, size));
}

/** Splits x along an axis into tensors with these sizes, which add up to the size of the axis. */
export function splitAxis(x: Tensor, axis: number, sizes: readonly number[]): Tensor[] {
  const { rows, inner } = along(x, axis);
  const parts = runKernels('SignSplit', { x: rows }, { sizes: sizes.map((size) => size * inner) });
  return parts.map((part, i) => reshape(part, shapeWith(x, axis, sizes[i]!)));
}

/** Returns x with zeros around it along an axis, which then has `size` positions. x starts at position `begin`. */
export function padAxis(x: Tensor, axis: number, { begin, size }: { begin: number; size: number }): Tensor {
  const { rows, inner } = along(x, axis);
  const given = { begin: begin * inner, size: rows.shape[1]!, row: size * inner };
  return reshape(runKernel('SignPad', { x: rows }, given), shapeWith(x, axis, size));
}

/** Joins tensors along an axis. Their other axes must have equal sizes. */
export function concatAxis(tensors: readonly Tensor[], axis: number): Tensor {
  const views = tensors.map((x) => along(x, axis).rows);
  const named = Object.fromEntries(views.map((rows, i) => [`x${i}`, rows]));
  const joined = runKernel('SignConcat', named, { sizes: views.map(({ shape }) => shape[1]!) });
  const size = tensors.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  return reshape(joined, shapeWith(tensors[0]!, axis, size));
}

/** Returns x as [outer axes, this axis · inner axes], and the number of elements of the inner axes. */
function along(x: Tensor, axis: number): { rows: Tensor; inner: number } {
  const outer = sizeOf(x.shape.slice(0, axis));
  const inner = sizeOf(x.shape.slice(axis + 1));
  return { rows: reshape(x, [outer, x.shape[axis]! * inner]), inner };
}

function shapeWith({ shape }: Tensor, axis: number, size: number): number[] {
  return shape.map((each, i) => (i === axis ? size : each));
}

defineGradient('SignSlice', {
  attributes: ['begin', 'size', 'row'],
  of: (dy, _, attributes) => ({ x: () => runKernel('SignPad', { x: dy }, attributes) }),
});

defineGradientOfAll('SignSplit', {
  attributes: ['sizes'],
  of: (dys, _, attributes) => {
    const parts = Object.fromEntries(dys.map((dy, i) => [`x${i}`, dy]));
    return { x: () => runKernel('SignConcat', parts, attributes) };
  },
});

defineGradient('SignPad', {
  attributes: ['begin', 'size', 'row'],
  of: (dy, _, attributes) => ({ x: () => runKernel('SignSlice', { x: dy }, attributes) }),
});

defineGradient('SignConcat', {
  attributes: ['sizes'],
  of: (dy, _, { sizes }) => {
    const row = sizes.reduce((sum, size) => sum + size, 0);
    let end = 0;
    return Object.fromEntries(
      sizes.map((size, i) => {
        const begin = end;
        end += size;
        return [`x${i}`, () => runKernel('SignSlice', { x: dy }, { begin, size, row })];
      }),
    );
  },
});
