/** The backend of this process, which run.ts chooses, and what is compared on it. */
import { startBackend } from '../../engine/backends/startBackend';
import type { Backend } from '../../engine/backends/backend';
import { startWasmWith } from '../engine/backends/wasmWith';
import { assertUsed } from '../engine/backends/backendSets';
import type { BackendReport } from '../../engine/protocol';

/** The variables by which run.ts tells a process of mocha what to compare. */
export const VARIABLES = { backend: 'ORACLES_BACKEND', set: 'ORACLES_SET', part: 'ORACLES_PART' } as const;

/**
 * `all`: everything. `numbers`: what a backend computes, because the rest does not depend on it and another process tests it. `small`: of these,
 * not the networks of more than 50 million parameters, because smaller ones have the same kernels. `trainings`: of these, only what trains,
 * because the forward passes are those of another set. `few`: only what takes seconds on a software (CPU) implementation of a GPU.
 */
export type Part = 'all' | 'numbers' | 'small' | 'trainings' | 'few';

export const BACKEND = (process.env[VARIABLES.backend] ?? 'wasm') as BackendReport['name'];
const PART = (process.env[VARIABLES.part] ?? 'all') as Part;

/** Whether wasm convolves with Winograd's transforms, as it does if nothing is chosen. */
const winograd = (process.env['WINNING_SIGN_KERNELS'] ?? 'winograd').includes('winograd');

/** The name of the backend and its kernels, for titles. */
export const SET = process.env[VARIABLES.set] ?? BACKEND;

/** Whether to test what does not depend on the backend. */
export const isFirst = PART === 'all';

/** Defines a test of something that does not depend on the backend. */
export function once(title: string, test: () => void | Promise<void>): void {
  if (isFirst) it(title, test);
}

/** Whether only a few of the numbers are compared. */
export const isSlow = PART === 'few';

/** Numbers of parameters up to which networks are compared. */
export const MOST_PARAMETERS = { small: 50_000_000, few: 100_000 };

/** Whether a network with this number of parameters is compared. */
export function isCompared(parameters: number): boolean {
  return !(PART in MOST_PARAMETERS) || parameters <= MOST_PARAMETERS[PART as keyof typeof MOST_PARAMETERS];
}

/** Starts the backend of this process. Asserts that it uses the kernels that the environment names. */
export async function startChosen(): Promise<Backend> {
  const backend = BACKEND === 'wasm' ? await startWasmWith({ winograd }) : await startBackend(BACKEND);
  const { WINNING_SIGN_KERNELS, WINNING_SIGN_OPERATIONS } = process.env;
  const env = {
    ...(BACKEND === 'wasm' && WINNING_SIGN_KERNELS && { WINNING_SIGN_KERNELS }),
    ...(BACKEND === 'tensorflow' && WINNING_SIGN_OPERATIONS && { WINNING_SIGN_OPERATIONS }),
  };
  assertUsed({ backend: BACKEND, env }, backend.choice);
  return backend;
}
