/** Which backends this machine has. */
import type { BackendReport } from '../protocol';
import { reportTensorFlow } from './tensorflow/start';
import { reportWasm } from './wasm/start';

/** All backends, the best first. */
export async function reportBackends(): Promise<BackendReport[]> {
  return [await reportTensorFlow(), reportWasm()];
}
