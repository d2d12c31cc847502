/**
 * Registers gradients of the few operations of tfjs that networks use. tfjs-core registers its own gradients only in bundles of ES
 * modules or with tfjs-node.
 */
import { getGradient, matMul, registerGradient, reshape, transpose, util } from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import { checkAttributes } from './attributes';

/** A gradient, and the attributes of the kernel that this gradient implements. */
type StockGradient = GradConfig & { attributes: readonly string[] };

const GRADIENTS: StockGradient[] = [
  {
    kernelName: 'Identity',
    attributes: [],
    gradFunc: (dy) => ({ x: () => (dy as Tensor).clone() }),
  },
  {
    kernelName: 'Reshape',
    attributes: ['shape'],
    inputsToSave: ['x'],
    gradFunc: (dy, [x]) => ({ x: () => reshape(dy as Tensor, x!.shape) }),
  },
  {
    kernelName: 'ExpandDims',
    attributes: ['dim'],
    inputsToSave: ['input'],
    gradFunc: (dy, [x]) => ({ input: () => reshape(dy as Tensor, x!.shape) }),
  },
  {
    kernelName: 'Transpose',
    attributes: ['perm'],
    gradFunc: (dy, _, attributes) => {
      const { perm } = attributes as { perm: number[] };
      const inverse = perm.map((_axis, i) => perm.indexOf(i));
      return { x: () => transpose(dy as Tensor, inverse) };
    },
  },
  {
    kernelName: 'Add',
    attributes: [],
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => {
      if (!util.arraysEqual(a!.shape, b!.shape))
        throw new Error('tensors of different shapes cannot be added while training');
      return { a: () => (dy as Tensor).clone(), b: () => (dy as Tensor).clone() };
    },
  },
  {
    kernelName: 'BatchMatMul',
    attributes: ['transposeA', 'transposeB'],
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b], attributes) => {
      if (!util.arraysEqual(a!.shape.slice(0, -2), b!.shape.slice(0, -2)))
        throw new Error('batches of different shapes cannot be multiplied while training');
      const transposed = attributes as { transposeA: boolean; transposeB: boolean };
      return productGradients(dy as Tensor, [a!, b!], transposed);
    },
  },
];

/**
 * Returns the gradients of the product of A and B, where A is a or aᵀ, and B is b or bᵀ: dA = dy·Bᵀ and dB = Aᵀ·dy. If a or b was
 * transposed, its gradient is transposed back.
 */
function productGradients(
  dy: Tensor,
  [a, b]: [Tensor, Tensor],
  { transposeA, transposeB }: { transposeA: boolean; transposeB: boolean },
): { a: () => Tensor; b: () => Tensor } {
  return {
    a: () => (transposeA ? matMul(b, dy, transposeB, true) : matMul(dy, b, false, !transposeB)),
    b: () => (transposeB ? matMul(dy, a, true, transposeA) : matMul(a, dy, !transposeA, false)),
  };
}

for (const { attributes: implemented, ...gradient } of GRADIENTS) {
  const { kernelName, gradFunc } = gradient;
  if (getGradient(kernelName) as unknown) continue;
  registerGradient({
    ...gradient,
    gradFunc: (dy, saved, given) => {
      checkAttributes(`the gradient of ${kernelName}`, given, implemented);
      return gradFunc(dy, saved, given);
    },
  });
}
