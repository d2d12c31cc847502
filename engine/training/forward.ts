/** The context of a forward pass: parameters by name, and the operations of the current backend. */
import { keep, matMul, reshape, type Tensor, type Tensor1D, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { conv2d, maxPool } from '../backends/operations/convolution';
import { addBias, addRelu, gelu, globalMean } from '../backends/operations/elementwise';
import { batchNorm, layerNorm, normalize } from '../backends/operations/normalization';
import type { ForwardContext } from '../models/network';
import type { LayerStatistics, RunningLayerStatistics } from './statistics';

const EPSILON = 1e-5;

/**
 * Statistics for batch norm. In train mode, `collect` receives the statistics of the batch, which the caller disposes. In eval mode,
 * `running` contains the statistics to use.
 */
export type Normalization = { collect: LayerStatistics } | { running: RunningLayerStatistics };

export function forwardContext(parameters: Map<string, Tensor>, normalization: Normalization): ForwardContext {
  const parameter = (name: string): Tensor => {
    const tensor = parameters.get(name);
    if (!tensor) throw new Error(`no parameter ${name}`);
    return tensor;
  };
  const psi = (name: string) => ({
    scale: parameter(`${name}.weight`) as Tensor1D,
    shift: parameter(`${name}.bias`) as Tensor1D,
  });
  return {
    batchNorm(x, name, relu) {
      if ('running' in normalization)
        return normalize(x, { ...normalization.running.get(name)!, ...psi(name) }, { epsilon: EPSILON, relu });
      const { y, mean, variance } = batchNorm(x, psi(name), { epsilon: EPSILON, relu });
      // Differentiation disposes all tensors except the loss, so the statistics are marked with `keep`.
      const hasVariance = x.size > mean.size;
      normalization.collect.set(name, { mean: keep(mean), variance: hasVariance ? keep(variance) : undefined });
      return y;
    },
    layerNorm: (x, name) => layerNorm(x, psi(name), { epsilon: EPSILON }),
    conv2d: (x, name, options) => conv2d(x, parameter(`${name}.weight`) as Tensor4D, options),
    linear: (x, name) =>
      linear(x, parameter(`${name}.weight`) as Tensor2D, parameters.get(`${name}.bias`) as Tensor1D | undefined),
    relu: (x) => addRelu(x),
    addRelu: (x, shortcut) => addRelu(x, shortcut),
    gelu,
    maxPool: (x, options) => maxPool(x, options),
    globalMean,
  };
}

function linear(x: Tensor, weight: Tensor2D, bias: Tensor1D | undefined): Tensor {
  const [inputs, outputs] = weight.shape;
  const product = matMul(reshape(x, [-1, inputs]), weight);
  const sum = bias ? addBias(product, bias) : product;
  return reshape(sum, [...x.shape.slice(0, -1), outputs]);
}
