/** The private installation of TensorFlow: its files and its record. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { command } from '../../commands';
import { UserError } from '../../errors';
import type { Download } from '../../vocabulary/installation';
import type { OperationSet } from '../../vocabulary/runEvents';
import { backendHome } from '../../home';

/** `installed.json`: what was installed, from where, and with what. */
export interface InstalledTensorFlow {
  /** Version of TensorFlow. */
  version: string;
  gpu: boolean;
  /** Path of the Python program. Either its pip listed the files to download, or its TensorFlow is used. */
  python: string;
  /** The folder of the libraries if they belong to that Python. Absent if they were downloaded. */
  inPlace?: string;
  /** All downloads. The hash of each was checked. */
  downloads: Download[];
  tfjsNode: string;
  compiler: string;
  /** Winning Sign's operations. Absent in installations of version 0.1. */
  operations?: BuiltOperations;
  platform: string;
  /** ISO 8601. */
  at: string;
}

/** Winning Sign's operations for TensorFlow. */
export interface BuiltOperations {
  /** The sets that were compiled, without those that failed a test. */
  sets: OperationSet[];
  /** For each set that was not compiled or failed a test: the reason. */
  problems?: string[];
  /** The hash of the sources that were compiled (`hashSources`). Absent in installations from before it was recorded, which lack operations. */
  sources?: string;
}

/** Returns the folder of the private installation. The folder may not exist. */
export function tensorFlowHome(): string {
  return backendHome('tensorflow');
}

/** The files of the private installation. No other code knows their names. */
export const places = {
  record: (home: string) => path.join(home, 'installed.json'),
  addon: (home: string) => path.join(home, 'tfjs_binding.node'),
  operations: (home: string, set: OperationSet) => path.join(home, `operations-${set}.node`),
  /** The folder of the libraries. It has the same layout as in Python: `tensorflow/` next to `nvidia/`. */
  libraries: (home: string) => path.join(home, 'libraries'),
  /** The JavaScript of tfjs-node. */
  tfjsNode: (home: string) => path.join(home, 'node_modules', '@tensorflow', 'tfjs-node'),
  /** The names under which tfjs-node finds the tfjs-core of the engine. */
  bridges: (home: string) => ({
    '@tensorflow/tfjs': path.join(home, 'node_modules', '@tensorflow', 'tfjs'),
    '@tensorflow/tfjs-core': path.join(home, 'node_modules', '@tensorflow', 'tfjs-core'),
  }),
};

/** Reads the record of a private installation; undefined if there is none. */
export function readInstalled(home = tensorFlowHome()): InstalledTensorFlow | undefined {
  const file = places.record(home);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as InstalledTensorFlow;
  } catch (error) {
    throw new UserError(`${file} cannot be read. Run “${INSTALL}”.`, { cause: error });
  }
}

/** The command that makes or repairs the private installation. */
export const INSTALL = command('backends', 'install', 'tensorflow');

/** The name under which tfjs-node gets the tfjs-core of the engine. Existing installations contain this name, so it must not change. */
export const SHARED_TFJS = 'winning-sign.tfjs';
