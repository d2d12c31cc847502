import assert from 'node:assert/strict';
import { add, grads, matMul, mul, tensor, tidy, type Tensor } from '@tensorflow/tfjs-core';
import '../../../engine/backends/operations/stock';
import { startBackend } from '../../../engine/backends/startBackend';
import { values } from './reference';

describe('gradients of tfjs operations', () => {
  before(() => startBackend('wasm'));

  const differentiate = (run: (a: Tensor, b: Tensor) => Tensor, shapes: [number[], number[]]) =>
    tidy(() => grads(run)(shapes.map((shape, i) => tensor(values(shape.reduce((a, b) => a * b), i), shape)))); // prettier-ignore

  it('are refused where shapes are broadcast', () => {
    assert.throws(() => differentiate(add, [[2, 3], [3]]), /different shapes cannot be added/);
    assert.throws(() => differentiate(matMul, [[2, 2, 3], [1, 3, 2]]), /batches of different shapes/); // prettier-ignore
  });

  it('are refused for operations that have none', () => {
    assert.throws(() => differentiate(mul, [[2], [2]]), /gradient function not found for Multiply/);
  });
});
