/** Slices, splits, padding and concatenation of rows. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { defineKernel, elementwise, type Gpu } from './program';

export function registerSlices(): void {
  defineKernel('SignSlice', ['begin', 'size', 'row'], ({ x }, { begin, size }, gpu) => slice(gpu, x!, begin, size));

  defineKernel('SignSplit', ['sizes'], ({ x }, { sizes }, gpu) => {
    let end = 0;
    return sizes.map((size) => {
      const begin = end;
      end += size;
      return slice(gpu, x!, begin, size);
    });
  });

  defineKernel('SignPad', ['begin', 'size', 'row'], ({ x }, { begin, size, row }, gpu) =>
    gpu.run(
      elementwise({
        name: 'pad',
        inputs: { x },
        shape: [x!.shape[0]!, row],
        integers: { row, begin, columns: size },
        before: `let c = index % uniforms.row - uniforms.begin;
        var value = 0.0;
        if (c >= 0 && c < uniforms.columns) { value = x[index / uniforms.row * uniforms.columns + c]; }`,
        value: 'value',
      }),
    ),
  );

  // Joins two at a time, because the number of buffers of a program is limited.
  defineKernel('SignConcat', ['sizes'], (inputs, { sizes }, gpu) => {
    const [first, ...rest] = sizes.map((_, i) => inputs[`x${i}`]!);
    if (rest.length === 0)
      return gpu.run(elementwise({ name: 'copy', inputs: { x: first }, shape: first!.shape, value: 'x[index]' }));
    return rest.reduce((joined, part, i) => {
      const next = join(gpu, joined, part);
      if (i > 0) gpu.free(joined);
      return next;
    }, first!);
  });
}

function slice(gpu: Gpu, x: TensorInfo, begin: number, size: number): TensorInfo {
  const [rows, row] = x.shape as [number, number];
  return gpu.run(
    elementwise({
      name: 'slice',
      inputs: { x },
      shape: [rows, size],
      integers: { row, begin, columns: size },
      value: 'x[index / uniforms.columns * uniforms.row + uniforms.begin + index % uniforms.columns]',
    }),
  );
}

function join(gpu: Gpu, a: TensorInfo, b: TensorInfo): TensorInfo {
  const [rows, first] = a.shape as [number, number];
  const columns = first + b.shape[1]!;
  return gpu.run(
    elementwise({
      name: 'concat',
      inputs: { a, b },
      shape: [rows, columns],
      integers: { first, columns },
      before: `let row = index / uniforms.columns;
      let c = index % uniforms.columns;
      var value = 0.0;
      if (c < uniforms.first) { value = a[row * uniforms.first + c]; }
      else { value = b[row * (uniforms.columns - uniforms.first) + c - uniforms.first]; }`,
      value: 'value',
    }),
  );
}
