import assert from 'node:assert/strict';
import { channelSums, GROUP_ROWS, type Sums } from '../../../engine/backends/wasm/channelSums';
import { SETS } from './convolutions';
import { memoryHeap } from './memoryHeap';
import { values } from './reference';

type Name = 'x' | 'gradient' | 'active';

/** Around each number of channels that the kernel sums at once, and around 32, from which it sums more at once. */
const CHANNELS = [1, 3, 4, 5, 7, 8, 11, 12, 13, 20, 32, 33, 36, 44, 47];
const ROWS = GROUP_ROWS + 700;

/** Adds the rows of each group one by one, and then the groups. */
function expected(data: Partial<Record<Name, Float32Array>>, channels: number): Sums {
  const sums = { plain: new Float64Array(channels), products: new Float64Array(channels) };
  const { x, gradient, active } = data;
  for (let first = 0; first < ROWS; first += GROUP_ROWS)
    for (let c = 0; c < channels; c++) {
      let [plain, products] = [0, 0];
      for (let r = first; r < Math.min(first + GROUP_ROWS, ROWS); r++) {
        const i = r * channels + c;
        const value = active && active[i]! <= 0 ? 0 : (gradient ?? x)![i]!;
        plain += value;
        if (x) products += value * x[i]!;
      }
      sums.plain[c]! += plain;
      sums.products[c]! += products;
    }
  return sums;
}

describe('sums over rows on wasm', () => {
  const summed: Name[][] = [['gradient'], ['x'], ['x', 'gradient'], ['x', 'gradient', 'active']];
  for (const set of SETS)
    for (const names of summed)
      it(`have the bytes of rows added one by one in double precision: ${names.join(', ')}, ${set}`, () => {
        for (const channels of CHANNELS) {
          const heap = memoryHeap({ threads: 1, set, winograd: false, gelu32: false });
          const data = Object.fromEntries(names.map((name, i) => [name, values(ROWS * channels, i)]));
          const tensors = Object.entries(data).map(([name, floats]) => {
            const tensor = heap.allocate([ROWS, channels]);
            heap.floats(tensor).set(floats);
            return [name, tensor] as const;
          });
          const found = channelSums(heap, Object.fromEntries(tensors));
          assert.deepEqual(found, expected(data, channels), `${channels} channels`);
          heap.dispose();
        }
      });
});
