/** Starts a backend by its name. */
import { choiceFrom } from '../environment';
import { UserError } from '../errors';
import type { BackendReport } from '../vocabulary/backends';
import type { BackendName } from '../vocabulary/runOptions';
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
 * Throws UserError if a run cannot begin with this backend. The message has the reason and the fix. For `auto`, checks only whether the
 * operations that the user wants can be used, because no other backend replaces them.
 */
export async function checkBackend(name: BackendName): Promise<void> {
  if (name === 'auto' && choiceFrom('WINNING_SIGN_OPERATIONS') === undefined) return;
  const { usable, problem, device } = await BACKENDS[name === 'auto' ? 'tensorflow' : name].report();
  if (!usable && name !== 'auto') throw new UserError(`backend: ${name} cannot be used here: ${problem}`);
  if (usable && (name === 'auto' || name === 'tensorflow')) requireOperations(device);
}

/** Starts a backend and makes it the current backend of tfjs. Throws UserError like `checkBackend`. */
export async function startBackend(name: BackendReport['name']): Promise<Backend> {
  await checkBackend(name);
  return BACKENDS[name].start();
}
