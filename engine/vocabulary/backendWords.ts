/** What is displayed of the backend of a run. */
import type { BackendChoice } from './runEvents';

/** Returns the set of kernels or operations that a run used; undefined if its backend has only one. Runs with different sets differ in last bits. */
export function kernelsOf({ name, kernels, operations }: BackendChoice): string | undefined {
  if (name === 'wasm') return kernels ?? 'simd'; // the only set of version 0.1
  return name === 'tensorflow' ? (operations ?? 'none') : undefined;
}

/** Returns for example “wasm, 2 threads, SIMD (kernels: relaxed, fused, winograd)” or “tensorflow, CPU (operations: avx512; changed during the run)”. */
export function backendText(backend: BackendChoice): string {
  const kernels = kernelsOf(backend);
  const notes = [
    ...(kernels === undefined ? [] : [`${backend.name === 'wasm' ? 'kernels' : 'operations'}: ${kernels}`]),
    ...(backend.mixed ? ['changed during the run'] : []),
  ];
  return `${backend.name}, ${backend.device}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}`;
}
