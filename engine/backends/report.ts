/** Reports which backends this machine has. */
import type { BackendReport } from '../vocabulary/backends';
import { reportTensorFlow } from './tensorflow/start';
import { reportWasm } from './wasm/start';
import { reportWebGpu } from './webgpu/start';

/** Returns all backends, the best first: TensorFlow on a GPU, any GPU, TensorFlow without one, WASM. */
export async function reportBackends(): Promise<BackendReport[]> {
  const [tensorflow, webgpu, wasm] = [await reportTensorFlow(), await reportWebGpu(), reportWasm()];
  if (tensorflow.device === 'CPU' && isAutomatic(webgpu)) return [webgpu, tensorflow, wasm];
  return [tensorflow, webgpu, wasm];
}

/** Whether `auto` may choose it. */
export function isAutomatic({ usable, software }: BackendReport): boolean {
  return usable && !software;
}
