/** Tests on one backend: counts of correct answers and the norm of a vector. */
import assert from 'node:assert/strict';
import { tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { countTop } from '../../../engine/backends/operations/loss';
import { l2Norm } from '../../../engine/backends/operations/norm';
import { assertNear, compute } from './check';
import { values } from './reference';

/** Defines the suite for a started backend. Call it inside a `describe`. */
export function measuresAsDefined(): void {
  it('counts labels among the largest logits', checkCountTop);
  it('counts the first of equal logits as the largest', checkTies);
  it('computes the norm of a vector', checkNorm);
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

async function checkNorm(): Promise<void> {
  for (const length of [1, 300, 70_001]) {
    const data = values(length, 3);
    const [norm] = await compute(() => [l2Norm(tensor1d(data))]);
    assertNear(norm!, [Math.sqrt(data.reduce((sum, value) => sum + value * value, 0))], `norm of ${length}`);
  }
}
