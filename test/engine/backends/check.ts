/** Compares an operation and its gradients on the current backend with a reference in double precision. */
import assert from 'node:assert/strict';
import { dispose, grads, tensor, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { differentiate, dot, values } from './reference';

/** Returns the values of the tensors that a computation returns. This is asynchronous, because a GPU cannot be read synchronously. */
export async function compute(run: () => Tensor[]): Promise<Float32Array[]> {
  const tensors = tidy(run);
  const values = await Promise.all(tensors.map(async (tensor) => (await tensor.data<'float32'>()).slice()));
  dispose(tensors);
  return values;
}

/** Asserts that the error of each value is at most 1e-5 of the largest expected value. */
export function assertNear(data: Float32Array, expected: ArrayLike<number>, what: string): void {
  assert.equal(data.length, expected.length, what);
  const scale = Math.max(1e-3, ...Array.from(expected, Math.abs));
  data.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) <= 1e-5 * scale, `${what}[${i}] is ${value}, not ${expected[i]}`);
  });
}

/** Compares the value of an operation with a reference, and its gradients for a given dy with central differences of the reference. */
export async function check(
  inputs: { data: Float32Array; shape: number[] }[],
  operation: (...x: Tensor[]) => Tensor,
  reference: (...x: Float64Array[]) => ArrayLike<number>,
): Promise<void> {
  const exact = inputs.map(({ data }) => Float64Array.from(data));
  const expected = reference(...exact);
  const dy = values(expected.length, 9);
  const [y, ...gradients] = await compute(() => {
    const arguments_ = inputs.map(({ data, shape }) => tensor(data, shape));
    const y = operation(...arguments_);
    return [y, ...grads(operation)(arguments_, tensor(dy, y.shape))];
  });
  assertNear(y!, expected, 'value');
  gradients.forEach((gradient, i) => {
    const along = (x: Float64Array) => dot(dy, reference(...exact.map((value, j) => (j === i ? x : value))));
    assertNear(gradient, differentiate(along, inputs[i]!.data), `gradient of input ${i}`);
  });
}
