/** The vector kernels of kernels.as on the memory of tfjs' WASM backend. */
import { PRIVATE_MEMORY, SHARED_MEMORY } from './kernels';

/** Arguments as in kernels.as, in its order. */
export interface SimdKernels {
  correlate(...args: number[]): void;
  correlateFilter(...args: number[]): void;
  surround(...args: number[]): void;
  channelSums(...args: number[]): void;
  scaleAndShift(...args: number[]): void;
  normalizationGradient(...args: number[]): void;
  addRelu(...args: number[]): void;
  reluGradient(...args: number[]): void;
}

export function loadSimdKernels(memory: WebAssembly.Memory): SimdKernels {
  const shared = memory.buffer instanceof SharedArrayBuffer;
  const module = new WebAssembly.Module(Buffer.from(shared ? SHARED_MEMORY : PRIVATE_MEMORY, 'base64'));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as SimdKernels;
}
