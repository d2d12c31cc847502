/** Operations that prune and inspect checkpoints. */
import { open, readFile } from 'node:fs/promises';
import { compareCheckpoints } from '../../../engine/inspection/compare';
import { describeCheckpoint } from '../../../engine/inspection/describe';
import { inspect } from '../../../engine/inspection/inspect';
import { pruneByMagnitude } from '../../../engine/lottery/prune';
import { random } from '../../../engine/random';
import type { NetworkState } from '../../../engine/tensors';
import type { Operation } from './main';

const LAYERS = 50;

let network: NetworkState;

const preparePrune: Operation = ({ count }) => {
  const size = Math.ceil((count as number) / LAYERS);
  const source = random(1, 'bench');
  network = { tensors: new Map(), masks: new Map() };
  for (let layer = 0; layer < LAYERS; layer++) {
    const data = new Float32Array(size).map(() => source.normal());
    network.tensors.set(`${layer}.weight`, { dtype: 'F32', shape: [size], data });
    network.masks.set(String(layer), new Uint8Array(size).fill(1));
  }
  return {};
};

const READ = 2 ** 21;

/** Reads all bytes into one buffer and ignores them. An inspection cannot be faster than this. */
const pass: Operation = async ({ file }) => {
  const handle = await open(file as string, 'r');
  const bytes = Buffer.allocUnsafeSlow(READ);
  while ((await handle.read(bytes, 0, READ)).bytesRead > 0);
  await handle.close();
  return {};
};

export const fileOperations: Record<string, Operation> = {
  'prune.prepare': preparePrune,
  prune: () => {
    const { kept, threshold } = pruneByMagnitude(network, 0.2);
    return { kept, threshold };
  },
  read: async ({ file }) => ({ bytes: (await readFile(file as string)).length }),
  pass,
  inspect: async ({ file }) => ({ tensors: (await inspect(file as string)).tensors.length }),
  compare: async ({ a, b }) => ({ total: (await compareCheckpoints(a as string, b as string)).total }),
  open: async ({ file }) => ({ tensors: (await describeCheckpoint(file as string)).tensors.length }),
};
