import assert from 'node:assert/strict';
import { grad, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { startBackend } from '../../../engine/backends/startBackend';
import { gelu } from '../../../engine/backends/operations/elementwise';

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
