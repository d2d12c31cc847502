/** Reports the backends of this machine. */
import type { BackendReport } from '../vocabulary/backends';
import { reportTensorFlow } from './tensorflow/start';
import { reportWasm } from './wasm/start';
import { reportWebGpu } from './webgpu/start';

/** Returns all backends, the best first. The order is TensorFlow on a GPU, WebGPU on a GPU, TensorFlow without a GPU, WASM. */
export async function reportBackends(): Promise<BackendReport[]> {
  const [tensorflow, webgpu, wasm] = [await reportTensorFlow(), await reportWebGpu(), reportWasm()];
  if (tensorflow.device === 'CPU' && isAutomatic(webgpu)) return [webgpu, tensorflow, wasm];
  return [tensorflow, webgpu, wasm];
}

/** Whether `auto` may choose this backend. */
export function isAutomatic({ usable, software }: BackendReport): boolean {
  return usable && !software;
}
