/** Linear layers. */
import { matMul, type Tensor, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import type { LinearActivation } from './attributes';
import { addBias, gelu } from './elementwise';
import { defineGradient, hasKernel, keptByName, runFirstDifferentiable, runKernel, runKernels } from './kernel';

/**
 * Returns activation(x · weight + bias), where x is [rows, inputs] and weight [inputs, outputs]. On backends without a kernel for it, it is
 * composed of other operations.
 */
export function linear(
  x: Tensor2D,
  { weight, bias }: { weight: Tensor2D; bias: Tensor1D | undefined },
  activation: LinearActivation = 'none',
): Tensor2D {
  if (bias && hasKernel('SignLinear'))
    return runFirstDifferentiable('SignLinear', { x, weight, bias }, { activation })[0] as Tensor2D;
  const product: Tensor2D = matMul(x, weight);
  const sum = bias ? addBias(product, bias) : product;
  return activation === 'gelu' ? gelu(sum) : sum;
}

defineGradient('SignLinear', {
  attributes: ['activation'],
  inputsToSave: ['x', 'weight'],
  outputsToSave: [false, true],
  of: (dy, saved, { activation }) => {
    const [x, weight, ...kept] = saved as [Tensor2D, Tensor2D, ...Tensor[]];
    const dsum: Tensor =
      activation === 'gelu' ? runKernel('SignGeluGradient', { dy, x: kept[0]!, ...keptByName(kept) }, {}) : dy;
    const [dweight, dbias] = runKernels('SignLinearGradient', { x, dy: dsum }, {});
    return { x: () => matMul(dsum, weight, false, true), weight: () => dweight!, bias: () => dbias! };
  },
});
