/** Finding and loading TensorFlow's native binding, which is optional: on most machines it is absent, and then this says why. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';
import { getBackend, setBackend } from '@tensorflow/tfjs-core';
import { processors, threadsAsked } from '../threads';
import { INSTALL, readInstalled, tensorFlowHome } from './installed';
import { requirePrivate, type TensorFlowNode } from './private';

export type Loaded = { module: TensorFlowNode; problem: '' } | { module: undefined; problem: string };

const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** The private install, else the first package that loads, the GPU's first; loaded once. What tfjs computes on is left as it was. */
export function loadTensorFlow(): Promise<Loaded> {
  return (loaded ??= load());
}

let loaded: Promise<Loaded> | undefined;

/** TensorFlow reads these when it starts; a person's own come first. */
const [WITHIN, BETWEEN] = ['TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS'];

/** Threads to start with where nobody says another number; has no effect once it is loaded. */
export function preferThreads(threads: number): void {
  preferred = threads;
}

let preferred: number | undefined;

/** The number it was started with. */
export function tensorFlowThreads(): number {
  return Number(process.env[WITHIN]);
}

async function load(): Promise<Loaded> {
  for (const name of [WITHIN, BETWEEN]) process.env[name] ??= String(threadsAsked() ?? preferred ?? processors());
  // By itself TensorFlow takes oneDNN only where a processor has AVX-512 VNNI or more; with AVX2 a convolution takes half as long by it.
  if (process.arch === 'x64') process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1';
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'; // its greetings, and what it tells of each graph, are no errors
  const before = getBackend() as string | undefined;
  supplyRemovedUtilities();
  const found = aside(() => requireInstalled() ?? requireFirst());
  if (found.module && before) await setBackend(before); // loading makes TensorFlow the one in use
  return found;
}

const ABSENT = 'is not installed';

/** The private install; undefined where there is none. One that does not load is mended or removed, not passed over. */
function requireInstalled(): Loaded | undefined {
  let lost = '';
  try {
    const installed = readInstalled();
    if (!installed) return undefined;
    const { inPlace, python } = installed;
    if (inPlace !== undefined && !existsSync(inPlace)) lost = `: it used that of ${python}, which is gone`;
    return { module: requirePrivate(), problem: '' };
  } catch (error) {
    const why = (error as Error).message.split('\n')[0]!.trim() + lost;
    return { module: undefined, problem: `the installed TensorFlow does not load (${why}); run “${INSTALL}” again.` };
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

/** TensorFlow for Windows comes without its C library. */
function remedy(): string {
  return process.platform === 'win32' ? 'use webgpu or wasm here, or WSL' : `run “${INSTALL}”`;
}

/** Looked for first, because a package without it registers all its kernels before it fails. */
function hasBinding(manifest: string): boolean {
  const lib = path.join(path.dirname(manifest), 'lib');
  const built = existsSync(lib) ? readdirSync(lib) : [];
  return built.some((folder) => existsSync(path.join(lib, folder, 'tfjs_binding.node')));
}

function explain(error: NodeJS.ErrnoException, name: string): string {
  if (error.code === 'MODULE_NOT_FOUND' && error.message.includes(`'${name}/`)) return ABSENT;
  return `does not load (${error.message.split('\n')[0]!.trim()})`;
}

/** What finds the addon takes the command line for its own, so it is shown none; and tfjs warns that it runs on Node. */
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

/** tfjs-node 4.22 calls two functions that Node 23 removed, and of which Node 22 warns. */
export function supplyRemovedUtilities(): void {
  const removed = {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: (value: unknown) => Array.isArray(value),
  };
  Object.assign(util, removed);
}
