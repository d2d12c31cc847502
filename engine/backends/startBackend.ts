/** Starts a backend by its name. */
import { UserError } from '../errors';
import type { BackendReport } from '../vocabulary/backends';
import type { Backend } from './backend';
import { requireOperations } from './tensorflow/operations';
import { reportTensorFlow, startTensorFlow } from './tensorflow/start';
import { reportWasm, startWasm } from './wasm/start';
import { reportWebGpu, startWebGpu } from './webgpu/start';

const BACKENDS = {
  wasm: { report: reportWasm, start: startWasm },
  webgpu: { report: reportWebGpu, start: startWebGpu },
  tensorflow: { report: reportTensorFlow, start: startTensorFlow },
} as const;

/**
 * Throws UserError if a backend, or the operations that the user wants of it, cannot be used. The message has the reason and the fix.
 */
export async function checkBackend(name: BackendReport['name']): Promise<void> {
  const { usable, problem, device } = await BACKENDS[name].report();
  if (!usable) throw new UserError(`backend: ${name} cannot be used here: ${problem}`);
  if (name === 'tensorflow') requireOperations(device);
}

/** Starts a backend and makes it the current backend of tfjs. Throws UserError like `checkBackend`. */
export async function startBackend(name: BackendReport['name']): Promise<Backend> {
  await checkBackend(name);
  return BACKENDS[name].start();
}
