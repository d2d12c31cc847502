/** Measures how fast the runs of a study train on this machine. */
import { reportBackends, isAutomatic } from '../backends/report';
import { calibrate } from '../calibration/calibrate';
import { measureIn } from '../calibration/measure';
import { CLI } from '../runs/detached';
import type { SpeedOf, Training } from './plan';

export interface SpeedOptions {
  /** Number of processes that train at a time. */
  cores: number;
  signal?: AbortSignal | undefined;
  /** Receives a message for the user before a measurement. */
  onMessage?: ((sentence: string) => void) | undefined;
}

/**
 * Returns a function that measures a training in as many processes at a time as the study has. Processes slow each other down, so one alone
 * would seem too fast.
 */
export function measureSpeeds({ cores, signal, onMessage }: SpeedOptions): SpeedOf {
  return async (training) => {
    const { options, dataset } = training;
    const work = { model: options.model, data: dataset, batchSize: Math.min(options.batchSize, training.train) };
    const backend = options.backend === 'auto' ? await fastest(training, { signal, onMessage }) : options.backend;
    onMessage?.('Measuring the speed of this network for two seconds.');
    const measure = measureIn(CLI, { threads: 1 });
    const speeds = await Promise.all(Array.from({ length: cores }, () => measure(backend, work, signal)));
    return speeds.reduce((sum, { examplesPerSecond }) => sum + examplesPerSecond, 0) / cores;
  };
}

async function fastest({ options, dataset }: Training, given: Pick<SpeedOptions, 'signal' | 'onMessage'>) {
  const candidates = (await reportBackends()).filter(isAutomatic);
  if (candidates.length === 1) return candidates[0]!.name;
  const work = { model: options.model, data: dataset, batchSize: options.batchSize };
  const { speeds } = await calibrate(work, candidates, { measure: measureIn(CLI), ...given });
  return speeds[0]?.name ?? 'wasm';
}
