/** Dropout. */
import { elements } from '../operations/kernel';
import { firstKept, HASH, mix } from '../operations/dropout';
import { defineKernel } from './heap';

export function registerDropout(): void {
  defineKernel('SignDropout', ['rate', 'each', 'layer'], ({ x, key }, { rate, each, layer }, heap) => {
    const out = heap.allocate(x!.shape);
    const [from, to, [high = 0, low = 0]] = [heap.floats(x), heap.floats(out), heap.floats(key)];
    const seed = mix(((high << 16) | low) ^ layer);
    const [first, factor] = [firstKept({ rate }), Math.fround(1 / (1 - rate))];
    const draws = elements(x) / each;
    for (let draw = 0, i = 0; draw < draws; draw++) {
      const kept = mix(seed + Math.imul(draw, HASH.step)) >>> 8 >= first;
      for (const end = i + each; i < end; i++) to[i] = kept ? from[i]! * factor : 0;
    }
    return out;
  });
}
