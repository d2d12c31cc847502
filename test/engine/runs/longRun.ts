/** Makes run directories that look like weeks of training. */
import { appendFileSync, closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { RunEvent } from '../../../engine/protocol';
import { checkOptions } from '../../../engine/runs/options';
import { recordOf } from '../../../engine/runs/record';

const MEASURED = { loss: 1.234567, accuracy: 56.78 };
const STEPS = 100;
const LINES_AT_ONCE = 10_000;

/** Returns the loss of the nth progress event of a run. It falls, with one peak in each hundred thousand events. */
export function lossAt(n: number): number {
  return n % 100_000 === 54_321 ? 9.5 : 2 / (1 + n / 10_000) + ((n * 7919) % 101) / 1000;
}

/** Makes the directory of a search with this many progress events, one hundred in each epoch. */
export function makeLongRun(directory: string, progress: number, options: object = {}): void {
  mkdirSync(directory, { recursive: true });
  const given = {
    method: 'lrr',
    model: 'mlp',
    dataset: 'sample',
    warmupEpochs: Math.ceil(progress / STEPS),
    rounds: 1,
  };
  const record = recordOf(path.basename(directory), checkOptions({ ...given, ...options }, 'x.sign.json'));
  writeFileSync(path.join(directory, 'run.json'), JSON.stringify(record));
  const log = openSync(path.join(directory, 'events.jsonl'), 'w');
  const started: RunEvent = {
    type: 'started',
    time: 1,
    backend: { name: 'wasm', device: 'CPU', threads: 1, deterministic: true, reason: '' },
    layers: [{ name: 'fc1', shape: [10, 10], count: 100 }],
    parameters: { prunable: 100, all: 120 },
  };
  let lines = [JSON.stringify(started)];
  const write = () => {
    writeSync(log, lines.map((line) => `${line}\n`).join(''));
    lines = [];
  };
  for (let n = 0; n < progress; n++) {
    lines.push(JSON.stringify(progressAt(n)));
    if (n % STEPS === STEPS - 1) lines.push(JSON.stringify(epochAt(Math.floor(n / STEPS), progress)));
    if (lines.length >= LINES_AT_ONCE) write();
  }
  write();
  closeSync(log);
}

export function progressAt(n: number): RunEvent {
  const place = { round: 0, epoch: Math.floor(n / STEPS), step: (n % STEPS) + 1, steps: STEPS };
  return {
    type: 'progress',
    ...place,
    loss: lossAt(n),
    accuracy: 50 + (n % 7),
    learningRate: 0.1,
    secondsLeft: 12345.678,
    time: 1_700_000_000_000 + n,
  };
}

function epochAt(epoch: number, progress: number): RunEvent {
  const epochs = Math.ceil(progress / STEPS);
  return { type: 'epoch', round: 0, epoch, epochs, seconds: 103.2, train: MEASURED, test: MEASURED, time: 1 };
}

export function appendEvent(directory: string, event: RunEvent): void {
  appendFileSync(path.join(directory, 'events.jsonl'), `${JSON.stringify(event)}\n`);
}
