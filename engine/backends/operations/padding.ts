/** Padding of images on each side, for layers whose padding differs between sides. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { concatAxis, padAxis, sliceAxis } from './slices';

/** Numbers of added pixels before and after the rows, and before and after the columns. */
export interface PaddingOptions {
  rows: readonly [number, number];
  columns: readonly [number, number];
  /** The added pixels: zeros, or the values of the nearest pixel of the image. */
  with: 'zeros' | 'edges';
}

/** Adds pixels around images [N, H, W, C]. */
export function pad(x: Tensor4D, { rows, columns, with: added }: PaddingOptions): Tensor4D {
  const along = added === 'zeros' ? withZeros : withEdges;
  return along(along(x, 1, rows), 2, columns) as Tensor4D;
}

function withZeros(x: Tensor, axis: number, [before, after]: readonly [number, number]): Tensor {
  if (before + after === 0) return x;
  return padAxis(x, axis, { begin: before, size: before + x.shape[axis]! + after });
}

function withEdges(x: Tensor, axis: number, [before, after]: readonly [number, number]): Tensor {
  if (before + after === 0) return x;
  const repeated = (begin: number, count: number) =>
    count === 0 ? [] : Array<Tensor>(count).fill(sliceAxis(x, axis, { begin, size: 1 }));
  return concatAxis([...repeated(0, before), x, ...repeated(x.shape[axis]! - 1, after)], axis);
}
