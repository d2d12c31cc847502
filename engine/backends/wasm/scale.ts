/** Scales each channel of each image. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { elements } from '../operations/kernel';
import { imageSums } from './channelSums';
import { defineKernel, type Heap } from './heap';

export function registerScale(): void {
  defineKernel('SignScale', [], ({ x, factors }, _, heap) => scale(heap, x!, factors!));

  defineKernel('SignScaleGradient', [], ({ dy, x, factors }, _, heap) => {
    const dfactors = heap.allocate(factors!.shape);
    const { products } = imageSums(heap, { x: x!, gradient: dy! });
    heap.floats(dfactors).set(products);
    return [scale(heap, dy!, factors!), dfactors];
  });
}

function scale(heap: Heap, x: TensorInfo, factors: TensorInfo): TensorInfo {
  const out = heap.allocate(x.shape);
  const [units, channels] = factors.shape as [number, number];
  const area = elements(x) / elements(factors);
  const addresses = [x, factors, out].map((tensor) => heap.address(tensor));
  heap.pool.run('scaleImages', [...addresses, area, channels], { units, cost: area * channels });
  return out;
}
