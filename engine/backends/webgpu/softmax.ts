/** Softmax over the last axis. A group of threads processes each row. */
import { elements, lastAxis } from '../operations/kernel';
import { defineKernel, type Program } from './program';
import { groupFold, groupSum } from './sums';

const THREADS = 64;

export function registerSoftmax(): void {
  defineKernel('SignSoftmax', ['factor'], ({ x }, { factor }, gpu) =>
    gpu.run(
      byRow({
        name: 'softmax',
        inputs: { x },
        shape: x!.shape,
        factor,
        functions: `${groupSum(THREADS)}${groupFold('max', THREADS, (a, b) => `max(${a}, ${b})`)}`,
        body: `
        var largest = uniforms.factor * x[start];
        for (var c = lane; c < uniforms.columns; c += ${THREADS}) { largest = max(largest, uniforms.factor * x[start + c]); }
        let highest = fold_max(lane, largest);
        var own = 0.0;
        for (var c = lane; c < uniforms.columns; c += ${THREADS}) { own += exp(uniforms.factor * x[start + c] - highest); }
        let sum = fold_sum(lane, own);`,
        value: 'exp(uniforms.factor * x[i] - highest) / sum',
      }),
    ),
  );

  defineKernel('SignSoftmaxGradient', ['factor'], ({ dy, y }, { factor }, gpu) =>
    gpu.run(
      byRow({
        name: 'softmax gradient',
        inputs: { dy, y },
        shape: y!.shape,
        factor,
        functions: groupSum(THREADS),
        body: `
        var own = 0.0;
        for (var c = lane; c < uniforms.columns; c += ${THREADS}) { own += dy[start + c] * y[start + c]; }
        let sum = fold_sum(lane, own);`,
        value: 'uniforms.factor * y[i] * (dy[i] - sum)',
      }),
    ),
  );
}

interface ByRow {
  name: string;
  inputs: Program['inputs'];
  shape: readonly number[];
  factor: number;
  functions: string;
  /** Code that each thread of the group of a row runs first. `start` is the index of the first element of the row. */
  body: string;
  /** The result for element `i`, as an expression. */
  value: string;
}

function byRow({ name, inputs, shape, factor, functions, body, value }: ByRow): Program {
  const tensor = Object.values(inputs)[0];
  const columns = lastAxis(tensor);
  const rows = elements(tensor) / columns;
  return {
    name,
    inputs,
    shape,
    integers: { rows, columns },
    floats: { factor },
    groups: { count: rows, threads: THREADS },
    code: `${functions}
    fn main(index : i32) {
      let lane = i32(localIndex);
      let group = index / ${THREADS};
      let start = min(group, uniforms.rows - 1) * uniforms.columns;
      ${body}
      for (var c = lane; c < uniforms.columns && group < uniforms.rows; c += ${THREADS}) {
        let i = start + c;
        result[i] = ${value};
      }
    }`,
  };
}
