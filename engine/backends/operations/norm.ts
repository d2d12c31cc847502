/** The length of a vector. */
import type { Scalar, Tensor1D } from '@tensorflow/tfjs-core';
import { runKernel } from './kernel';

/** Returns the L2 norm √Σx². It cannot be differentiated. */
export function l2Norm(x: Tensor1D): Scalar {
  return runKernel('SignNorm', { x }, {}) as Scalar;
}
