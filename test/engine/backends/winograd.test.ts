/** Compares gradients of convolutions with Winograd's transforms with sums in double precision, and tests which convolutions use them. */
import assert from 'node:assert/strict';
import type { Heap } from '../../../engine/backends/wasm/heap';
import { isTransformed } from '../../../engine/backends/wasm/winograd';
import { random } from '../../../engine/random';
import { sizeOf } from '../../../engine/tensors';
import { SEED, WITH_SEED } from '../../seed';
import { computed, errorOf, exact, KERNELS, problem, TOLERANCE } from './convolutions';
import type { ConvolutionCase } from './reference';
import { resumed } from './resumed';

/** Odd sizes, single rows and columns, no and wide padding, channels that are no multiple of 6 or 8. */
const CASES: [x: ConvolutionCase['x'], outputs: number, padding: number][] = [
  [[2, 8, 8, 16], 16, 1],
  [[3, 7, 9, 12], 20, 1],
  [[1, 1, 1, 8], 8, 1],
  [[2, 1, 6, 8], 12, 1],
  [[2, 5, 1, 16], 8, 1],
  [[5, 3, 3, 8], 8, 0],
  [[2, 6, 5, 24], 8, 0],
  [[1, 4, 5, 8], 36, 2],
  [[40, 4, 4, 8], 16, 1],
  [[1, 13, 11, 32], 40, 1],
];

function caseOf([x, outputs, padding]: (typeof CASES)[number]): ConvolutionCase {
  return { x, filter: [3, 3, outputs], stride: 1, padding };
}

describe('Winograd transforms of the wasm backend', () => {
  for (const { kernels, ...options } of KERNELS) {
    for (const each of CASES)
      it(`differentiate [${each[0].join()}] to ${each[1]} channels with padding ${each[2]}: ${kernels}`, () => {
        const given = problem(caseOf(each));
        const [expected, found] = [exact(given), computed(given, options)];
        found.forEach((values, i) => {
          const error = errorOf(values, expected[i]!);
          assert.ok(error < TOLERANCE, `result ${i}: ${error}`);
        });
      });

    it(`differentiate random shapes: ${kernels} ${WITH_SEED}`, () => {
      const source = random(SEED, 'winograd');
      const below = (n: number) => Math.floor(source.uniform() * n);
      for (let n = 0; n < 20; n++) {
        const padding = below(3);
        const [height, width] = [Math.max(3 - 2 * padding, 1) + below(9), Math.max(3 - 2 * padding, 1) + below(9)];
        const each = caseOf([[1 + below(4), height, width, 8 + 4 * below(6)], 8 + 4 * below(6), padding]);
        const given = problem(each);
        const [expected, found] = [exact(given), computed(given, options)];
        found.forEach((values, i) => {
          const error = errorOf(values, expected[i]!);
          assert.ok(error < TOLERANCE, `${JSON.stringify(each)}, result ${i}: ${error}`);
        });
      }
    });
  }

  it('have errors of at most four times those of the direct sums, and leave forward passes alone', () => {
    for (const each of CASES.filter(([x]) => sizeOf(x) >= 1000)) {
      const given = problem(caseOf(each));
      const expected = exact(given);
      const [ours, direct] = [computed(given, {}), computed(given, { winograd: false })];
      assert.deepEqual(ours[0], direct[0], 'a forward pass has other bytes');
      expected.forEach((values, i) => {
        const [error, usual] = [errorOf(ours[i]!, values), errorOf(direct[i]!, values)];
        assert.ok(error <= 4 * usual, `[${each[0].join()}], result ${i}: ${error}, direct ${usual}`);
      });
    }
  });

  it('give the same bytes on any number of threads', () => {
    const given = problem(caseOf([[40, 9, 8, 16], 24, 1]));
    const [one, three] = [computed(given, {}), computed(given, { threads: 3 })];
    one.forEach((values, i) => {
      assert.deepEqual(three[i], values);
    });
  });

  it('are used only for 3 × 3 taps, a step of 1 and whole vectors of channels', () => {
    const heap = (winograd: boolean) => ({ pool: { winograd } }) as Heap;
    const usual = { taps: [3, 3], step: 1, inputs: 16, outputs: 8 } as const;
    assert.ok(isTransformed(heap(true), usual));
    assert.ok(!isTransformed(heap(false), usual));
    const others = [{ taps: [1, 3] }, { taps: [3, 5] }, { step: 2 }, { inputs: 3 }, { inputs: 4 }, { outputs: 10 }];
    for (const other of others)
      assert.ok(!isTransformed(heap(true), { ...usual, ...(other as Partial<typeof usual>) }), JSON.stringify(other));
  });

  it('are kept by a run that resumes, or left out if it began without them', async function () {
    this.timeout(60_000);
    assert.deepEqual(await resumed(''), { kernels: 'simd' });
    assert.deepEqual(await resumed('simd, winograd'), { kernels: 'simd, winograd' });
    const changed = await resumed('simd', { WINNING_SIGN_KERNELS: 'simd, winograd' });
    assert.deepEqual(changed, { kernels: 'simd, winograd', mixed: true });
  });
});
