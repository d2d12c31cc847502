import assert from 'node:assert/strict';
import { grad, tensor1d, tidy, type TensorInfo } from '@tensorflow/tfjs-core';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { startBackend } from '../../../engine/backends/startBackend';
import { gelu } from '../../../engine/backends/operations/elementwise';
import type { InstructionSet } from '../../../engine/backends/wasm/simd/load';
import { SETS } from './convolutions';
import { memoryHeap } from './memoryHeap';
import { values } from './reference';
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
    assert.ok(Math.abs(y[i]! - exact) <= 4.3e-7 * Math.abs(exact), `gelu(${x}) is ${y[i]}, not ${exact}`);
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
  /** Numbers below −13, where GELU is less than the smallest normal float, and their GELU. */
  end: number[];
  endGelu: number[];
}

/**
 * Largest relative error of GELU from −13 on, and largest error of its derivative. Of all float32 numbers, those with the largest errors in
 * single precision are in the fixture: 4.20e-7 and 1.57e-7 (3.91e-7 and 1.42e-7 with fused products).
 */
const LIMITS = { gelu: { relative: 7e-8, slope: 7e-8 }, gelu32: { relative: 4.3e-7, slope: 1.6e-7 } } as const;

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
        const shifted = run({ x: exact.x.slice(1) });
        assert.deepEqual(shifted, { gelu: whole.gelu.slice(1), slope: whole.slope.slice(1) });
      });

      it(`is NaN at −∞ and ∞ at ∞: ${kernel}, ${set}`, () => {
        const { gelu, slope } = run({ x: [-Infinity, Infinity] });
        assert.deepEqual(gelu, [NaN, Infinity]); // as in PyTorch, which also has the derivative NaN at both
        assert.ok(!slope.some(Number.isFinite), String(slope));
      });
    }

  for (const set of SETS)
    it(`in single precision runs out to −0 below −13: ${set}`, () => {
      const { gelu, slope } = computed('gelu32', { x: exact.end, set });
      exact.end.forEach((x, i) => {
        const [found, expected] = [gelu[i]!, exact.endGelu[i]!];
        const isZero = Object.is(found, -0) && slope[i] === 0;
        const isClose = Math.abs(found / expected - 1) <= 3e-6;
        assert.ok(x > -13.245 ? isClose : isZero, `gelu(${x}) is ${found}, not ${expected}`);
      });
    });
});

describe('GELU of the started wasm backend', function () {
  this.timeout(60_000);
  const x = values(401 * 357, 1);

  for (const set of SETS)
    for (const [kernel, kernels] of [
      ['gelu', set],
      ['gelu', `${set}, winograd`],
      ['gelu32', `${set}, winograd, gelu32`],
    ] as const)
      it(`is that of its set of kernels: ${kernels}`, async () => {
        const { gelu } = computed(kernel, { x: [...x], set });
        const expected = createHash('sha256').update(Float32Array.from(gelu)).digest('hex').slice(0, 16);
        const program = path.join(__dirname, 'hashKernels.js');
        const env = { ...process.env, WINNING_SIGN_KERNELS: kernels };
        const { stdout } = await promisify(execFile)(process.execPath, [program], { env });
        assert.equal((JSON.parse(stdout) as { gelu: string[] }).gelu[0], expected);
      });
});

it('GELU in single precision is kept by a run that resumes, or left out if it began without', async function () {
  this.timeout(60_000);
  assert.deepEqual(await resumed('simd, winograd, gelu32'), { kernels: 'simd, winograd, gelu32' });
  assert.deepEqual(await resumed('simd, winograd'), { kernels: 'simd, winograd' });
  const changed = await resumed('simd, winograd', { WINNING_SIGN_KERNELS: 'simd, winograd, gelu32' });
  assert.deepEqual(changed, { kernels: 'simd, winograd, gelu32', mixed: true });
});
