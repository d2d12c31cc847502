import assert from 'node:assert/strict';
import { tensor1d, tidy } from '@tensorflow/tfjs-core';
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
