/** Batch norm over [rows, channels], with relu. To avoid cancellation, subtracts the first value of each channel before adding up. */
import { elements, lastAxis } from '../operations/kernel';
import { defineKernel, elementwise, rectified } from './program';
import { foldColumns, sumColumns } from './sums';

export function registerBatchNorm(): void {
  registerForward();
  registerGradient();

  defineKernel('SignNormalize', ['epsilon', 'relu'], ({ x, ...rest }, { epsilon, relu }, gpu) => {
    const { mean, variance, scale, shift } = rest;
    return gpu.run(
      elementwise({
        name: `normalize ${relu}`,
        inputs: { x, average: mean, variance, scale, shift },
        shape: x!.shape,
        integers: { channels: lastAxis(x) },
        floats: { epsilon },
        before: 'let c = index % uniforms.channels;',
        value: rectify(relu, '(x[index] - average[c]) / sqrt(variance[c] + uniforms.epsilon) * scale[c] + shift[c]'),
      }),
    );
  });
}

function rectify(relu: boolean, value: string): string {
  return relu ? rectified(`(${value})`) : value;
}

/** Returns y, mean and unbiased variance. */
function registerForward(): void {
  defineKernel('SignBatchNorm', ['epsilon', 'relu'], ({ x, scale, shift }, { epsilon, relu }, gpu) => {
    const channels = lastAxis(x);
    const rows = elements(x) / channels;
    const partial = sumColumns(gpu, {
      name: 'moments',
      rows,
      columns: channels,
      inputs: { x },
      pair: 'vec2<f32>(x[i] - x[c], (x[i] - x[c]) * (x[i] - x[c]))',
    });
    const mean = foldColumns(gpu, partial, {
      name: 'mean',
      inputs: { x },
      floats: { rows },
      value: 'x[index] + total.x / uniforms.rows',
    });
    const variance = foldColumns(gpu, partial, {
      name: 'variance',
      floats: { rows },
      value: `${rectified('(total.y - total.x * (total.x / uniforms.rows))')} / max(uniforms.rows - 1.0, 1.0)`,
    });
    gpu.free(partial);
    const y = gpu.run(
      elementwise({
        name: `batch norm ${relu}`,
        inputs: { x, average: mean, variance, scale, shift },
        shape: x!.shape,
        integers: { channels },
        floats: { epsilon, biased: biased(rows) },
        before: `let c = index % uniforms.channels;
        let deviation = ${DEVIATION};`,
        value: rectify(relu, '(x[index] - average[c]) / deviation * scale[c] + shift[c]'),
      }),
    );
    return [y, mean, variance];
  });
}

const DEVIATION = 'sqrt(variance[c] * uniforms.biased + uniforms.epsilon)';

/** Returns the factor that turns an unbiased variance into the biased one. */
function biased(rows: number): number {
  return Math.max(rows - 1, 1) / rows;
}

function registerGradient(): void {
  defineKernel('SignBatchNormGradient', ['epsilon', 'relu'], (inputs, { epsilon, relu }, gpu) => {
    const { dy, x, scale, y, kept0: average, kept1: variance } = inputs;
    const channels = lastAxis(x);
    const rows = elements(x) / channels;
    const named = { dy, x, average, variance, ...(relu && { y }) };
    const floats = { epsilon, biased: biased(rows) };
    const passed = (i: string) => (relu ? `select(0.0, dy[${i}], y[${i}] > 0.0)` : `dy[${i}]`);
    const partial = sumColumns(gpu, {
      name: `batch norm gradient ${relu}`,
      rows,
      columns: channels,
      inputs: named,
      floats,
      pair: `${passed('i')} * vec2<f32>(1.0, (x[i] - average[c]) / ${DEVIATION})`,
    });
    const dshift = foldColumns(gpu, partial, { name: 'first', value: 'total.x' });
    const dscale = foldColumns(gpu, partial, { name: 'second', value: 'total.y' });
    const factors = gpu.run(
      elementwise({
        name: 'batch norm factors',
        inputs: { variance, scale, dshift, dscale },
        shape: [3, channels],
        integers: { channels },
        floats: { ...floats, rows },
        before: `let c = index % uniforms.channels;
        let deviation = ${DEVIATION};
        let each = array<f32, 3>(scale[c] / deviation, dshift[c] / uniforms.rows, dscale[c] / uniforms.rows / deviation);`,
        value: 'each[index / uniforms.channels]',
      }),
    );
    const dx = gpu.run(
      elementwise({
        name: `batch norm dx ${relu}`,
        inputs: { dy, x, average, factors, ...(relu && { y }) },
        shape: x!.shape,
        integers: { channels },
        before: `let c = index % uniforms.channels;
        let mean = factors[uniforms.channels + c];
        let slope = factors[2 * uniforms.channels + c];`,
        value: `(${passed('index')} - mean - (x[index] - average[c]) * slope) * factors[c]`,
      }),
    );
    gpu.free(partial, factors);
    return [dx, dscale, dshift];
  });
}
