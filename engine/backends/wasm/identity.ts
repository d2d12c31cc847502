/**
 * Clones a tensor without copying its data. tfjs clones every tensor that a gradient needs. Its own WASM kernel would copy the data each
 * time.
 */
import { registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { checkAttributes } from '../operations/attributes';
import type { HeapBackend } from './heap';

export function registerIdentity(): void {
  unregisterKernel('Identity', 'wasm');
  registerKernel({
    kernelName: 'Identity',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      checkAttributes('Identity of wasm', attrs, []);
      const { dataId, shape, dtype } = inputs['x']!;
      (backend as HeapBackend).incRef(dataId);
      return { dataId, shape, dtype };
    },
  });
}
