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

/** Tensors of the same shape. `gradient` alone may be any tensor: it is summed without its squares. */
interface Summed {
  x?: TensorInfo;
  gradient?: TensorInfo;
  active?: TensorInfo | undefined;
}

/**
 * Returns two sums for each channel: Σ x and Σ x², or Σ dy and Σ dy·x over the values where relu passes the gradient. With the gradient alone, the
 * second is 0.
 */
export function channelSums(heap: Heap, summed: Summed): Sums {
  return addGroups(heap, groupSums(heap, summed, GROUP_ROWS), lastAxis(summed.gradient ?? summed.x));
}

/** Like `channelSums`, but for each image of x [N, H, W, C]. The sums are [N, C]. */
export function imageSums(heap: Heap, summed: Summed): Sums {
  const x = (summed.gradient ?? summed.x)!;
  const channels = lastAxis(x);
  const images = x.shape[0]!;
  const doubles = doublesOf(heap, groupSums(heap, summed, elements(x) / channels / images));
  const [plain, products] = [new Float64Array(images * channels), new Float64Array(images * channels)];
  for (let n = 0; n < images; n++) {
    const [first, second, end] = [2 * n * channels, (2 * n + 1) * channels, (2 * n + 2) * channels];
    plain.set(doubles.subarray(first, second), n * channels);
    products.set(doubles.subarray(second, end), n * channels);
  }
  return { plain, products };
}

/** Computes the sums of each group of rows. */
function groupSums(heap: Heap, { x, gradient, active }: Summed, groupRows: number): TensorInfo {
  const given = gradient ?? x;
  const channels = lastAxis(given);
  const rows = elements(given) / channels;
  const units = Math.ceil(rows / groupRows);
  const sums = allocateGroups(heap, units, channels);
  const addresses = [x, gradient, active, sums].map((tensor) => (tensor ? heap.address(tensor) : 0));
  heap.pool.run('channelSums', [...addresses, rows, channels, groupRows], { units, cost: groupRows * channels });
  return sums;
}

/** Allocates memory for both sums of each group. */
export function allocateGroups(heap: Heap, groups: number, channels: number): TensorInfo {
  return heap.allocate([groups, 4 * channels]); // twice as many doubles
}

/** Adds the groups in order, and frees them. */
export function addGroups(heap: Heap, sums: TensorInfo, channels: number): Sums {
  const doubles = doublesOf(heap, sums);
  const total = new Float64Array(2 * channels);
  doubles.forEach((sum, i) => (total[i % total.length]! += sum));
  return { plain: total.slice(0, channels), products: total.slice(channels) };
}

/** Copies the sums of groups, and frees them. */
function doublesOf(heap: Heap, sums: TensorInfo): Float64Array {
  const doubles = new Float64Array(heap.floats(sums).slice().buffer);
  heap.free(sums);
  return doubles;
}
