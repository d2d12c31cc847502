/** Batch norm over [rows, channels], relu included. Sums are in double precision, so one pass gives mean and variance. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { BatchNormAttributes } from '../operations/normalization';
import { defineKernel, elements, lastAxis } from './heap';

/** y = x · factor + offset per channel, then relu if asked. */
interface Affine {
  factor: Float32Array;
  offset: Float32Array;
}

/** y, mean, unbiased variance, 1/√(variance + ε). */
export function registerBatchNorm(): void {
  defineKernel<BatchNormAttributes>('SignBatchNorm', ({ x, scale, shift }, { epsilon, relu }, heap) => {
    const channels = lastAxis(x);
    const rows = elements(x) / channels;
    const y = heap.allocate(x!.shape);
    const [mean, variance, inverse] = [0, 1, 2].map(() => heap.allocate([channels])) as [
      TensorInfo,
      TensorInfo,
      TensorInfo,
    ];
    const statistics = { mean: heap.floats(mean), inverse: heap.floats(inverse) };
    const biased = measure(heap.floats(x), statistics.mean);
    heap.floats(variance).set(biased.map((value) => (value * rows) / Math.max(rows - 1, 1)));
    statistics.inverse.set(biased.map((value) => 1 / Math.sqrt(value + epsilon)));
    const affine = fold({ ...statistics, scale: heap.floats(scale), shift: heap.floats(shift) });
    applyAffine(heap.floats(x), heap.floats(y), { ...affine, relu });
    return [y, mean, variance, inverse];
  });

  defineKernel<BatchNormAttributes>('SignNormalize', ({ x, mean, variance, scale, shift }, { epsilon, relu }, heap) => {
    const y = heap.allocate(x!.shape);
    const inverse = heap.floats(variance).map((value) => 1 / Math.sqrt(value + epsilon));
    const affine = fold({ mean: heap.floats(mean), inverse, scale: heap.floats(scale), shift: heap.floats(shift) });
    applyAffine(heap.floats(x), heap.floats(y), { ...affine, relu });
    return y;
  });

  defineKernel<BatchNormAttributes>('SignBatchNormGradient', (inputs, { relu }, heap) => {
    const { dy, x, scale, y, kept0: mean, kept2: inverse } = inputs;
    const channels = lastAxis(x);
    const dx = heap.allocate(x!.shape);
    const dscale = heap.allocate([channels]);
    const dshift = heap.allocate([channels]);
    backward({
      dy: heap.floats(dy),
      x: heap.floats(x),
      active: relu ? heap.floats(y) : undefined,
      dx: heap.floats(dx),
      scale: heap.floats(scale),
      mean: heap.floats(mean),
      inverse: heap.floats(inverse),
      dscale: heap.floats(dscale),
      dshift: heap.floats(dshift),
    });
    return [dx, dscale, dshift];
  });
}

/** Writes the mean of each channel and returns its biased variance. */
function measure(x: Float32Array, mean: Float32Array): Float64Array {
  const channels = mean.length;
  const rows = x.length / channels;
  const sum = new Float64Array(channels);
  const squares = new Float64Array(channels);
  for (let i = 0; i < x.length; i += channels) {
    for (let c = 0; c < channels; c++) {
      const value = x[i + c]!;
      sum[c]! += value;
      squares[c]! += value * value;
    }
  }
  return squares.map((square, c) => {
    const average = sum[c]! / rows;
    mean[c] = average;
    return Math.max(square / rows - average * average, 0);
  });
}

function fold(psi: { mean: Float32Array; inverse: Float32Array; scale: Float32Array; shift: Float32Array }): Affine {
  const factor = psi.scale.map((scale, c) => scale * psi.inverse[c]!);
  return { factor, offset: psi.shift.map((shift, c) => shift - psi.mean[c]! * factor[c]!) };
}

function applyAffine(x: Float32Array, y: Float32Array, { factor, offset, relu }: Affine & { relu: boolean }): void {
  const channels = factor.length;
  for (let i = 0; i < x.length; i += channels) {
    for (let c = 0; c < channels; c++) {
      const value = x[i + c]! * factor[c]! + offset[c]!;
      y[i + c] = relu && value < 0 ? 0 : value;
    }
  }
}

interface Backward {
  dy: Float32Array;
  x: Float32Array;
  /** The output when relu followed: no gradient passes where it is 0. */
  active: Float32Array | undefined;
  dx: Float32Array;
  scale: Float32Array;
  mean: Float32Array;
  inverse: Float32Array;
  dscale: Float32Array;
  dshift: Float32Array;
}

/** With x̂ = (x − mean)/σ: dβ = Σ dy, dγ = Σ dy·x̂, dx = γ/σ · (dy − dβ/rows − x̂·dγ/rows), here as dx = a·dy + b·x + c per channel. */
function backward({ dy, x, active, dx, scale, mean, inverse, dscale, dshift }: Backward): void {
  const channels = scale.length;
  const rows = x.length / channels;
  const sums = gradientSums(dy, x, { channels, active });
  const a = new Float64Array(channels);
  const b = new Float64Array(channels);
  const c = new Float64Array(channels);
  for (let k = 0; k < channels; k++) {
    const scaleGradient = (sums.products[k]! - mean[k]! * sums.plain[k]!) * inverse[k]!;
    dscale[k] = scaleGradient;
    dshift[k] = sums.plain[k]!;
    a[k] = scale[k]! * inverse[k]!;
    b[k] = (-a[k]! * scaleGradient * inverse[k]!) / rows;
    c[k] = (-a[k]! * sums.plain[k]!) / rows - b[k]! * mean[k]!;
  }
  for (let i = 0; i < x.length; i += channels) {
    for (let k = 0; k < channels; k++) {
      const passed = active && active[i + k]! <= 0 ? 0 : dy[i + k]!;
      dx[i + k] = a[k]! * passed + b[k]! * x[i + k]! + c[k]!;
    }
  }
}

/** Per channel Σ dy and Σ dy·x, of what relu lets through. */
function gradientSums(
  dy: Float32Array,
  x: Float32Array,
  { channels, active }: { channels: number; active: Float32Array | undefined },
): { plain: Float64Array; products: Float64Array } {
  const plain = new Float64Array(channels);
  const products = new Float64Array(channels);
  for (let i = 0; i < x.length; i += channels) {
    for (let c = 0; c < channels; c++) {
      if (active && active[i + c]! <= 0) continue;
      const gradient = dy[i + c]!;
      plain[c]! += gradient;
      products[c]! += gradient * x[i + c]!;
    }
  }
  return { plain, products };
}
