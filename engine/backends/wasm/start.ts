/** The included backend: tfjs' WASM backend with SIMD and threads. Adds the kernels for training that tfjs does not have. */
import { engine, removeBackend, setBackend, type KernelBackend } from '@tensorflow/tfjs-core';
import { setWasmPaths, version_wasm } from '@tensorflow/tfjs-backend-wasm';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { BackendReport } from '../../vocabulary/backends';
import type { Backend } from '../backend';
import { eager } from '../eager';
import type { KernelSet } from '../../vocabulary/runEvents';
import { choiceFrom } from '../../environment';
import { threadLimit } from '../../threads';
import { hasRelaxed } from './simd/load';
import { registerBatchNorm } from './batchNorm';
import { registerActivations } from './activations';
import { registerConvolution } from './convolution';
import { registerDepthwise } from './depthwise';
import { registerDropout } from './dropout';
import { registerScale } from './scale';
import { registerSlices } from './slices';
import { registerSoftmax } from './softmax';
import { startPool, type HeapBackend } from './heap';
import { registerElementwise } from './elementwise';
import { registerIdentity } from './identity';
import { registerLayerNorm } from './layerNorm';
import { registerLoss } from './loss';
import { registerMatMul } from './matMul';
import { registerMaxPool } from './maxPool';
import { registerTranspose } from './transpose';
import { createParameters } from './optimizer';
import { MOST_THREADS, type PoolOptions } from './pool';
import { withSharedMemory } from './sharedMemory';

const BINARY = 'tfjs-backend-wasm-threaded-simd.wasm';

/** Starts the backend, or returns the running one, because a process has only one heap. Makes it the current backend of tfjs. */
export async function startWasm(): Promise<Backend> {
  const backend = await (running ??= start());
  await setBackend('wasm');
  return backend;
}

let running: Promise<Backend> | undefined;

async function start(): Promise<Backend> {
  const threads = ownThreads();
  setWasmPaths(`${binaryFolder()}${path.sep}`);
  const initialize = async () => {
    if (!(await setBackend('wasm'))) throw new Error('the WASM backend did not start');
  };
  await (threads > 1 ? withSharedMemory(initialize) : initialize());
  registerKernels();
  const backend = engine().backend as KernelBackend & HeapBackend;
  const wanted = kernelsToUse();
  const pool = startPool(backend, { threads, ...wanted });
  const kernels = kernelsName(wanted, pool.fuses);
  return {
    choice: { name: 'wasm', device: device(threads), threads, kernels, deterministic: true, reason: wanted.reason },
    ...eager,
    createParameters: (segments, optimizer) => createParameters(backend, segments, optimizer),
    dispose: () => {
      running = undefined;
      pool.dispose();
      removeBackend('wasm');
    },
  };
}

/**
 * Sets the kernels to start with, because a run resumes with those it had; undefined for the default. Has no effect if the user has set
 * WINNING_SIGN_KERNELS, if this program cannot execute them, or if the backend is running.
 */
export function preferKernels(kernels: KernelSet | undefined): void {
  preferred = kernels;
}

let preferred: KernelSet | undefined;

/** The kernels of a new run, if this program can execute them. */
export const DEFAULT_KERNELS: KernelSet = 'relaxed, winograd, gelu32';

type KernelsToUse = Pick<PoolOptions, 'set' | 'winograd' | 'gelu32'>;

/** Returns the kernels that the user has set, those of the run before, or the fastest that this program can execute. */
function kernelsToUse(): KernelsToUse & { reason: string } {
  const chosen = choiceFrom('WINNING_SIGN_KERNELS');
  const wanted = chosen ?? preferred ?? DEFAULT_KERNELS;
  const isRelaxed = wanted.startsWith('relaxed') && hasRelaxed();
  const reason =
    chosen?.startsWith('relaxed') && !isRelaxed
      ? `WINNING_SIGN_KERNELS is “${chosen}”, but Node.js ${process.versions.node} has no relaxed vector instructions, so the ordinary ones are used.`
      : '';
  const additions = { winograd: wanted.includes('winograd'), gelu32: wanted.includes('gelu32') };
  return { set: isRelaxed ? 'relaxed' : 'simd', ...additions, reason };
}

/** Returns the name of a set. No set has `gelu32` without `winograd`. */
function kernelsName({ set, winograd, gelu32 }: KernelsToUse, fuses = false): KernelSet {
  const instructions = set === 'relaxed' && fuses ? 'relaxed, fused' : set;
  if (gelu32) return `${instructions}, winograd, gelu32`;
  return winograd ? `${instructions}, winograd` : instructions;
}

/** Reports whether the backend can be used, without starting it. */
export function reportWasm(): BackendReport {
  const report = { name: 'wasm', version: version_wasm } as const;
  try {
    binaryFolder();
    return { ...report, usable: true, device: device(ownThreads()), problem: '', kernels: kernelsName(kernelsToUse()) };
  } catch (error) {
    return { ...report, usable: false, device: '', problem: (error as Error).message };
  }
}

let registered = false;

function registerKernels(): void {
  if (registered) return;
  registered = true;
  registerBatchNorm();
  registerActivations();
  registerConvolution();
  registerDepthwise();
  registerDropout();
  registerScale();
  registerSlices();
  registerSoftmax();
  registerElementwise();
  registerIdentity();
  registerLayerNorm();
  registerLoss();
  registerMatMul();
  registerMaxPool();
  registerTranspose();
}

/** Number of threads. Results do not depend on it. */
function ownThreads(): number {
  return threadLimit(MOST_THREADS).threads;
}

function device(threads: number): string {
  return `${threads} ${threads === 1 ? 'thread' : 'threads'}, SIMD`;
}

/** In the bundled program, the .wasm files are next to it. Otherwise they are in the npm package. */
function binaryFolder(): string {
  if (existsSync(path.join(__dirname, BINARY))) return __dirname;
  const manifest = createRequire(__filename).resolve('@tensorflow/tfjs-backend-wasm/package.json');
  return path.join(path.dirname(manifest), 'dist');
}
