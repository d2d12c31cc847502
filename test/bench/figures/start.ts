/** Measures how long programs take to start. Compares the values with the promised limits. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { CLI } from '../../engine/process';
import { startServer } from '../../engine/serverProcess';
import { OURS, type Figure } from '../bench';
import { duel, type Timed } from '../measure';

/** Returns the milliseconds from the start of the server's process to its first answer. */
export async function serverStart(): Promise<number> {
  const began = performance.now();
  const server = await startServer();
  const ms = performance.now() - began;
  await server.close();
  return ms;
}

const OPTIONS = { method: 'lrr', model: 'convnet', dataset: 'sample', backend: 'wasm', seed: 1 };
/** Interval at which the log of a run is read, in ms. It is much shorter than a start. */
const LOOK_MS = 2;

/** Returns the milliseconds from the start of `winning-sign run` until its log has the first training step. */
export async function runStart(folder: string): Promise<number> {
  const [place, file] = [path.join(folder, 'start'), path.join(folder, 'start.sign.json')];
  await mkdir(folder, { recursive: true });
  await writeFile(file, JSON.stringify(OPTIONS));
  const began = performance.now();
  const child = spawn(process.execPath, [CLI, 'run', file, '--dir', place], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'close');
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  try {
    while (!(await logOf(place)).includes('"type":"progress"')) {
      if (child.exitCode !== null) throw new Error(`the run ended before its first step: ${said}`);
      await delay(LOOK_MS);
    }
    return performance.now() - began;
  } finally {
    child.kill('SIGKILL');
    await ended;
    await rm(place, { recursive: true, force: true });
  }
}

/** Returns the log of a run, which is empty until there is one. */
async function logOf(directory: string): Promise<string> {
  return readFile(path.join(directory, 'events.jsonl'), 'utf8').catch(() => '');
}

/** Returns the milliseconds that a process needs to load and to activate the extension, without the time of VS Code. */
export async function extensionStart(): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(OURS, 'activate.js')]);
  const { load, activate } = JSON.parse(stdout) as { load: number; activate: number };
  return load + activate;
}

export const startFigures: readonly Figure[] = [
  within(
    'start/run',
    { limit: 1_000, note: 'winning-sign run with the sample on wasm, to its first training step' },
    (folder) => () => runStart(folder),
  ),
  within('start/server', { limit: 150, note: 'from the start of the process to its first answer' }, () => serverStart),
  within(
    'start/extension',
    { limit: 30, note: 'CPU time of loading and activating the extension, without VS Code' },
    () => extensionStart,
  ),
];

/** Compares a start with its limit. */
function within(
  name: string,
  { limit, note }: { limit: number; note: string },
  start: (folder: string) => Timed,
): Figure {
  return {
    names: [name],
    measure: async ({ sizes, folder }) => {
      const limited = { theirs: () => Promise.resolve(limit), unit: 'ms', note: `${note}; theirs: the limit` };
      return [{ name, ...(await duel({ ours: start(folder), ...limited }, sizes.runs)) }];
    },
  };
}
