/** Finds and loads TensorFlow's native binding. TensorFlow is optional: if it is missing, `problem` says why. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';
import { getBackend, setBackend } from '@tensorflow/tfjs-core';
import { threadLimit } from '../../threads';
import { INSTALL, readInstalled, tensorFlowHome } from './installed';
import { requirePrivate, type TensorFlowNode } from './private';

export type Loaded = { module: TensorFlowNode; problem: '' } | { module: undefined; problem: string };

const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/**
 * Loads the private installation, or if there is none, the first package that loads. The GPU package is tried first. TensorFlow is
 * loaded only once. The current backend of tfjs does not change.
 */
export function loadTensorFlow(): Promise<Loaded> {
  return (loaded ??= load());
}

let loaded: Promise<Loaded> | undefined;

/** Sets environment variables that TensorFlow reads when it starts. Does not change variables that the user has set. */
const [WITHIN, BETWEEN] = ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS'];

/**
 * Sets the number of threads to start with; undefined for the default. Has no effect if the user has set a number, if this process may only use fewer threads, or if
 * TensorFlow is already loaded.
 */
export function preferThreads(threads: number | undefined): void {
  preferred = threads;
}

let preferred: number | undefined;

/** The number of threads that TensorFlow was started with. */
export function tensorFlowThreads(): number {
  return Number(process.env[WITHIN]);
}

async function load(): Promise<Loaded> {
  const { threads, by } = threadLimit();
  const wanted = by === 'WINNING_SIGN_THREADS' ? threads : Math.min(threads, preferred ?? threads);
  for (const name of [WITHIN, BETWEEN]) process.env[name] ??= String(wanted);
  // By default, TensorFlow uses oneDNN only with AVX-512 VNNI or better. With AVX2, oneDNN halves the time of a convolution.
  if (process.arch === 'x64') process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'; // its start messages and graph messages are not errors
  const before = getBackend() as string | undefined;
  supplyRemovedUtilities();
  const found = aside(() => requireInstalled() ?? requireFirst());
  if (found.module && before) await setBackend(before); // loading makes TensorFlow the current backend
  return found;
}

const ABSENT = 'is not installed';

/**
 * Loads the private installation; returns undefined if there is none. If it does not load, returns the problem, so that the user
 * repairs or removes it.
 */
function requireInstalled(): Loaded | undefined {
  let lost = '';
  try {
    const installed = readInstalled();
    if (!installed) return undefined;
    const { inPlace, python } = installed;
    if (inPlace !== undefined && !existsSync(inPlace))
      lost = `: it uses the TensorFlow of ${python}, which is missing now`;
    return { module: requirePrivate(), problem: '' };
  } catch (error) {
    const why = (error as Error).message.split('\n')[0]!.trim() + lost;
    return { module: undefined, problem: `the installed TensorFlow does not load (${why}). Run “${INSTALL}” again.` };
  }
}

function requireFirst(): Loaded {
  const require = createRequire(__filename);
  const problems = [`there is no TensorFlow in ${tensorFlowHome()}`];
  for (const name of PACKAGES) {
    try {
      if (hasBinding(require.resolve(`${name}/package.json`)))
        return { module: require(name) as TensorFlowNode, problem: '' };
      problems.push(`${name} is installed without its native library`);
    } catch (error) {
      problems.push(`${name} ${explain(error as NodeJS.ErrnoException, name)}`);
    }
  }
  return { module: undefined, problem: `${problems.join(', ')}; ${remedy()}.` };
}

/** Returns what the user can do. On Windows nothing can be installed, because TensorFlow for Windows does not include its C library. */
function remedy(): string {
  return process.platform === 'win32' ? 'use webgpu or wasm here, or WSL' : `run “${INSTALL}”`;
}

/**
 * Whether a package has its native library. This is checked before loading: a package without the library registers its kernels before
 * it fails.
 */
function hasBinding(manifest: string): boolean {
  const lib = path.join(path.dirname(manifest), 'lib');
  const built = existsSync(lib) ? readdirSync(lib) : [];
  return built.some((folder) => existsSync(path.join(lib, folder, 'tfjs_binding.node')));
}

function explain(error: NodeJS.ErrnoException, name: string): string {
  if (error.code === 'MODULE_NOT_FOUND' && error.message.includes(`'${name}/`)) return ABSENT;
  return `does not load (${error.message.split('\n')[0]!.trim()})`;
}

/**
 * Loads a module with an empty process.argv, because the module that finds the addon parses process.argv. Suppresses tfjs' warning
 * about Node.
 */
function aside<T>(load: () => T): T {
  const { argv } = process;
  const { warn } = console;
  process.argv = argv.slice(0, 2);
  console.warn = () => undefined;
  try {
    return load();
  } finally {
    process.argv = argv;
    console.warn = warn;
  }
}

/** Supplies two functions that tfjs-node 4.22 calls. Node 23 removed these functions, and Node 22 warns about them. */
export function supplyRemovedUtilities(): void {
  const removed = {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: (value: unknown) => Array.isArray(value),
  };
  Object.assign(util, removed);
}
