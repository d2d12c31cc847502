/** Layer norm over the last axis, with sums in double precision. */
import { addGroups, allocateGroups } from './channelSums';
import { elements, lastAxis } from '../operations/kernel';
import { defineKernel } from './heap';

/** Number of rows in a group. The gradients of scale and shift are summed separately for each group. */
const GROUP_ROWS = 256;
/** Approximate operations for each value. */
const COST = 8;

/** Returns y, and the mean and deviation √(variance + ε) of each row. */
export function registerLayerNorm(): void {
  defineKernel('SignLayerNorm', ['epsilon'], ({ x, scale, shift }, { epsilon }, heap) => {
    const size = lastAxis(x);
    const rows = elements(x) / size;
    const [y, mean, deviation] = [heap.allocate(x!.shape), heap.allocate([rows]), heap.allocate([rows])];
    const addresses = [x!, scale!, shift!, y, mean, deviation].map((tensor) => heap.address(tensor));
    heap.pool.run('layerNorm', [...addresses, size, epsilon], { units: rows, cost: COST * size });
    return [y, mean, deviation];
  });

  defineKernel('SignLayerNormGradient', [], ({ dy, x, scale, kept0: mean, kept1: deviation }, _, heap) => {
    const size = lastAxis(x);
    const rows = elements(x) / size;
    const units = Math.ceil(rows / GROUP_ROWS);
    const [dx, dscale, dshift] = [heap.allocate(x!.shape), heap.allocate([size]), heap.allocate([size])];
    const sums = allocateGroups(heap, units, size);
    const addresses = [dy!, x!, scale!, mean!, deviation!, dx, sums].map((tensor) => heap.address(tensor));
    const work = { units, cost: COST * GROUP_ROWS * size };
    heap.pool.run('layerNormGradient', [...addresses, rows, size, GROUP_ROWS], work);
    const { plain, products } = addGroups(heap, sums, size);
    heap.floats(dscale).set(products);
    heap.floats(dshift).set(plain);
    return [dx, dscale, dshift];
  });
}
