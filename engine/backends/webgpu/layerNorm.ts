/** Layer norm over the last axis. A group of threads processes each row. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { elements, lastAxis } from '../operations/kernel';
import { defineKernel, elementwise, type Gpu } from './program';
import { foldColumns, groupSum, sumColumns } from './sums';

const THREADS = 64;

export function registerLayerNorm(): void {
  // Returns y, and the mean and deviation of each row.
  defineKernel('SignLayerNorm', ['epsilon'], ({ x, scale, shift }, { epsilon }, gpu) => {
    const mean = foldRows(gpu, { name: 'row mean', inputs: { x }, x: x!, each: 'x[i]', value: 'sum / columns' });
    const deviation = foldRows(gpu, {
      name: 'row deviation',
      inputs: { x, average: mean },
      x: x!,
      each: '(x[i] - average[row]) * (x[i] - average[row])',
      value: 'sqrt(sum / columns + uniforms.epsilon)',
      floats: { epsilon },
    });
    const y = gpu.run(
      elementwise({
        name: 'layer norm',
        inputs: { x, average: mean, deviation, scale, shift },
        shape: x!.shape,
        integers: { columns: lastAxis(x) },
        before: 'let c = index % uniforms.columns; let row = index / uniforms.columns;',
        value: '(x[index] - average[row]) / deviation[row] * scale[c] + shift[c]',
      }),
    );
    return [y, mean, deviation];
  });

  defineKernel('SignLayerNormGradient', [], ({ dy, x, scale, kept0: average, kept1: deviation }, _, gpu) => {
    const columns = lastAxis(x);
    const named = { dy, x, average, deviation };
    const partial = sumColumns(gpu, {
      name: 'layer norm gradient',
      rows: elements(x) / columns,
      columns,
      inputs: named,
      pair: 'dy[i] * vec2<f32>(1.0, (x[i] - average[row]) / deviation[row])',
    });
    const dshift = foldColumns(gpu, partial, { name: 'first', value: 'total.x' });
    const dscale = foldColumns(gpu, partial, { name: 'second', value: 'total.y' });
    gpu.free(partial);
    return [inputGradient(gpu, { ...named, scale }), dscale, dshift];
  });
}

interface RowFold {
  name: string;
  inputs: Record<string, TensorInfo | undefined>;
  /** The tensor whose rows are summed. */
  x: TensorInfo;
  /** The expression that is summed over a row, for element `i` in `row`. */
  each: string;
  /** The result of a row, as an expression in `sum` and `columns`, which are both floats. */
  value: string;
  floats?: Record<string, number>;
}

/** Computes one value for each row. */
function foldRows(gpu: Gpu, { name, inputs, x, each, value, floats = {} }: RowFold): TensorInfo {
  const columns = lastAxis(x);
  const rows = elements(x) / columns;
  return gpu.run({
    name,
    inputs,
    shape: [rows],
    integers: { rows, columns },
    floats,
    groups: { count: rows, threads: THREADS },
    code: `${groupSum(THREADS)}
    fn main(index : i32) {
      let lane = i32(localIndex);
      let group = index / ${THREADS};
      let row = min(group, uniforms.rows - 1);
      let columns = f32(uniforms.columns);
      var own = 0.0;
      for (var c = lane; c < uniforms.columns; c += ${THREADS}) {
        let i = row * uniforms.columns + c;
        own += ${each};
      }
      let sum = fold_sum(lane, own);
      if (lane == 0 && group < uniforms.rows) { result[row] = ${value}; }
    }`,
  });
}

/** Computes dx = (g − mean(g) − x̂ · mean(g · x̂)) / deviation, where g = dy · scale and x̂ = (x − mean) / deviation. */
function inputGradient(gpu: Gpu, inputs: Record<string, TensorInfo | undefined>): TensorInfo {
  const x = inputs['x']!;
  const columns = lastAxis(x);
  const rows = elements(x) / columns;
  return gpu.run({
    name: 'layer norm dx',
    inputs,
    shape: x.shape,
    integers: { rows, columns },
    groups: { count: rows, threads: THREADS },
    code: `${groupSum(THREADS)}
    fn main(index : i32) {
      let lane = i32(localIndex);
      let group = index / ${THREADS};
      let row = min(group, uniforms.rows - 1);
      let columns = f32(uniforms.columns);
      var plain = 0.0;
      var product = 0.0;
      for (var c = lane; c < uniforms.columns; c += ${THREADS}) {
        let i = row * uniforms.columns + c;
        plain += dy[i] * scale[c];
        product += dy[i] * scale[c] * ((x[i] - average[row]) / deviation[row]);
      }
      let meanPlain = fold_sum(lane, plain) / columns;
      let meanProduct = fold_sum(lane, product) / columns;
      for (var c = lane; c < uniforms.columns && group < uniforms.rows; c += ${THREADS}) {
        let i = row * uniforms.columns + c;
        let normalized = (x[i] - average[row]) / deviation[row];
        result[i] = (dy[i] * scale[c] - meanPlain - normalized * meanProduct) / deviation[row];
      }
    }`,
  });
}
