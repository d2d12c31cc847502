/** Defines the environment in which figures are measured: a folder for files, the sizes, and the processes that measure. */
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
  /** Sizes of three checkpoints in bytes: an ordinary one, a large one, and one that is larger than memory. */
  checkpoint: number;
  large: number;
  huge: number;
  /** Rows and columns of a layer whose picture is drawn, and of one that is panned and zoomed. */
  side: number;
  panned: number;
  /** Number of progress events in a long log, and number of ordinary runs beside it. */
  events: number;
  others: number;
  /** Number of JPEG files to train on, and of files in a long list. */
  images: number;
  listed: number;
  /** Number of seeds of a study with 13 runs for each of them. */
  seeds: number;
  runs: number;
}

export const SIZES: Sizes = {
  ...{ batch: 128, width: 16, wide: 64, steps: 3, least: 500, weights: 25e6 },
  ...{
    checkpoint: 100e6,
    large: 1e9,
    huge: 10e9,
    side: 4096,
    panned: 5000,
    events: 1e6,
    others: 999,
    images: 5_000,
    listed: 100_000,
    seeds: 770,
    runs: 7,
  },
};

/** Tiny sizes, which only test that every figure can be measured. PyTorch 2.13 crashes on a CPU with 2 or 4 channels in NHWC. */
export const TINY: Sizes = {
  ...{ batch: 2, width: 8, wide: 8, steps: 1, least: 0, weights: 1e4 },
  ...{
    checkpoint: 1e5,
    large: 2e5,
    huge: 1e8,
    side: 64,
    panned: 600,
    events: 1e4,
    others: 19,
    images: 20,
    listed: 200,
    seeds: 2,
    runs: 1,
  },
};

export interface Bench {
  sizes: Sizes;
  /** A folder for files of the figures. It is removed afterwards. */
  folder: string;
  /** A Python with torch and numpy. If it is undefined, `absent` has the reason. */
  python: string | undefined;
  absent: string;
  /** Device on which PyTorch runs the GPU figures. The CPU is used only to test that the figures can be measured. */
  peerDevice: PeerDevice;
}

export const PEER_DEVICES = ['cuda', 'cpu'] as const;
export type PeerDevice = (typeof PEER_DEVICES)[number];

export interface Figure {
  /** Names of all rows that the figure may return. `--only` chooses among them. */
  names: readonly string[];
  measure(bench: Bench): Promise<Row[]>;
}

/** The folder with our programs that are measured. */
export const OURS = path.join(__dirname, 'ours');

/** Starts one of our processes. `threads` are for the included backend. */
export function startOurs(env: Record<string, string> = {}): Companion {
  return new Companion(process.execPath, [path.join(OURS, 'main.js')], env);
}

/** Starts a process that measures PyTorch, if there is a Python with torch. */
export function startPeer({ python }: Bench, env: Record<string, string> = {}): Companion | undefined {
  return python === undefined ? undefined : new Companion(python, [path.resolve('test/bench/peer.py')], env);
}

/** Returns the number of steps in one measurement. Times one of our steps to find it. */
export async function stepsOf({ sizes }: Bench, ours: Companion): Promise<number> {
  if (sizes.least === 0) return sizes.steps;
  await ours.ask({ op: 'step', steps: 1 });
  const { ms } = await ours.ask({ op: 'step', steps: 1 });
  return Math.max(sizes.steps, Math.ceil(sizes.least / ms));
}

/** Returns a function that sends a question to a process and returns the milliseconds of the answer. */
export function timed(companion: Companion, question: Question): () => Promise<number>;
export function timed(companion: Companion | undefined, question: Question): (() => Promise<number>) | undefined;
export function timed(companion: Companion | undefined, question: Question) {
  return companion && (async () => (await companion.ask(question)).ms);
}

/** Returns the peak resident memory of a process in MB. */
export async function peakOf(companion: Companion): Promise<number> {
  return ((await companion.ask({ op: 'memory' })) as Answer & { peak: number }).peak / 1e6;
}
