/** Scales each channel of each image. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { elements } from '../operations/kernel';
import { defineKernel, type Heap } from './heap';

export function registerScale(): void {
  defineKernel('SignScale', [], ({ x, factors }, _, heap) => scale(heap, x!, factors!));

  defineKernel('SignScaleGradient', [], ({ dy, x, factors }, _, heap) => {
    const dx = scale(heap, dy!, factors!);
    const out = heap.allocate(factors!.shape);
    const [gradient, from, to] = [heap.floats(dy), heap.floats(x), heap.floats(out)];
    const [n, channels] = factors!.shape as [number, number];
    const area = from.length / to.length;
    const sums = new Float64Array(channels);
    for (let image = 0, i = 0; image < n; image++) {
      sums.fill(0);
      for (let p = 0; p < area; p++) for (let c = 0; c < channels; c++, i++) sums[c]! += gradient[i]! * from[i]!;
      to.set(sums, image * channels);
    }
    return [dx, out];
  });
}

function scale(heap: Heap, x: TensorInfo, factors: TensorInfo): TensorInfo {
  const out = heap.allocate(x.shape);
  const [from, to, by] = [heap.floats(x), heap.floats(out), heap.floats(factors)];
  const [n, channels] = factors.shape as [number, number];
  const area = elements(x) / by.length;
  for (let image = 0, i = 0; image < n; image++)
    for (let p = 0; p < area; p++) for (let c = 0; c < channels; c++, i++) to[i] = from[i]! * by[image * channels + c]!;
  return out;
}
