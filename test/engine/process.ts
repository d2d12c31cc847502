/** Runs the engine as a process: the real command line with small artificial data. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeSafetensors } from '../../engine/checkpoints/write';
import type { RunEvent } from '../../engine/protocol';
import { random } from '../../engine/random';
import { until } from '../until';
import type { SignalAt } from './signalAtEvent';

export const CLI = path.resolve('dist/engine/cli.js');

export interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcess;
  ended: Promise<Ended>;
}

const running = new Set<ChildProcess>();

/** Ends processes that a test started and did not wait for. Runs after each test. */
export function endRunning(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Returns the environment of the command line: the wasm backend has one thread. */
export function environment(more: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { ...process.env, WINNING_SIGN_THREADS: '1', WINNING_SIGN_COMMAND: 'winning-sign', ...more };
}

/** Starts the command line with the wasm backend on one thread and with `env`. It ends with the test. */
export function start(args: string[], env: Record<string, string> = {}, cwd?: string): Running {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (bytes: Buffer) => (stdout += bytes.toString()));
  child.stderr.on('data', (bytes: Buffer) => (stderr += bytes.toString()));
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code) => {
      running.delete(child);
      resolve({ code, stdout, stderr });
    }),
  );
  return { child, ended };
}

/**
 * Starts the command line with `env`, which sends itself signals as soon as it has logged an event of this type. So the signals come at the same
 * place of a run, however busy the machine is.
 */
export function startUntil(
  type: RunEvent['type'],
  signals: NodeJS.Signals | NodeJS.Signals[],
  args: string[],
  env: Record<string, string> = {},
): Running {
  const at: SignalAt = { type, count: 1, signals: [signals].flat() };
  const NODE_OPTIONS = `--require ${JSON.stringify(path.join(__dirname, 'signalAtEvent.js'))}`;
  return start(args, { ...env, NODE_OPTIONS, WINNING_SIGN_SIGNAL_AT: JSON.stringify(at) });
}

/** Waits until a process has suspended itself by SIGSTOP. */
export async function untilSuspended({ child }: Running): Promise<void> {
  const state = () => spawnSync('ps', ['-o', 'state=', '-p', String(child.pid)], { encoding: 'utf8' }).stdout.trim();
  await until(`process ${child.pid} is suspended`, () => state().startsWith('T'));
}

export function cli(...args: string[]): Promise<Ended> {
  return start(args).ended;
}

/** Returns the document that a verb prints with `--json`. Throws the output if it is not JSON. */
export async function cliJson<T>(...args: string[]): Promise<T> {
  return documentOf(await cli(...args, '--json')) as T;
}

/** Returns the document in the output of a verb. Throws the output if it is not JSON. */
export function documentOf({ stdout, stderr }: Ended): unknown {
  try {
    return JSON.parse(stdout) as unknown;
  } catch {
    throw new Error(`no JSON: ${stdout}${stderr}`);
  }
}

const CLASSES = 4;
const SIZE = 8;

/** Writes images of 8 × 8 noise with one bright quadrant, which decides the class. A network learns this in a few steps. */
export async function writeData(folder: string, count = 160): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const source = random(1, 'made-up images');
  const images = new Uint8Array(count * SIZE * SIZE);
  const labels = new BigInt64Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = BigInt(i % CLASSES);
    for (let pixel = 0; pixel < SIZE * SIZE; pixel++) {
      const quadrant = 2 * Number(pixel >= (SIZE * SIZE) / 2) + Number(pixel % SIZE >= SIZE / 2);
      images[i * SIZE * SIZE + pixel] = source.below(100) + (quadrant === i % CLASSES ? 120 : 0);
    }
  }
  const tensors = new Map([
    ['x', { dtype: 'U8' as const, shape: [count, SIZE, SIZE], data: images }],
    ['y', { dtype: 'I64' as const, shape: [count], data: labels }],
  ]);
  await writeSafetensors(path.join(folder, 'data.safetensors'), { tensors, metadata: {} });
}

const SPLIT = { images: 'x', labels: 'y' };

/** Options of a run with the images of `writeData` that takes about a second. */
export const QUICK = {
  method: 'aws',
  model: { model: 'convnet', options: { widths: [4, 8] } },
  dataset: {
    format: 'safetensors',
    path: 'data.safetensors',
    train: { ...SPLIT, rows: [0, 128] },
    test: { ...SPLIT, rows: [128, 160] },
  },
  rounds: 2,
  pruningFraction: 0.3,
  warmupEpochs: 2,
  epochsPerRound: 1,
  finalEpochs: 2,
  learningRate: 0.05,
  batchSize: 16,
  seed: 3,
  backend: 'wasm',
};

/** Writes a run file for the images of `writeData`. */
export function writeRunFile(file: string, options: object = {}): void {
  writeFileSync(file, JSON.stringify({ ...QUICK, ...options }));
}

/** Returns the events that a run has logged. */
export function readEvents(directory: string): RunEvent[] {
  const lines = readFileSync(path.join(directory, 'events.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as RunEvent);
}

/** Waits until one of these runs has logged `count` events of this type. */
export async function untilEvent(directories: string | string[], type: RunEvent['type'], count = 1): Promise<void> {
  const logs = [directories].flat().map((directory) => path.join(directory, 'events.jsonl'));
  const hasEvent = (log: string) =>
    existsSync(log) && readFileSync(log, 'utf8').split(`"type":"${type}"`).length > count;
  await until(`there is an event "${type}" in ${logs.join(' or ')}`, () => logs.some(hasEvent));
}
