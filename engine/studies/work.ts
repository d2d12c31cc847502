/** How much a run has to train, and which part of it is done. */
import { roundsOf } from '../vocabulary/rounds';
import { POINTS } from '../vocabulary/runSchema';
import type { StudyStatus } from '../vocabulary/study';
import type { RunProgress } from '../vocabulary/runSummary';
import type { StudyRun } from './expand';
import { hasEnded } from './states';

/** The part of a run that decides how much it trains. */
type Worked = Pick<StudyRun, 'kind' | 'options' | 'settings'>;

/** The part of a run's state that says how far it is. */
interface Progressed {
  run: Worked;
  status: StudyStatus;
  overview?: { progress?: RunProgress };
}

/** Time of a forward pass, as a share of a training step on the same images. */
export const FORWARD = 1 / 3;

/** Returns the epochs of training of a run. A connectivity run trains nothing. */
export function epochsOf({ kind, options }: Worked): number {
  const { warmupEpochs, epochsPerRound, finalEpochs } = options;
  if (kind === 'search') return warmupEpochs + roundsOf(options) * epochsPerRound;
  return kind === 'connectivity' ? 0 : finalEpochs;
}

/** Returns how often a connectivity run passes over the training images: for the statistics of batch norm, and to measure. */
export function passesOf({ settings: { fields } }: Worked): number {
  return fields.normalization === 'none' ? 1 : 2;
}

/** Returns the work of a run in epochs of training. Evaluations are not counted. */
export function effortOf(run: Worked): number {
  const { points = POINTS.default } = run.settings.fields;
  return run.kind === 'connectivity' ? points * FORWARD * passesOf(run) : epochsOf(run);
}

/** Returns the share of the work of a run that is done, from 0 to 1. The share of a connectivity run is not known before its end. */
export function shareOf({ run, status, overview }: Progressed): number {
  if (hasEnded(status)) return 1;
  const { progress } = overview ?? {};
  if (!progress) return 0;
  const epochs = epochsOf(run);
  return epochs === 0 ? 0 : Math.min(1, epochsBefore(run, progress) / epochs);
}

/** Returns the epochs up to a position. Epochs and rounds count from 0. */
function epochsBefore({ kind, options }: Worked, { round, epoch, step, steps }: RunProgress): number {
  const within = epoch + step / Math.max(1, steps);
  if (kind !== 'search' || round === 0) return within;
  return options.warmupEpochs + (round - 1) * options.epochsPerRound + within;
}

/**
 * Returns a text that is equal for runs that need the same time per unit of work, and the same memory: those with the same network, data,
 * size of batches and backend, which train, or which only measure.
 */
export function workloadOf(
  { kind, options: { model, dataset, batchSize, backend } }: Pick<StudyRun, 'kind' | 'options'>,
  isMeasuring = kind === 'connectivity',
): string {
  return JSON.stringify([isMeasuring, model, dataset, batchSize, backend]);
}
