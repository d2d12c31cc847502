/** Which backend a run trains on, and why not a better one. */
import { UserError } from '../errors';
import type { BackendName } from '../protocol';
import type { Backend } from './backend';
import { reportTensorFlow, startTensorFlow } from './tensorflow/start';
import { startWasm } from './wasm/start';

export type { Backend } from './backend';

/** Starts the one asked for; `auto` takes TensorFlow when its native library loads, else the embedded WASM. */
export async function chooseBackend(name: BackendName): Promise<Backend> {
  if (name === 'wasm') return startWasm();
  const report = await reportTensorFlow();
  if (report.usable) return startTensorFlow();
  if (name === 'tensorflow') throw new UserError(`backend: tensorflow cannot be used here: ${report.problem}`);
  const wasm = await startWasm();
  return { ...wasm, choice: { ...wasm.choice, reason: `TensorFlow would be faster: ${report.problem}` } };
}
