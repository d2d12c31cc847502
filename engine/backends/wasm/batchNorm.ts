/** Batch norm over [rows, channels], with relu. Sums are in double precision, so one pass gives mean and variance. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { channelSums } from './channelSums';
import { elements, lastAxis } from '../operations/kernel';
import { defineKernel, type Heap } from './heap';

export function registerBatchNorm(): void {
  // Returns y, mean, unbiased variance and 1/√(variance + ε).
  defineKernel('SignBatchNorm', ['epsilon', 'relu'], ({ x, scale, shift }, { epsilon, relu }, heap) => {
    const channels = lastAxis(x);
    const rows = elements(x) / channels;
    const sums = channelSums(heap, { x: x! });
    const mean = sums.plain.map((sum) => sum / rows);
    const biased = sums.products.map((square, c) => Math.max(square / rows - mean[c]! ** 2, 0));
    const inverse = biased.map((value) => 1 / Math.sqrt(value + epsilon));
    const y = normalize(heap, x!, { mean, inverse, scale: heap.floats(scale), shift: heap.floats(shift), relu });
    const unbiased = biased.map((value) => (value * rows) / Math.max(rows - 1, 1));
    return [y, vector(heap, mean), vector(heap, unbiased), vector(heap, inverse)];
  });

  defineKernel('SignNormalize', ['epsilon', 'relu'], ({ x, mean, variance, scale, shift }, { epsilon, relu }, heap) => {
    const inverse = Float64Array.from(heap.floats(variance), (value) => 1 / Math.sqrt(value + epsilon));
    const statistics = { mean: heap.floats(mean), inverse };
    return normalize(heap, x!, { ...statistics, scale: heap.floats(scale), shift: heap.floats(shift), relu });
  });

  defineKernel('SignBatchNormGradient', ['epsilon', 'relu'], (inputs, { relu }, heap) => {
    const { dy, x, scale, y, kept0: mean, kept2: inverse } = inputs;
    return gradient(heap, {
      dy: dy!,
      x: x!,
      active: relu ? y : undefined,
      scale: scale!,
      mean: mean!,
      inverse: inverse!,
    });
  });
}

interface Statistics {
  mean: ArrayLike<number>;
  inverse: Float64Array;
  scale: Float32Array;
  shift: Float32Array;
  relu: boolean;
}

function normalize(heap: Heap, x: TensorInfo, { mean, inverse, scale, shift, relu }: Statistics): TensorInfo {
  const channels = scale.length;
  const factors = inverse.map((value, c) => value * scale[c]!);
  const offsets = factors.map((factor, c) => shift[c]! - mean[c]! * factor);
  const [y, factor, offset] = [heap.allocate(x.shape), vector(heap, factors), vector(heap, offsets)];
  const addresses = [x, y, factor, offset].map((tensor) => heap.address(tensor));
  const work = { units: elements(x) / channels, cost: channels };
  heap.pool.run('scaleAndShift', [...addresses, channels, Number(relu)], work);
  heap.free(factor, offset);
  return y;
}

interface Gradient {
  dy: TensorInfo;
  x: TensorInfo;
  /** The output, if relu was applied. No gradient passes where the output is 0. */
  active: TensorInfo | undefined;
  scale: TensorInfo;
  mean: TensorInfo;
  inverse: TensorInfo;
}

/**
 * Uses x̂ = (x − mean)/σ with σ = √(variance + ε). The gradient of the shift β is dβ = Σ dy. The gradient of the scale γ is dγ = Σ dy·x̂.
 * The gradient of x is dx = γ/σ · (dy − dβ/rows − x̂·dγ/rows).
 */
function gradient(heap: Heap, { dy, x, active, scale, mean, inverse }: Gradient): TensorInfo[] {
  const channels = lastAxis(x);
  const rows = elements(x) / channels;
  const sums = channelSums(heap, { x, gradient: dy, active });
  const gamma = heap.floats(scale);
  const average = heap.floats(mean).slice();
  const inverted = heap.floats(inverse).slice();
  const dshift = sums.plain;
  const dscale = sums.products.map((product, c) => (product - average[c]! * dshift[c]!) * inverted[c]!);
  const a = Float64Array.from(gamma, (value, c) => value * inverted[c]!);
  const b = a.map((value, c) => (-value * dscale[c]! * inverted[c]!) / rows);
  const c = a.map((value, c) => (-value * dshift[c]!) / rows);
  const factors = vector(heap, [...a, ...b, ...c, ...average]);
  const dx = heap.allocate(x.shape);
  const addresses = [
    heap.address(x),
    heap.address(dy),
    active ? heap.address(active) : 0,
    heap.address(dx),
    heap.address(factors),
  ];
  heap.pool.run('normalizationGradient', [...addresses, channels], { units: rows, cost: channels });
  heap.free(factors);
  return [dx, vector(heap, dscale), vector(heap, dshift)];
}

function vector(heap: Heap, values: ArrayLike<number>): TensorInfo {
  const tensor = heap.allocate([values.length]);
  heap.floats(tensor).set(values);
  return tensor;
}
