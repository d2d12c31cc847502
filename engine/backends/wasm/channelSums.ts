/** Sums over rows, in double precision. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { elements, lastAxis } from '../operations/kernel';
import type { Heap } from './heap';

/** Two sums for each channel. */
export interface Sums {
  plain: Float64Array;
  products: Float64Array;
}

/** Number of rows in a group. Each group is summed separately, so that sums do not depend on the number of threads. */
export const GROUP_ROWS = 2048;

/** Returns two sums for each channel: Σ x and Σ x², or Σ dy and Σ dy·x over the values where relu passes the gradient. */
export function channelSums(
  heap: Heap,
  { x, gradient, active }: { x: TensorInfo; gradient?: TensorInfo; active?: TensorInfo | undefined },
): Sums {
  const channels = lastAxis(x);
  const rows = elements(x) / channels;
  const units = Math.ceil(rows / GROUP_ROWS);
  const sums = allocateGroups(heap, units, channels);
  const addresses = [x, gradient, active, sums].map((tensor) => (tensor ? heap.address(tensor) : 0));
  heap.pool.run('channelSums', [...addresses, rows, channels, GROUP_ROWS], { units, cost: GROUP_ROWS * channels });
  return addGroups(heap, sums, channels);
}

/** Allocates memory for both sums of each group. */
export function allocateGroups(heap: Heap, groups: number, channels: number): TensorInfo {
  return heap.allocate([groups, 4 * channels]); // twice as many doubles
}

/** Adds the groups in order, and frees them. */
export function addGroups(heap: Heap, sums: TensorInfo, channels: number): Sums {
  const doubles = new Float64Array(heap.floats(sums).slice().buffer);
  heap.free(sums);
  const total = new Float64Array(2 * channels);
  doubles.forEach((sum, i) => (total[i % total.length]! += sum));
  return { plain: total.slice(0, channels), products: total.slice(channels) };
}
