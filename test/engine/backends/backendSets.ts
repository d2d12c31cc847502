/** All backends with all sets of kernels. A process has only one set, so tests start processes for the others. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { reportBackends } from '../../../engine/backends/report';
import { readInstalled } from '../../../engine/backends/tensorflow/installed';
import { executableSets, setsFor } from '../../../engine/backends/tensorflow/instructions';
import type { BackendReport } from '../../../engine/protocol';
import type { BackendChoice, OperationSet } from '../../../engine/vocabulary/runEvents';
import './softwareVulkan';

export interface BackendSet {
  /** For example “wasm with relaxed SIMD”. */
  name: string;
  backend: BackendReport['name'];
  /** The variables with which a process uses this set. */
  env: Record<string, string>;
}

/** The variables with which a process finds that it cannot execute relaxed vector instructions. */
export const DENY_RELAXED = { NODE_OPTIONS: `--require "${path.join(__dirname, 'denyRelaxed.js')}"` };

/** All sets, also those that cannot be used here. */
export const BACKEND_SETS: readonly BackendSet[] = [
  ofWasm('wasm with ordinary SIMD', 'simd'),
  ofWasm('wasm with relaxed SIMD', 'relaxed'),
  ofWasm('wasm with ordinary SIMD and Winograd transforms', 'simd, winograd'),
  ofWasm('wasm with relaxed SIMD and Winograd transforms', 'relaxed, winograd'),
  ofWasm('wasm with ordinary SIMD, Winograd transforms and GELU in single precision', 'simd, winograd, gelu32'),
  ofWasm('wasm with relaxed SIMD, Winograd transforms and GELU in single precision', 'relaxed, winograd, gelu32'),
  ofTensorFlow('tensorflow with only its own operations', 'none'),
  ...setsFor().map((set) => ofTensorFlow(`tensorflow with Winning Sign's operations (${set})`, set)),
  { name: 'webgpu', backend: 'webgpu', env: {} },
];

function ofWasm(name: string, kernels: string): BackendSet {
  return { name, backend: 'wasm', env: { WINNING_SIGN_KERNELS: kernels } };
}

function ofTensorFlow(name: string, set: OperationSet | 'none'): BackendSet {
  return { name, backend: 'tensorflow', env: { WINNING_SIGN_OPERATIONS: set } };
}

/** Returns why a set cannot be used here, or undefined if it can. */
export async function whyUnusable({ backend, env }: BackendSet): Promise<string | undefined> {
  const { problem, operations: found, operationsProblem } = await reportOf(backend);
  const operations = env['WINNING_SIGN_OPERATIONS'] as OperationSet | 'none' | undefined;
  if (problem || operations === undefined || operations === 'none') return problem || undefined;
  if (!executableSets().includes(operations)) return `This processor cannot execute ${operations}.`;
  if (!found) return operationsProblem; // for example because another version compiled them
  const { sets, problems = [] } = readInstalled()?.operations ?? { sets: [] };
  return sets.includes(operations) ? undefined : problems.join(' ') || operationsProblem;
}

/** Whether a CPU computes what a GPU should. */
export async function isSoftware({ backend }: BackendSet): Promise<boolean> {
  return (await reportOf(backend)).software === true;
}

/** Returns the report on a backend of this machine. */
export async function reportOf(backend: BackendReport['name']): Promise<BackendReport> {
  reports ??= reportBackends();
  return (await reports).find(({ name }) => name === backend)!;
}

let reports: Promise<BackendReport[]> | undefined;

/** Asserts that a process has used a set. */
export function assertUsed({ backend, env }: Pick<BackendSet, 'backend' | 'env'>, choice: BackendChoice): void {
  assert.equal(choice.name, backend);
  const { WINNING_SIGN_KERNELS: kernels, WINNING_SIGN_OPERATIONS: operations } = env;
  if (kernels !== undefined) assert.equal(choice.kernels?.replace(', fused', ''), kernels);
  if (operations !== undefined) assert.equal(choice.operations ?? 'none', operations);
}
