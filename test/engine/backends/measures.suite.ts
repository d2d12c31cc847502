/** Tests on one backend: counts of correct answers and the norm of a vector. */
import assert from 'node:assert/strict';
import { dispose, reshape, tensor1d, tensor2d, tensor4d, type Tensor } from '@tensorflow/tfjs-core';
import { relu6 } from '../../../engine/backends/operations/activations';
import { softmax } from '../../../engine/backends/operations/attention';
import { addRelu } from '../../../engine/backends/operations/elementwise';
import { countTop, crossEntropy } from '../../../engine/backends/operations/loss';
import { batchNorm, normalize } from '../../../engine/backends/operations/normalization';
import { l2Norm } from '../../../engine/backends/operations/norm';
import { assertNear, compute } from './check';
import { values } from './reference';

/** Defines the suite for a started backend. Call it inside a `describe`. */
export function measuresAsDefined(): void {
  it('counts labels among the largest logits', checkCountTop);
  it('counts the first of equal logits as the largest', checkTies);
  it('computes the norm of a vector', checkNorm);
  it('keeps NaN, so that a diverged run is noticed', checkNaN);
}

/** Expects the counts that follow from sorting the logits. */
async function checkCountTop(): Promise<void> {
  const [rows, classes] = [300, 120];
  const data = values(rows * classes, 6);
  const targets = Int32Array.from({ length: rows }, (_, row) => (row * 7) % classes);
  const isAmong = (row: number, top: number) =>
    [...data.subarray(row * classes, (row + 1) * classes)]
      .map((score, k) => ({ score, k }))
      .sort((a, b) => b.score - a.score)
      .slice(0, top)
      .some(({ k }) => k === targets[row]);
  for (const top of [1, 5, 60, 120]) {
    const [count] = await compute(() => [countTop(tensor2d(data, [rows, classes]), tensor1d(targets, 'int32'), top)]);
    assert.equal(count![0], targets.filter((_, row) => isAmong(row, top)).length, `top ${top}`);
  }
}

async function checkTies(): Promise<void> {
  const logits = [
    [1, 3, 3, 0],
    [3, 1, 3, 3],
    [0, 0, 0, 0],
    [1, NaN, 2, 3],
  ];
  const [ties] = await compute(() => [countTop(tensor2d(logits), tensor1d([2, 3, 1, 1], 'int32'), 2)]);
  assert.equal(ties![0], 2);
}

async function checkNaN(): Promise<void> {
  const x = () => tensor4d([1, NaN, -1, 3, 2, 0.5, -2, 1], [1, 2, 2, 2]);
  const statistics = { mean: tensor1d([0, 0]), variance: tensor1d([1, 1]) };
  const psi = { scale: tensor1d([1, 1]), shift: tensor1d([0, 0]) };
  const cases: Record<string, () => Tensor> = {
    relu: () => addRelu(x()),
    relu6: () => relu6(x()),
    'sum and relu': () => addRelu(x(), x()),
    'batch norm and relu': () => batchNorm(x(), psi, { epsilon: 1e-5, relu: true }).y,
    'normalization and relu': () => normalize(x(), { ...statistics, ...psi }, { epsilon: 1e-5, relu: true }),
    softmax: () => softmax(x(), 1),
    'cross-entropy': () => crossEntropy(reshape(x(), [2, 4]), tensor1d([0, 1], 'int32')).loss,
  };
  for (const [name, run] of Object.entries(cases)) {
    const [values] = await compute(() => [run()]);
    assert.ok(!values!.every(Number.isFinite), `${name} gives ${values!.join(', ')}`);
  }
  dispose([...Object.values(statistics), ...Object.values(psi)]);
}

async function checkNorm(): Promise<void> {
  for (const length of [1, 300, 70_001]) {
    const data = values(length, 3);
    const [norm] = await compute(() => [l2Norm(tensor1d(data))]);
    assertNear(norm!, [Math.sqrt(data.reduce((sum, value) => sum + value * value, 0))], `norm of ${length}`);
  }
}
