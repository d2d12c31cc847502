/**
 * Gradients of the few operations of tfjs that networks use between ours. tfjs-core registers its own only where it is bundled as ES modules
 * (or by tfjs-node), so a program under Node brings them itself.
 */
import { getGradient, matMul, registerGradient, reshape, transpose, util } from '@tensorflow/tfjs-core';
import type { GradConfig, Tensor, Tensor2D } from '@tensorflow/tfjs-core';

const GRADIENTS: GradConfig[] = [
  { kernelName: 'Reshape', inputsToSave: ['x'], gradFunc: (dy, [x]) => ({ x: () => reshape(dy as Tensor, x!.shape) }) },
  {
    kernelName: 'ExpandDims',
    inputsToSave: ['input'],
    gradFunc: (dy, [x]) => ({ input: () => reshape(dy as Tensor, x!.shape) }),
  },
  {
    kernelName: 'Transpose',
    gradFunc: (dy, _, attributes) => {
      const { perm } = attributes as unknown as { perm: number[] };
      return {
        x: () =>
          transpose(
            dy as Tensor,
            perm.map((_axis, i) => perm.indexOf(i)),
          ),
      };
    },
  },
  {
    kernelName: 'Add',
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, [a, b]) => {
      if (!util.arraysEqual(a!.shape, b!.shape)) throw new Error('only tensors of one shape are added while training');
      return { a: () => (dy as Tensor).clone(), b: () => (dy as Tensor).clone() };
    },
  },
  {
    kernelName: 'BatchMatMul',
    inputsToSave: ['a', 'b'],
    gradFunc: (dy, saved) => {
      const [a, b] = saved as [Tensor2D, Tensor2D];
      return {
        a: () => matMul(dy as Tensor2D, b, false, true),
        b: () => matMul(a, dy as Tensor2D, true, false),
      };
    },
  },
];

for (const gradient of GRADIENTS) if (!(getGradient(gradient.kernelName) as unknown)) registerGradient(gradient);
