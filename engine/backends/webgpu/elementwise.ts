/** Bias, relu, GELU, the global mean and the norm of a vector. */
import { elements, lastAxis } from '../operations/kernel';
import { defineKernel, elementwise, rectified } from './program';
import { foldColumns, sumColumns } from './sums';

export function registerElementwise(): void {
  registerBias();
  registerRelu();
  registerGelu();
  registerGlobalMean();
  registerNorm();
}

function registerBias(): void {
  defineKernel('SignAddBias', [], ({ x, bias }, _, gpu) =>
    gpu.run(
      elementwise({
        name: 'add bias',
        inputs: { x, bias },
        shape: x!.shape,
        integers: { columns: lastAxis(x) },
        value: 'x[index] + bias[index % uniforms.columns]',
      }),
    ),
  );
  defineKernel('SignBiasGradient', [], ({ dy }, _, gpu) => {
    const columns = lastAxis(dy);
    const sums = { name: 'bias', rows: elements(dy) / columns, columns, inputs: { dy } };
    const partial = sumColumns(gpu, { ...sums, pair: 'vec2<f32>(dy[i], 0.0)' });
    const gradient = foldColumns(gpu, partial, { name: 'first', value: 'total.x' });
    gpu.free(partial);
    return gradient;
  });
}

function registerRelu(): void {
  defineKernel('SignAddRelu', [], ({ x, addend }, _, gpu) => {
    const sum = addend ? 'x[index] + addend[index]' : 'x[index]';
    const name = addend ? 'add relu' : 'relu';
    return gpu.run(elementwise({ name, inputs: { x, addend }, shape: x!.shape, value: rectified(`(${sum})`) }));
  });
  defineKernel('SignReluGradient', [], ({ dy, y }, _, gpu) =>
    gpu.run(
      elementwise({
        name: 'relu gradient',
        inputs: { dy, y },
        shape: dy!.shape,
        value: 'select(0.0, dy[index], y[index] > 0.0)',
      }),
    ),
  );
}

function registerNorm(): void {
  defineKernel('SignNorm', [], ({ x }, _, gpu) => {
    const sums = { name: 'norm', rows: elements(x), columns: 1, inputs: { x } };
    const partial = sumColumns(gpu, { ...sums, pair: 'vec2<f32>(x[i] * x[i], 0.0)' });
    const norm = foldColumns(gpu, partial, { name: 'root', value: 'sqrt(total.x)' });
    gpu.free(partial);
    return { ...norm, shape: [] };
  });
}

/**
 * Code for Φ, the normal distribution function. It uses the error function, approximated by the quotient of two polynomials in x² with the
 * coefficients of XLA and Eigen. The result is accurate to the last bits of float32.
 */
const DISTRIBUTION = `
fn distribution(x : f32) -> f32 {
  let z = clamp(x * ${Math.SQRT1_2}, -4.0, 4.0);
  let s = z * z;
  var p = -2.72614225801306e-10;
  p = p * s + 2.77068142495902e-08;
  p = p * s - 2.10102402082508e-06;
  p = p * s - 5.69250639462346e-05;
  p = p * s - 7.34990630326855e-04;
  p = p * s - 2.95459980854025e-03;
  p = p * s - 1.60960333262415e-02;
  var q = -1.45660718464996e-05;
  q = q * s - 2.13374055278905e-04;
  q = q * s - 1.68282697438203e-03;
  q = q * s - 7.37332916720468e-03;
  q = q * s - 1.42647390514189e-02;
  return 0.5 + 0.5 * z * p / q;
}
`;

function registerGelu(): void {
  defineKernel('SignGelu', [], ({ x }, _, gpu) => {
    const program = elementwise({
      name: 'gelu',
      inputs: { x },
      shape: x!.shape,
      value: 'x[index] * distribution(x[index])',
    });
    return [gpu.run({ ...program, code: DISTRIBUTION + program.code })];
  });
  defineKernel('SignGeluGradient', [], ({ dy, x }, _, gpu) => {
    const program = elementwise({
      name: 'gelu gradient',
      inputs: { dy, x },
      shape: x!.shape,
      before: `let z = x[index];
      let density = exp(-0.5 * z * z) * ${1 / Math.sqrt(2 * Math.PI)};`,
      value: 'dy[index] * (distribution(z) + z * density)',
    });
    return gpu.run({ ...program, code: DISTRIBUTION + program.code });
  });
}

type Shape4 = [number, number, number, number];

function registerGlobalMean(): void {
  defineKernel('SignGlobalMean', [], ({ x }, _, gpu) => {
    const [n, height, width, channels] = x!.shape as Shape4;
    return gpu.run(
      elementwise({
        name: 'global mean',
        inputs: { x },
        shape: [n, channels],
        integers: { channels, area: height * width },
        before: `let first = index / uniforms.channels * uniforms.area * uniforms.channels + index % uniforms.channels;
        var sum = 0.0;
        for (var p = 0; p < uniforms.area; p++) { sum += x[first + p * uniforms.channels]; }`,
        value: 'sum / f32(uniforms.area)',
      }),
    );
  });
  defineKernel('SignGlobalMeanGradient', ['shape'], ({ dy }, { shape }, gpu) => {
    const [, height, width, channels] = shape;
    return gpu.run(
      elementwise({
        name: 'global mean gradient',
        inputs: { dy },
        shape,
        integers: { channels, area: height * width },
        before: 'let image = index / (uniforms.area * uniforms.channels);',
        value: 'dy[image * uniforms.channels + index % uniforms.channels] / f32(uniforms.area)',
      }),
    );
  });
}
