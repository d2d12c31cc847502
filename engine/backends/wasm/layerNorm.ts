/** Layer norm over the last axis, with sums in double precision. */
import type { LayerNormAttributes } from '../operations/normalization';
import { defineKernel, elements, lastAxis } from './heap';

/** y, mean and deviation √(variance + ε) of each row. */
export function registerLayerNorm(): void {
  defineKernel<LayerNormAttributes>('SignLayerNorm', ({ x, scale, shift }, { epsilon }, heap) => {
    const rows = elements(x) / lastAxis(x);
    const y = heap.allocate(x!.shape);
    const mean = heap.allocate([rows]);
    const deviation = heap.allocate([rows]);
    forward({
      x: heap.floats(x),
      scale: heap.floats(scale),
      shift: heap.floats(shift),
      y: heap.floats(y),
      mean: heap.floats(mean),
      deviation: heap.floats(deviation),
      epsilon,
    });
    return [y, mean, deviation];
  });

  defineKernel('SignLayerNormGradient', ({ dy, x, scale, mean, deviation }, _, heap) => {
    const dx = heap.allocate(x!.shape);
    const dscale = heap.allocate(scale!.shape);
    const dshift = heap.allocate(scale!.shape);
    const { shiftSums, scaleSums } = backward({
      dy: heap.floats(dy),
      x: heap.floats(x),
      scale: heap.floats(scale),
      mean: heap.floats(mean),
      deviation: heap.floats(deviation),
      dx: heap.floats(dx),
    });
    heap.floats(dscale).set(scaleSums);
    heap.floats(dshift).set(shiftSums);
    return [dx, dscale, dshift];
  });
}

interface Forward {
  x: Float32Array;
  scale: Float32Array;
  shift: Float32Array;
  y: Float32Array;
  mean: Float32Array;
  deviation: Float32Array;
  epsilon: number;
}

function forward({ x, scale, shift, y, mean, deviation, epsilon }: Forward): void {
  const size = scale.length;
  for (let row = 0, i = 0; i < x.length; row++, i += size) {
    let sum = 0;
    let squares = 0;
    for (let k = i; k < i + size; k++) {
      sum += x[k]!;
      squares += x[k]! * x[k]!;
    }
    const average = sum / size;
    const spread = Math.sqrt(Math.max(squares / size - average * average, 0) + epsilon);
    mean[row] = average;
    deviation[row] = spread;
    for (let k = 0; k < size; k++) y[i + k] = ((x[i + k]! - average) / spread) * scale[k]! + shift[k]!;
  }
}

interface Backward {
  dy: Float32Array;
  x: Float32Array;
  scale: Float32Array;
  mean: Float32Array;
  deviation: Float32Array;
  dx: Float32Array;
}

/** With g = dy·γ and x̂ = (x − mean)/σ, in each row: dx = (g − ⟨g⟩ − x̂·⟨g·x̂⟩)/σ. */
function backward({ dy, x, scale, mean, deviation, dx }: Backward) {
  const size = scale.length;
  const shiftSums = new Float64Array(size);
  const scaleSums = new Float64Array(size);
  for (let row = 0, i = 0; i < x.length; row++, i += size) {
    const average = mean[row]!;
    const inverse = 1 / deviation[row]!;
    let plain = 0;
    let products = 0;
    for (let k = 0; k < size; k++) {
      const gradient = dy[i + k]!;
      const normalized = (x[i + k]! - average) * inverse;
      shiftSums[k]! += gradient;
      scaleSums[k]! += gradient * normalized;
      plain += gradient * scale[k]!;
      products += gradient * scale[k]! * normalized;
    }
    for (let k = 0; k < size; k++) {
      const normalized = (x[i + k]! - average) * inverse;
      dx[i + k] = (dy[i + k]! * scale[k]! - plain / size - (normalized * products) / size) * inverse;
    }
  }
  return { shiftSums, scaleSums };
}
