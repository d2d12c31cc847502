/** Sums over many rows in a fixed order. Groups of threads compute partial sums, which are then added one after another. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { elementwise, type Gpu, type Program } from './program';

const THREADS = 256;
const ROWS_EACH = 32;
const MOST_CHUNKS = 256;

type Inputs = Program['inputs'];

export interface ColumnSums {
  name: string;
  rows: number;
  columns: number;
  inputs: Inputs;
  /** More fields of `uniforms`. */
  integers?: Record<string, number>;
  floats?: Record<string, number>;
  /** Functions that the expression calls. */
  functions?: string;
  /** The expression to sum over the rows: a vec2 for element `i`, which is in row `row` and column `c`. */
  pair: string;
}

/** Computes two sums for each column of [rows, columns]. Returns partial sums [chunks, 2, columns]. */
export function sumColumns(gpu: Gpu, { name, rows, columns, inputs, floats, pair, ...more }: ColumnSums): TensorInfo {
  const across = Math.min(64, 2 ** Math.ceil(Math.log2(columns)));
  const down = THREADS / across;
  const slices = Math.ceil(columns / across);
  const each = Math.max(down * ROWS_EACH, Math.ceil(rows / MOST_CHUNKS));
  const chunks = Math.ceil(rows / each);
  return gpu.run({
    name: `${name} columns ${across}`,
    inputs,
    shape: [chunks, 2, columns],
    integers: { ...more.integers, rows, columns, slices, each, chunks },
    floats: floats ?? {},
    groups: { count: chunks * slices, threads: THREADS },
    code: `${more.functions ?? ''}
    var<workgroup> sums : array<vec2<f32>, ${THREADS}>;
    fn main(index : i32) {
      let lane = i32(localIndex);
      let group = index / ${THREADS};
      let chunk = group / uniforms.slices;
      let c = (group % uniforms.slices) * ${across} + lane % ${across};
      var sum = vec2<f32>(0.0);
      if (c < uniforms.columns) {
        let last = min((chunk + 1) * uniforms.each, uniforms.rows);
        for (var row = chunk * uniforms.each + lane / ${across}; row < last; row += ${down}) {
          let i = row * uniforms.columns + c;
          sum += ${pair};
        }
      }
      sums[lane] = sum;
      for (var reach = ${THREADS / 2}; reach >= ${across}; reach /= 2) {
        workgroupBarrier();
        if (lane < reach) { sums[lane] += sums[lane + reach]; }
      }
      if (lane < ${across} && c < uniforms.columns && chunk < uniforms.chunks) {
        result[chunk * 2 * uniforms.columns + c] = sums[lane].x;
        result[(chunk * 2 + 1) * uniforms.columns + c] = sums[lane].y;
      }
    }`,
  });
}

/** Adds the partial sums and computes an expression for each column `index`. In the expression, `total` is a vec2 with both sums. */
export function foldColumns(
  gpu: Gpu,
  partial: TensorInfo,
  fold: { name: string; inputs?: Inputs; floats?: Record<string, number>; value: string },
): TensorInfo {
  const [chunks, , columns] = partial.shape as [number, number, number];
  return gpu.run(
    elementwise({
      name: `${fold.name} fold`,
      inputs: { partial, ...fold.inputs },
      shape: [columns],
      integers: { chunks, columns },
      floats: fold.floats ?? {},
      before: `var total = vec2<f32>(0.0);
      for (var chunk = 0; chunk < uniforms.chunks; chunk++) {
        let at = chunk * 2 * uniforms.columns + index;
        total += vec2<f32>(partial[at], partial[at + uniforms.columns]);
      }`,
      value: fold.value,
    }),
  );
}

/**
 * Returns code that declares `fn fold_NAME(lane : i32, value : f32) -> f32`. The function combines the values of a group of threads.
 * All threads of the group must call it.
 */
export function groupFold(name: string, threads: number, combine: (a: string, b: string) => string): string {
  return `
  var<workgroup> ${name}_values : array<f32, ${threads}>;
  fn fold_${name}(lane : i32, value : f32) -> f32 {
    workgroupBarrier();
    ${name}_values[lane] = value;
    for (var reach = ${threads / 2}; reach > 0; reach /= 2) {
      workgroupBarrier();
      if (lane < reach) { ${name}_values[lane] = ${combine(`${name}_values[lane]`, `${name}_values[lane + reach]`)}; }
    }
    workgroupBarrier();
    return ${name}_values[0];
  }`;
}

/** Returns code for a sum over a group of threads. */
export const groupSum = (threads: number): string => groupFold('sum', threads, (a, b) => `${a} + ${b}`);
