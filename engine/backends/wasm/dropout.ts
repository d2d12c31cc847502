/** Dropout. */
import { elements } from '../operations/kernel';
import { firstKept, HASH, mix } from '../operations/dropout';
import { vectors } from './elementwise';
import { defineKernel } from './heap';

export function registerDropout(): void {
  defineKernel('SignDropout', ['rate', 'each', 'layer'], ({ x, key }, { rate, each, layer }, heap) => {
    const out = heap.allocate(x!.shape);
    const [high = 0, low = 0] = heap.floats(key);
    const seed = mix(((high << 16) | low) ^ layer);
    const [least, factor] = [firstKept({ rate }), 1 / (1 - rate)];
    if (each === 1) {
      const args = [heap.address(x!), heap.address(out), elements(x), seed | 0, least, factor];
      heap.pool.run('dropout', args, vectors(elements(x), 5));
      return out;
    }
    const draws = elements(x) / each;
    const factors = heap.allocate([draws]);
    const kept = (draw: number) => mix(seed + Math.imul(draw, HASH.step)) >>> 8 >= least;
    heap.floats(factors).set(Float32Array.from({ length: draws }, (_, draw) => (kept(draw) ? factor : 0)));
    const args = [x!, factors, out].map((tensor) => heap.address(tensor));
    heap.pool.run('scaleRows', [...args, each], { units: draws, cost: each });
    heap.free(factors);
    return out;
  });
}
