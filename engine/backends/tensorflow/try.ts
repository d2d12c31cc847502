/** Checks that an installation of TensorFlow loads and computes. */
import { engine, matMul, setBackend, tensor1d, tensor2d, tidy, type KernelBackend } from '@tensorflow/tfjs-core';
import type { NodeBackend } from './executor';
import { choiceFrom } from '../../environment';
import type { OperationSet } from '../../vocabulary/runEvents';
import { supplyRemovedUtilities } from './load';
import { loadFrom } from './operations';
import { requirePrivate } from './private';

/**
 * Multiplies two matrices with the installation in this folder, and returns its version and device. Throws if the installation does
 * not load or the product is wrong. If WINNING_SIGN_OPERATIONS names a set, computes with Winning Sign's operations of this set, too.
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
  const set = choiceFrom('WINNING_SIGN_OPERATIONS') ?? 'none';
  if (set !== 'none') tryOperations(home, set);
  const { binding, isUsingGpuDevice } = engine().backend as KernelBackend & NodeBackend;
  return { version: binding.TF_Version, device: isUsingGpuDevice ? 'GPU' : 'CPU' };
}

/** Computes the GELU of some numbers, the last of which do not fill a vector. */
function tryOperations(home: string, set: OperationSet): void {
  loadFrom(home, set);
  const x = Array.from({ length: 37 }, (_, i) => (i % 2) * 40 - 20);
  const backend = engine().backend as KernelBackend & NodeBackend;
  const [y] = tidy(() => backend.executeMultipleOutputs('SignGelu', [], [tensor1d(x)], 1).map((one) => one.dataSync()));
  const wrong = x.findIndex((value, i) => Math.abs(y![i]! - Math.max(value, 0)) > 1e-6);
  if (wrong >= 0) throw new Error(`the operations compute wrong results (${y![wrong]} for ${x[wrong]})`);
}
