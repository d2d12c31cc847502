/** Finding and loading TensorFlow's native binding, which is optional: on most machines it is absent, and then this says why. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import util from 'node:util';
import { getBackend, setBackend } from '@tensorflow/tfjs-core';

/** The part of tfjs-node used here, beyond tfjs-core. */
export interface TensorFlowNode {
  version: Record<string, string>;
}

export type Loaded = { module: TensorFlowNode; problem: '' } | { module: undefined; problem: string };

const PACKAGES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;

/** The first that loads, the GPU's first; loaded once. What tfjs computes on is left as it was. */
export function loadTensorFlow(): Promise<Loaded> {
  return (loaded ??= load());
}

let loaded: Promise<Loaded> | undefined;

async function load(): Promise<Loaded> {
  const before = getBackend() as string | undefined;
  const found = requireFirst();
  if (found.module && before) await setBackend(before); // loading makes TensorFlow the one in use
  return found;
}

const ABSENT = 'is not installed';

function requireFirst(): Loaded {
  supplyRemovedUtilities();
  const require = createRequire(__filename);
  const problems: string[] = [];
  for (const name of PACKAGES) {
    try {
      if (hasBinding(require.resolve(`${name}/package.json`)))
        return { module: require(name) as TensorFlowNode, problem: '' };
      problems.push(`${name} is installed without its native library`);
    } catch (error) {
      problems.push(`${name} ${explain(error as NodeJS.ErrnoException, name)}`);
    }
  }
  return { module: undefined, problem: `${problems.join(', ')}; ${remedyFor(problems)}` };
}

/** What is absent has to be installed; what lacks its library, to be built or fetched again. */
function remedyFor(problems: string[]): string {
  const verb = problems.every((problem) => problem.endsWith(ABSENT)) ? 'install' : 'rebuild';
  return `“npm ${verb} ${PACKAGES[0]}” (without a GPU ${PACKAGES[1]}) where its download is allowed.`;
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

/** tfjs-node 4.22 calls two functions that Node 23 removed. */
function supplyRemovedUtilities(): void {
  const removed = {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: (value: unknown) => Array.isArray(value),
  };
  for (const [name, supply] of Object.entries(removed)) if (!(name in util)) Object.assign(util, { [name]: supply });
}
