/** Computes learning rates for a full training A(·), or within a round of a search. */
import type { Schedule } from '../vocabulary/runOptions';

export interface ScheduledEpoch {
  schedule: Schedule;
  /** The learning rate of the first epoch. */
  learningRate: number;
  /** The epoch, from 0 to epochs − 1. */
  epoch: number;
  epochs: number;
}

/**
 * Returns the learning rate of an epoch. `step` multiplies the rate by 0.1 after 50 % and after 75 % of the epochs. `cosine` falls to
 * 0.001 of the first rate in the last epoch.
 */
export function learningRateAt({ schedule, learningRate, epoch, epochs }: ScheduledEpoch): number {
  if (schedule === 'constant') return learningRate;
  if (schedule === 'step')
    return learningRateAt({
      schedule: { milestones: [epochs / 2, (3 * epochs) / 4], factor: 0.1 },
      learningRate,
      epoch,
      epochs,
    });
  if (schedule === 'cosine') return learningRate * cosine(epochs > 1 ? epoch / (epochs - 1) : 0);
  return learningRate * schedule.factor ** schedule.milestones.filter((milestone) => epoch >= milestone).length;
}

const COSINE_END = 1e-3;

/** Falls from 1 to `COSINE_END` while `done` rises from 0 to 1. */
function cosine(done: number): number {
  return COSINE_END + ((1 - COSINE_END) * (1 + Math.cos(Math.PI * done))) / 2;
}
