/** Scales each channel of each image. */
import { defineKernel, elementwise } from './program';

type Shape4 = [number, number, number, number];

export function registerScale(): void {
  defineKernel('SignScale', [], ({ x, factors }, _, gpu) => {
    const [, height, width, channels] = x!.shape as Shape4;
    return gpu.run(
      elementwise({
        name: 'scale',
        inputs: { x, factors },
        shape: x!.shape,
        integers: { channels, area: height * width },
        value: `x[index] * factors[${FACTOR}]`,
      }),
    );
  });

  defineKernel('SignScaleGradient', [], ({ dy, x, factors }, _, gpu) => {
    const [, height, width, channels] = x!.shape as Shape4;
    const integers = { channels, area: height * width };
    const dx = gpu.run(
      elementwise({
        name: 'scale',
        inputs: { x: dy, factors },
        shape: x!.shape,
        integers,
        value: `x[index] * factors[${FACTOR}]`,
      }),
    );
    const dfactors = gpu.run(
      elementwise({
        name: 'factor gradient',
        inputs: { dy, x },
        shape: factors!.shape,
        integers,
        before: `let first = index / uniforms.channels * uniforms.area * uniforms.channels + index % uniforms.channels;
        var sum = 0.0;
        for (var p = 0; p < uniforms.area; p++) {
          let i = first + p * uniforms.channels;
          sum += dy[i] * x[i];
        }`,
        value: 'sum',
      }),
    );
    return [dx, dfactors];
  });
}

const FACTOR = 'index / (uniforms.area * uniforms.channels) * uniforms.channels + index % uniforms.channels';
