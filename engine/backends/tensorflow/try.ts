/** Checks that an installation of TensorFlow loads and computes. */
import { engine, matMul, setBackend, tensor2d, type KernelBackend } from '@tensorflow/tfjs-core';
import type { NodeBackend } from './executor';
import { supplyRemovedUtilities } from './load';
import { requirePrivate } from './private';

/**
 * Multiplies two matrices with the installation in this folder, and returns its version and device. Throws if the installation does
 * not load or the product is wrong.
 */
export async function tryTensorFlow(home: string): Promise<{ version: string; device: string }> {
  supplyRemovedUtilities();
  requirePrivate(home);
  if (!(await setBackend('tensorflow'))) throw new Error('TensorFlow cannot be started');
  const product = matMul(
    tensor2d([
      [1, 2],
      [3, 4],
    ]),
    tensor2d([
      [5, 6],
      [7, 8],
    ]),
  );
  const values = Array.from(await product.data());
  if (values.join() !== '19,22,43,50') throw new Error(`TensorFlow computes wrong results (${values.join(', ')})`);
  const { binding, isUsingGpuDevice } = engine().backend as KernelBackend & NodeBackend;
  return { version: binding.TF_Version, device: isUsingGpuDevice ? 'GPU' : 'CPU' };
}
