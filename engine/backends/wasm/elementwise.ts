/** Bias, relu, GELU and the global mean in single passes. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { elements, lastAxis } from '../operations/kernel';
import { defineKernel, type Heap } from './heap';
import { channelSums, imageSums } from './channelSums';
import type { Work } from './pool';

export function registerElementwise(): void {
  registerBias();
  registerRelu();
  registerGelu();
  registerGlobalMean();
}

function registerBias(): void {
  defineKernel('SignAddBias', [], ({ x, bias }, _, heap) => {
    const out = heap.allocate(x!.shape);
    const channels = lastAxis(x);
    const addresses = [x!, bias!, out].map((tensor) => heap.address(tensor));
    heap.pool.run('addBias', [...addresses, channels], { units: elements(x) / channels, cost: channels });
    return out;
  });

  defineKernel('SignBiasGradient', [], ({ dy }, _, heap) => biasGradient(heap, dy!));
}

export function biasGradient(heap: Heap, dy: TensorInfo): TensorInfo {
  const { plain } = channelSums(heap, { gradient: dy });
  const out = heap.allocate([lastAxis(dy)]);
  heap.floats(out).set(plain);
  return out;
}

/** Describes the work of a pass over `count` values, with `each` operations for each value. */
export function vectors(count: number, each = 1): Work {
  return { units: Math.ceil(count / 4), cost: 4 * each };
}

function registerRelu(): void {
  defineKernel('SignAddRelu', [], ({ x, addend }, _, heap) => {
    const out = heap.allocate(x!.shape);
    const addresses = [heap.address(x!), addend ? heap.address(addend) : 0, heap.address(out)];
    heap.pool.run('addRelu', [...addresses, elements(x)], vectors(elements(x)));
    return out;
  });

  defineKernel('SignReluGradient', [], ({ dy, y }, _, heap) => {
    const out = heap.allocate(y!.shape);
    const addresses = [dy!, y!, out].map((tensor) => heap.address(tensor));
    heap.pool.run('reluGradient', [...addresses, elements(y)], vectors(elements(y)));
    return out;
  });
}

function registerGelu(): void {
  defineKernel('SignGelu', [], ({ x }, _, heap) => geluAndSlope(heap, x!));

  defineKernel('SignGeluGradient', [], ({ dy, kept0: slope }, _, heap) => {
    const out = heap.allocate(dy!.shape);
    const addresses = [dy!, slope!, out].map((tensor) => heap.address(tensor));
    heap.pool.run('product', [...addresses, elements(dy)], vectors(elements(dy)));
    return out;
  });
}

/** Floats of the table that each thread makes. */
const TABLE = 32;

/** Returns GELU and its derivative, which takes little more time, so that the gradient is a product. */
export function geluAndSlope(heap: Heap, x: TensorInfo): TensorInfo[] {
  const [out, slope] = [heap.allocate(x.shape), heap.allocate(x.shape)];
  const args = [...[x, out, slope].map((tensor) => heap.address(tensor)), elements(x)];
  if (!heap.pool.gelu32) heap.pool.run('gelu', args, vectors(elements(x), 20));
  else {
    const table = heap.allocate([heap.pool.threads, TABLE]);
    heap.pool.run('gelu32', [...args, heap.address(table)], vectors(elements(x), 10));
    heap.free(table);
  }
  return [out, slope];
}

function registerGlobalMean(): void {
  defineKernel('SignGlobalMean', [], ({ x }, _, heap) => {
    const [n, height, width, channels] = x!.shape as [number, number, number, number];
    const area = height * width;
    const out = heap.allocate([n, channels]);
    const { plain } = imageSums(heap, { gradient: x! });
    heap.floats(out).set(plain.map((sum) => sum / area));
    return out;
  });

  defineKernel('SignGlobalMeanGradient', ['shape'], ({ dy }, { shape }, heap) => {
    const [n, height, width, channels] = shape;
    const area = height * width;
    const [shares, out] = [heap.allocate([n, channels]), heap.allocate(shape)];
    heap.floats(shares).set(heap.floats(dy).map((gradient) => gradient / area));
    const args = [heap.address(shares), heap.address(out), area, channels];
    heap.pool.run('repeatRows', args, { units: n, cost: area * channels });
    heap.free(shares);
    return out;
  });
}
