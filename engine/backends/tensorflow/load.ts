/** Finding and loading TensorFlow's native binding, which is optional: on most machines it is absent, and then this says why. */
import { createRequire } from 'node:module';
import util from 'node:util';
import type * as tfjs from '@tensorflow/tfjs-core';

/** The part of tfjs-node used here, beyond tfjs-core. */
export interface TensorFlowNode {
  version: Record<string, string>;
  backend(): tfjs.KernelBackend;
}

export type Loaded = { module: TensorFlowNode; gpu: boolean; problem: '' } | { module: undefined; problem: string };

const PACKAGES = [
  { name: '@tensorflow/tfjs-node-gpu', gpu: true },
  { name: '@tensorflow/tfjs-node', gpu: false },
];

/** The first that loads, the GPU's first; loaded once. */
export function loadTensorFlow(): Loaded {
  return (loaded ??= load());
}

let loaded: Loaded | undefined;

function load(): Loaded {
  supplyRemovedUtilities();
  const require = createRequire(__filename);
  const problems: string[] = [];
  for (const { name, gpu } of PACKAGES) {
    try {
      return { module: require(name) as TensorFlowNode, gpu, problem: '' };
    } catch (error) {
      problems.push(`${name} ${explain(error as NodeJS.ErrnoException, name)}`);
    }
  }
  const remedy =
    'install one with “npm install @tensorflow/tfjs-node-gpu” (or tfjs-node without a GPU), its download allowed';
  return { module: undefined, problem: `${problems.join(', ')}; ${remedy}.` };
}

function explain(error: NodeJS.ErrnoException, name: string): string {
  if (error.code === 'MODULE_NOT_FOUND' && error.message.includes(`'${name}'`)) return 'is not installed';
  if (/tfjs_binding|napi-v\d|native addon|NODE_MODULE|Cannot find module/.test(error.message))
    return 'is installed without its native library';
  return `does not load (${error.message.split('\n')[0]!.trim()})`;
}

/** tfjs-node 4.22 calls two functions that Node 23 removed. */
function supplyRemovedUtilities(): void {
  const removed = {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: (value: unknown) => Array.isArray(value),
  };
  for (const [name, supply] of Object.entries(removed)) if (!(name in util)) Object.assign(util, { [name]: supply });
}
