/** Operations between images [N, H, W, C] and one value for each image and channel [N, C], with TensorFlow's operations. */
import { broadcastTo, div, mean, mul, reshape, sum, type Tensor } from '@tensorflow/tfjs-core';
import { asTensor, defineKernel } from './executor';

export function registerImages(): void {
  const spread = (factors: Tensor) => reshape(factors, [factors.shape[0], 1, 1, factors.shape[1]!]);
  defineKernel('SignGlobalMean', [], ({ x }) => mean(asTensor(x), [1, 2]));
  defineKernel('SignGlobalMeanGradient', ['shape'], ({ dy }, { shape }) => {
    const [, height, width] = shape;
    return broadcastTo(spread(div(asTensor(dy), height * width)), shape);
  });
  defineKernel('SignScale', [], ({ x, factors }) => mul(asTensor(x), spread(asTensor(factors))));
  defineKernel('SignScaleGradient', [], ({ dy, x, factors }) => [
    mul(asTensor(dy), spread(asTensor(factors))),
    sum(mul(asTensor(dy), asTensor(x)), [1, 2]),
  ]);
}
