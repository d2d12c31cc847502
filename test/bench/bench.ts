/** The environment of every figure: a folder for its files, the sizes to measure, and the processes to measure in. */
import path from 'node:path';
import { Companion, type Answer, type Question } from './companion';
import type { Row } from './measure';

export interface Sizes {
  batch: number;
  /** Channels of the first stage of ResNet-20. They also decide the sizes of the other networks. */
  width: number;
  /** Channels of the first stage of the ResNet-50 that a GPU trains. */
  wide: number;
  /** A measurement has at least this many steps and lasts at least this many milliseconds. */
  steps: number;
  least: number;
  /** Number of weights that are pruned together. */
  weights: number;
  /** Sizes in bytes of an ordinary checkpoint, of a large one, and of one that is larger than memory. */
  checkpoint: number;
  large: number;
  huge: number;
  /** Number of progress events in a long log. */
  events: number;
  runs: number;
}

export const SIZES: Sizes = {
  ...{ batch: 128, width: 16, wide: 64, steps: 3, least: 500, weights: 25e6 },
  ...{ checkpoint: 100e6, large: 1e9, huge: 10e9, events: 1e6, runs: 7 },
};

/** Sizes to check that every figure can be measured. PyTorch 2.13 crashes on a CPU with 2 or 4 channels in NHWC. */
export const TINY: Sizes = {
  ...{ batch: 2, width: 8, wide: 8, steps: 1, least: 0, weights: 1e4 },
  ...{ checkpoint: 1e5, large: 2e5, huge: 1e8, events: 1e4, runs: 1 },
};

export interface Bench {
  sizes: Sizes;
  /** A folder for files of the figures. It is removed afterwards. */
  folder: string;
  /** A Python with torch and numpy; undefined if there is none, and then `absent` says why. */
  python: string | undefined;
  absent: string;
  /** Device of the peer for the figures of the GPU. The CPU is only used to check that they can be measured. */
  peerDevice: PeerDevice;
}

export const PEER_DEVICES = ['cuda', 'cpu'] as const;
export type PeerDevice = (typeof PEER_DEVICES)[number];

export interface Figure {
  /** Names of all rows that the figure may return. `--only` chooses among them. */
  names: readonly string[];
  measure(bench: Bench): Promise<Row[]>;
}

/** Starts one of our processes. `threads` are for the included backend. */
export function startOurs(env: Record<string, string> = {}): Companion {
  return new Companion(process.execPath, [path.join(__dirname, 'ours', 'main.js')], env);
}

/** Starts a process of the peer, if there is a peer. */
export function startPeer({ python }: Bench, env: Record<string, string> = {}): Companion | undefined {
  return python === undefined ? undefined : new Companion(python, [path.resolve('test/bench/peer.py')], env);
}

/** Returns how many steps each side takes at a time, from the time of one of our steps. */
export async function stepsOf({ sizes }: Bench, ours: Companion): Promise<number> {
  if (sizes.least === 0) return sizes.steps;
  await ours.ask({ op: 'step', steps: 1 });
  const { ms } = await ours.ask({ op: 'step', steps: 1 });
  return Math.max(sizes.steps, Math.ceil(sizes.least / ms));
}

/** Returns a function that sends the same question and returns its milliseconds. */
export function timed(companion: Companion, question: Question): () => Promise<number>;
export function timed(companion: Companion | undefined, question: Question): (() => Promise<number>) | undefined;
export function timed(companion: Companion | undefined, question: Question) {
  return companion && (async () => (await companion.ask(question)).ms);
}

/** Returns the peak resident memory of a process in MB. */
export async function peakOf(companion: Companion): Promise<number> {
  return ((await companion.ask({ op: 'memory' })) as Answer & { peak: number }).peak / 1e6;
}
