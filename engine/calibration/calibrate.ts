/** Measures how fast each backend trains a network on this machine, with real training steps, and saves the results. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { UserError } from '../errors';
import { whileClaimed } from '../claim';
import { calibrationFile } from '../home';
import { choiceFrom } from '../environment';
import { threadLimit } from '../threads';
import { makeFolder, writeAtomically } from '../files';
import type { DataShape } from '../models/network';
import type { BackendReport, Calibration, Speed } from '../vocabulary/backends';
import type { ModelSpec } from '../vocabulary/runOptions';

/** The training whose speed is measured. */
export interface Work {
  model: ModelSpec;
  data: DataShape;
  batchSize: number;
}

/** Measures the speed of one backend. */
export type Measure = (name: BackendReport['name'], work: Work, signal?: AbortSignal) => Promise<Speed>;

export interface CalibrationOptions {
  measure: Measure;
  signal?: AbortSignal | undefined;
  /** Receives a message for the user before the measurement begins. */
  onMessage?: ((sentence: string) => void) | undefined;
}

/**
 * Returns the speeds of the backends, the fastest first. Uses saved speeds for the same processor, versions and devices. If there are
 * none, measures one backend after another.
 */
export async function calibrate(
  work: Work,
  candidates: readonly BackendReport[],
  options: CalibrationOptions,
): Promise<Calibration> {
  const key = keyOf(work, candidates);
  const known = (await remembered()).find((entry) => entry.key === key);
  if (known) return known.calibration;
  const onMessage = (sentence: string) => options.onMessage?.(`${sentence} This is done only once.`);
  return measureAnew(work, candidates, { ...options, onMessage });
}

/** Measures again even if there are saved speeds, and replaces them. */
export async function measureAnew(
  work: Work,
  candidates: readonly BackendReport[],
  { measure, signal, onMessage }: CalibrationOptions,
): Promise<Calibration> {
  const names = candidates.map(({ name }) => name);
  onMessage?.(`Measuring the speed of this network on ${names.join(', ')}.`);
  const speeds: Speed[] = [];
  for (const name of names) speeds.push(await measure(name, work, signal));
  speeds.sort((a, b) => b.examplesPerSecond - a.examplesPerSecond);
  const { model, data, batchSize } = work;
  const calibration = { model, data, batchSize, at: new Date().toISOString(), speeds };
  // A backend that failed may work next time, for example if its GPU was busy. So a measurement with a failure is not saved.
  if (speeds.every(({ problem }) => problem === undefined))
    await remember({ key: keyOf(work, candidates), calibration });
  return calibration;
}

/** Returns the newest saved measurement of exactly these backends. */
export async function newestCalibration(backends: readonly string[]): Promise<Calibration | undefined> {
  const known = (await remembered()).map(({ calibration }) => calibration);
  const same = (speeds: Speed[]) =>
    speeds.length === backends.length && speeds.every(({ name }) => backends.includes(name));
  return known.findLast(({ speeds }) => same(speeds));
}

interface Entry {
  key: string;
  calibration: Calibration;
}

const MOST_ENTRIES = 200;

/** Hashes everything that affects the speeds. */
function keyOf(work: Work, candidates: readonly BackendReport[]): string {
  // The speed of the kernels of wasm depends on the version of Node.js.
  const kernels = [process.env['WINNING_SIGN_VERSION'], choiceFrom('WINNING_SIGN_KERNELS'), process.versions.node];
  const backends = candidates.map(({ name, version, device, operations }) => [name, version, device, operations]);
  const machine = [os.cpus()[0]?.model ?? '', threadLimit().threads, process.platform, process.arch];
  const { model, data, batchSize } = work;
  return createHash('sha256')
    .update(JSON.stringify([machine, kernels, backends.sort(), model, data, batchSize]))
    .digest('hex');
}

/** Reads the saved measurements. A missing or unreadable file counts as empty; the next save replaces it. */
async function remembered(): Promise<Entry[]> {
  try {
    const { entries } = JSON.parse(await readFile(calibrationFile(), 'utf8')) as { entries: Entry[] };
    return entries.filter(({ key, calibration }) => typeof key === 'string' && calibration.speeds.length > 0);
  } catch {
    return [];
  }
}

/** Saves a measurement. If the file cannot be written, the next run measures again. */
async function remember(entry: Entry): Promise<void> {
  const file = calibrationFile();
  const save = async () => {
    const others = (await remembered()).filter(({ key }) => key !== entry.key);
    const entries = [...others, entry].slice(-MOST_ENTRIES);
    await writeAtomically(file, `${JSON.stringify({ version: 1, entries }, undefined, 1)}\n`);
  };
  try {
    await makeFolder(path.dirname(file));
    // Other processes may save measurements at the same time.
    await whileClaimed(`${file}.lock`, 'is saving a measurement', save).catch(async (error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      await save(); // a process that cannot be checked has the lock; at worst, the measurement of another one is lost
    });
  } catch {
    // no space or no permission
  }
}
