import assert from 'node:assert/strict';
import { grad, tensor1d, tidy, type TensorInfo } from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { startBackend } from '../../../engine/backends/startBackend';
import { gelu } from '../../../engine/backends/operations/elementwise';
import type { InstructionSet } from '../../../engine/backends/wasm/simd/load';
import { SETS } from './convolutions';
import { memoryHeap } from './memoryHeap';
import { resumed } from './resumed';

/** Returns Φ, accurate to at least twelve digits. */
const DISTRIBUTION = [
  [-10, 7.61985302416e-24],
  [-5, 2.866515718791939e-7],
  [-3, 1.349898031630095e-3],
  [-0.5, 0.3085375387259869],
  [0, 0.5],
  [0.5, 0.6914624612740131],
  [3, 0.9986501019683699],
  [40, 1],
] as const;

it('the GELU of WASM has float32 precision, also far from 0', async () => {
  await startBackend('wasm');
  const y = tidy(() => gelu(tensor1d(DISTRIBUTION.map(([x]) => x))).dataSync());
  DISTRIBUTION.forEach(([x, distribution], i) => {
    const exact = x * distribution;
    assert.ok(Math.abs(y[i]! - exact) <= 2e-7 * Math.abs(exact), `gelu(${x}) is ${y[i]}, not ${exact}`);
  });
  assert.deepEqual([...tidy(() => gelu(tensor1d([-1e30, NaN])).dataSync())], [-0, NaN]);
});

it('the GELU of WASM and its derivative do not depend on the place of a number in a tensor', async () => {
  await startBackend('wasm');
  const all: number[] = DISTRIBUTION.map(([x]) => x);
  const of = (x: number[]) => tidy(() => [gelu(tensor1d(x)), grad(gelu)(tensor1d(x))].map((y) => [...y.dataSync()]));
  const whole = of(all);
  for (let size = 1; size < all.length; size++)
    assert.deepEqual(
      of(all.slice(0, size)),
      whole.map((values) => values.slice(0, size)),
      `${size} numbers`,
    );
});

interface Exact {
  x: number[];
  gelu: number[];
  slope: number[];
}

/**
 * Largest relative error of GELU, and largest error of its derivative. Those of PyTorch in float32 are 100 % below −5.5 and 4e-7 from −1 on,
 * and 3e-7.
 */
const LIMITS = { gelu: { relative: 7e-8, slope: 7e-8 }, gelu32: { relative: 4.2e-7, slope: 1.5e-7 } } as const;

/** Runs a kernel for GELU and its derivative. */
function computed(kernel: keyof typeof LIMITS, options: { x: number[]; set: InstructionSet; threads?: number }) {
  const { x, set, threads = 1 } = options;
  const heap = memoryHeap({ threads, set, winograd: false, gelu32: true });
  try {
    const [at, gelu, slope] = [x, x, x].map(({ length }) => heap.allocate([length])) as Tensors;
    heap.floats(at).set(x);
    const args = [at, gelu, slope].map((tensor) => heap.address(tensor));
    const scratch = kernel === 'gelu32' ? [heap.address(heap.allocate([threads, 32]))] : [];
    heap.pool.run(kernel, [...args, x.length, ...scratch], { units: Math.ceil(x.length / 4), cost: 1000 });
    return { gelu: [...heap.floats(gelu)], slope: [...heap.floats(slope)] };
  } finally {
    heap.dispose();
  }
}

type Tensors = [TensorInfo, TensorInfo, TensorInfo];

describe('GELU of the wasm kernels', () => {
  const exact = JSON.parse(readFileSync('test/fixtures/gelu.json', 'utf8')) as Exact;

  for (const set of SETS)
    for (const [kernel, limits] of Object.entries(LIMITS)) {
      const run = (options: { x: number[]; threads?: number }) =>
        computed(kernel as keyof typeof LIMITS, { set, ...options });

      it(`is close to exact values, also in its tails: ${kernel}, ${set}`, () => {
        const { gelu, slope } = run(exact);
        exact.x.forEach((x, i) => {
          const relative = Math.abs(gelu[i]! / exact.gelu[i]! - 1);
          assert.ok(relative <= limits.relative, `gelu(${x}) is ${gelu[i]}, off by ${relative}`);
          const off = Math.abs(slope[i]! - exact.slope[i]!);
          assert.ok(off <= limits.slope, `the derivative at ${x} is ${slope[i]}, off by ${off}`);
        });
      });

      it(`is 0 or x far from 0, and NaN for NaN: ${kernel}, ${set}`, () => {
        const { gelu, slope } = run({ x: [-1e30, -40, -0, 0, 40, 1e30, NaN] });
        assert.deepEqual(gelu, [-0, -0, -0, 0, 40, Math.fround(1e30), NaN]);
        const withoutSign = slope.map((value) => value + 0);
        assert.deepEqual(withoutSign, [0, 0, 0.5, 0.5, 1, 1, NaN]);
      });

      it(`does not depend on the number of threads or on the place of a number: ${kernel}, ${set}`, () => {
        const whole = run(exact);
        assert.deepEqual(run({ ...exact, threads: 3 }), whole);
        assert.deepEqual(run({ x: exact.x.slice(1) }).gelu, whole.gelu.slice(1));
      });
    }
});

it('GELU in single precision is kept by a run that resumes, or left out if it began without', async function () {
  this.timeout(60_000);
  assert.deepEqual(await resumed('simd, winograd, gelu32'), { kernels: 'simd, winograd, gelu32' });
  assert.deepEqual(await resumed('simd, winograd'), { kernels: 'simd, winograd' });
  const changed = await resumed('simd, winograd', { WINNING_SIGN_KERNELS: 'simd, winograd, gelu32' });
  assert.deepEqual(changed, { kernels: 'simd, winograd, gelu32', mixed: true });
});
