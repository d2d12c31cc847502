/** Bias, relu, GELU and the global mean as loops. */
import { defineKernel, elements, lastAxis } from './heap';
import { erf } from './erf';

export function registerElementwise(): void {
  registerBias();
  registerRelu();
  registerGelu();
  registerGlobalMean();
}

function registerBias(): void {
  defineKernel('SignAddBias', ({ x, bias }, _, heap) => {
    const out = heap.allocate(x!.shape);
    const [from, to, added] = [heap.floats(x), heap.floats(out), heap.floats(bias)];
    for (let i = 0; i < from.length; i += added.length)
      for (let k = 0; k < added.length; k++) to[i + k] = from[i + k]! + added[k]!;
    return out;
  });

  defineKernel('SignBiasGradient', ({ dy }, _, heap) => {
    const out = heap.allocate([lastAxis(dy)]);
    const gradient = heap.floats(dy);
    const sums = new Float64Array(lastAxis(dy));
    for (let i = 0; i < gradient.length; i += sums.length)
      for (let k = 0; k < sums.length; k++) sums[k]! += gradient[i + k]!;
    heap.floats(out).set(sums);
    return out;
  });
}

function registerRelu(): void {
  defineKernel('SignAddRelu', ({ x, addend }, _, heap) => {
    const out = heap.allocate(x!.shape);
    heap.simd.addRelu(heap.address(x!), addend ? heap.address(addend) : 0, heap.address(out), elements(x));
    return out;
  });

  defineKernel('SignReluGradient', ({ dy, y }, _, heap) => {
    const out = heap.allocate(y!.shape);
    heap.simd.reluGradient(heap.address(dy!), heap.address(y!), heap.address(out), elements(y));
    return out;
  });
}

function registerGelu(): void {
  defineKernel('SignGelu', ({ x }, _, heap) => {
    const out = heap.allocate(x!.shape);
    const [from, to] = [heap.floats(x), heap.floats(out)];
    for (let i = 0; i < from.length; i++) to[i] = from[i]! * normalDistribution(from[i]!);
    return out;
  });

  defineKernel('SignGeluGradient', ({ dy, x }, _, heap) => {
    const out = heap.allocate(x!.shape);
    const [gradient, from, to] = [heap.floats(dy), heap.floats(x), heap.floats(out)];
    for (let i = 0; i < to.length; i++) {
      const value = from[i]!;
      const density = Math.exp((-value * value) / 2) / Math.sqrt(2 * Math.PI);
      to[i] = gradient[i]! * (normalDistribution(value) + value * density);
    }
    return out;
  });
}

/** Φ(x) of the standard normal. */
function normalDistribution(x: number): number {
  return (1 + erf(x * Math.SQRT1_2)) / 2;
}

function registerGlobalMean(): void {
  defineKernel('SignGlobalMean', ({ x }, _, heap) => {
    const [n, height, width, channels] = x!.shape as [number, number, number, number];
    const out = heap.allocate([n, channels]);
    const [from, to] = [heap.floats(x), heap.floats(out)];
    const pixels = height * width;
    const sums = new Float64Array(channels);
    for (let image = 0, i = 0; image < n; image++) {
      sums.fill(0);
      for (let pixel = 0; pixel < pixels; pixel++) for (let c = 0; c < channels; c++) sums[c]! += from[i++]!;
      for (let c = 0; c < channels; c++) to[image * channels + c] = sums[c]! / pixels;
    }
    return out;
  });

  defineKernel<{ shape: number[] }>('SignGlobalMeanGradient', ({ dy }, { shape }, heap) => {
    const out = heap.allocate(shape);
    const [gradient, to] = [heap.floats(dy), heap.floats(out)];
    const channels = lastAxis(dy);
    const pixels = elements(out) / gradient.length;
    for (let image = 0, i = 0; image * channels < gradient.length; image++)
      for (let pixel = 0; pixel < pixels; pixel++)
        for (let c = 0; c < channels; c++) to[i++] = gradient[image * channels + c]! / pixels;
    return out;
  });
}
