/** The private install of TensorFlow: its files and its record. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../errors';
import type { Download } from '../../vocabulary/installation';
import { backendHome } from '../home';

/** `installed.json`: what was installed, from where, and with what. */
export interface InstalledTensorFlow {
  /** Version of TensorFlow. */
  version: string;
  gpu: boolean;
  /** The Python whose pip found the files, or whose TensorFlow is used in place. */
  python: string;
  /** The folder of the libraries, if they belong to that Python; absent if they were downloaded. */
  inPlace?: string;
  /** All downloads, with the hashes they were checked against. */
  downloads: Download[];
  tfjsNode: string;
  compiler: string;
  platform: string;
  /** ISO 8601. */
  at: string;
}

/** Returns the folder of the private install, which may not exist. */
export function tensorFlowHome(): string {
  return backendHome('tensorflow');
}

/** The only place that knows the file names in it. */
export const places = {
  record: (home: string) => path.join(home, 'installed.json'),
  addon: (home: string) => path.join(home, 'tfjs_binding.node'),
  /** Same layout as in Python: `tensorflow/` beside `nvidia/`. */
  libraries: (home: string) => path.join(home, 'libraries'),
  /** The JavaScript of tfjs-node. */
  tfjsNode: (home: string) => path.join(home, 'node_modules', '@tensorflow', 'tfjs-node'),
  /** Under these names tfjs-node finds the engine's tfjs-core. */
  bridges: (home: string) => ({
    '@tensorflow/tfjs': path.join(home, 'node_modules', '@tensorflow', 'tfjs'),
    '@tensorflow/tfjs-core': path.join(home, 'node_modules', '@tensorflow', 'tfjs-core'),
  }),
};

/** Reads the record of a private install; undefined if there is none. */
export function readInstalled(home = tensorFlowHome()): InstalledTensorFlow | undefined {
  const file = places.record(home);
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as InstalledTensorFlow;
  } catch (error) {
    throw new UserError(`${file} cannot be read; run “${INSTALL}”.`, { cause: error });
  }
}

/** The command that makes or repairs the private install. */
export const INSTALL = 'winning-sign backends install tensorflow';

/** The name under which the engine's tfjs-core is handed to tfjs-node; part of what is installed, so it stays. */
export const SHARED_TFJS = 'winning-sign.tfjs';
