/** Softmax and scaled dot-product attention (Vaswani et al. 2017). */
import { matMul, reshape, transpose, type Tensor, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core';
import { defineGradient, runKernel } from './kernel';
import { splitAxis } from './slices';

/** Returns softmax(factor · x) over the last axis. */
export function softmax<T extends Tensor>(x: T, factor = 1): T {
  return runKernel('SignSoftmax', { x }, { factor }) as T;
}

/**
 * Self-attention: softmax(q·kᵀ / √d)·v for each head. `projected` [N, T, 3·dim] has q, k and v one after another along its last axis, and each
 * of them has its heads one after another, as in PyTorch's MultiheadAttention and in timm. Returns [N, T, dim] with the heads joined.
 */
export function attention(projected: Tensor3D, { heads }: { heads: number }): Tensor3D {
  const [n, tokens, width] = projected.shape;
  const dim = width / 3;
  const depth = dim / heads;
  const parts = transpose(reshape(projected, [n, tokens, 3, heads, depth]), [2, 0, 3, 1, 4]);
  const [q, k, v] = splitAxis(parts, 0, [1, 1, 1]).map((part) => reshape(part, [n, heads, tokens, depth])) as [
    Tensor4D,
    Tensor4D,
    Tensor4D,
  ];
  const weights = softmax(matMul(q, k, false, true), 1 / Math.sqrt(depth));
  return reshape(transpose(matMul(weights, v), [0, 2, 1, 3]), [n, tokens, dim]);
}

defineGradient('SignSoftmax', {
  attributes: ['factor'],
  outputsToSave: [true],
  of: (dy, [y], { factor }) => ({
    x: () => runKernel('SignSoftmaxGradient', { dy, y: y! }, { factor }),
  }),
});
