/** Learning rates of epochs. Searches train at a constant rate; a schedule is for the full training A(·). */
import type { Schedule } from '../vocabulary/runOptions';

export interface ScheduledEpoch {
  schedule: Schedule;
  /** The rate at the start. */
  learningRate: number;
  /** 0 … epochs − 1. */
  epoch: number;
  epochs: number;
}

/** `step`: × 0.1 at 50 % and at 75 % of the epochs; `cosine` falls to × 1e-3 in the last epoch; milestones are epochs at which the rate is multiplied. */
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
