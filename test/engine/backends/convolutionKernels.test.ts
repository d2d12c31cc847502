/** Compares the direct convolutions of the wasm backend with sums in double precision, for random shapes. */
import assert from 'node:assert/strict';
import { random, type Random } from '../../../engine/random';
import { SEED, WITH_SEED } from '../../seed';
import { computed, errorOf, exact, KERNELS, problem, TOLERANCE } from './convolutions';
import type { ConvolutionCase } from './reference';

/** Filters of one tap half of the time, because they have kernels of their own. */
function randomCase(source: Random): ConvolutionCase {
  const taps = () => (source.below(2) === 0 ? 1 : 1 + source.below(3));
  const [tapRows, tapColumns] = [taps(), taps()];
  const padding = source.below(Math.min(tapRows, tapColumns));
  const x = [1 + source.below(4), tapRows + source.below(10), tapColumns + source.below(10), 1 + source.below(30)];
  return {
    x: x as ConvolutionCase['x'],
    filter: [tapRows, tapColumns, 1 + source.below(30)],
    stride: 1 + source.below(2),
    padding,
  };
}

describe('direct convolutions of the wasm backend', () => {
  for (const { kernels, ...options } of KERNELS)
    it(`are right for random shapes: ${kernels} ${WITH_SEED}`, () => {
      const source = random(SEED, 'convolutions');
      for (let n = 0; n < 60; n++) {
        const given = problem(randomCase(source));
        const [expected, found] = [exact(given), computed(given, { ...options, winograd: false })];
        found.forEach((values, i) => {
          const error = errorOf(values, expected[i]!);
          assert.ok(error < TOLERANCE, `${JSON.stringify(given.given)}, result ${i}: ${error}`);
        });
      }
    });

  it('give the same bytes on any number of threads', () => {
    for (const taps of [1, 3]) {
      const given = problem({ x: [40, 9, 8, 13], filter: [taps, taps, 21], stride: 1, padding: (taps - 1) / 2 });
      const [one, three] = [computed(given, {}), computed(given, { threads: 3 })];
      one.forEach((values, i) => {
        assert.deepEqual(three[i], values);
      });
    }
  });
});
