/** Softmax over the last axis, with sums in double precision. */
import { elements, lastAxis } from '../operations/kernel';
import { defineKernel } from './heap';

export function registerSoftmax(): void {
  defineKernel('SignSoftmax', ['factor'], ({ x }, { factor }, heap) => {
    const columns = lastAxis(x);
    const out = heap.allocate(x!.shape);
    const [from, to] = [heap.floats(x), heap.floats(out)];
    for (let start = 0; start < from.length; start += columns) {
      let largest = -Infinity;
      for (let i = start; i < start + columns; i++) largest = Math.max(largest, factor * from[i]!);
      let sum = 0;
      for (let i = start; i < start + columns; i++) sum += to[i] = Math.exp(factor * from[i]! - largest);
      for (let i = start; i < start + columns; i++) to[i]! /= sum;
    }
    return out;
  });

  defineKernel('SignSoftmaxGradient', ['factor'], ({ dy, y }, { factor }, heap) => {
    const columns = lastAxis(y);
    const out = heap.allocate(y!.shape);
    const [gradient, values, to] = [heap.floats(dy), heap.floats(y), heap.floats(out)];
    for (let start = 0; start < elements(y); start += columns) {
      let sum = 0;
      for (let i = start; i < start + columns; i++) sum += gradient[i]! * values[i]!;
      for (let i = start; i < start + columns; i++) to[i] = factor * values[i]! * (gradient[i]! - sum);
    }
    return out;
  });
}
