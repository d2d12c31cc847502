/** Tests matrix products and their gradients on one backend: with and without transposition, single and in batches. */
import { matMul } from '@tensorflow/tfjs-core';
import { check } from './check';
import { values } from './reference';

const [ROWS, DEPTH, COLUMNS] = [3, 5, 4];

/** Defines the suite for a started backend. Call it inside a `describe`. */
export function multipliesAsDefined(): void {
  for (const batch of [[], [1], [2], [2, 3]])
    for (const transposeA of [false, true])
      for (const transposeB of [false, true]) {
        const form = `a${transposeA ? 'ᵀ' : ''}·b${transposeB ? 'ᵀ' : ''}`;
        it(`multiplies ${form} with batches [${batch.join()}], and differentiates it`, async () => {
          const count = batch.reduce((a, b) => a * b, 1);
          const a = { data: values(count * ROWS * DEPTH, 1), shape: matrix(batch, ROWS, DEPTH, transposeA) };
          const b = { data: values(count * DEPTH * COLUMNS, 2), shape: matrix(batch, DEPTH, COLUMNS, transposeB) };
          await check(
            [a, b],
            (x, y) => matMul(x, y, transposeA, transposeB),
            (x, y) => product(x, y, { count, transposeA, transposeB }),
          );
        });
      }
}

function matrix(batch: number[], rows: number, columns: number, transposed: boolean): number[] {
  return [...batch, ...(transposed ? [columns, rows] : [rows, columns])];
}

function product(
  a: Float64Array,
  b: Float64Array,
  { count, transposeA, transposeB }: { count: number; transposeA: boolean; transposeB: boolean },
): Float64Array {
  const out = new Float64Array(count * ROWS * COLUMNS);
  for (let n = 0; n < count; n++)
    for (let i = 0; i < ROWS; i++)
      for (let j = 0; j < COLUMNS; j++)
        for (let k = 0; k < DEPTH; k++) {
          const left = a[n * ROWS * DEPTH + (transposeA ? k * ROWS + i : i * DEPTH + k)]!;
          const right = b[n * DEPTH * COLUMNS + (transposeB ? j * DEPTH + k : k * COLUMNS + j)]!;
          out[(n * ROWS + i) * COLUMNS + j]! += left * right;
        }
  return out;
}
