/** Times training on random images. */
import type { Backend } from '../backends/backend';
import { drawNumbers } from '../backends/operations/dropout';
import type { Batch, Dataset } from '../datasets/dataset';
import { initialize } from '../models/initialize';
import type { Architecture } from '../models/network';
import { random } from '../random';
import type { NetworkState } from '../tensors';
import { createTrainer } from '../training/create';
import type { Trainer } from '../training/trainer';

/** The shape of the images. */
export const REHEARSED: Pick<Dataset, 'height' | 'width' | 'channels' | 'classes'> = {
  height: 32,
  width: 32,
  channels: 3,
  classes: 10,
};

export interface Rehearsal {
  trainer: Trainer;
  /** Queues steps without waiting for them. */
  queue: (steps: number, method?: 'lrr' | 'aws') => void;
  /** Runs steps and returns the milliseconds of one step. Without `method`, they are steps of the method of the rehearsal. */
  time: (steps: number, method?: 'lrr' | 'aws') => Promise<number>;
}

/** Returns an initialization with masks that prune half of the weights. */
export function halvedState(architecture: Architecture): NetworkState {
  const { tensors, masks } = initialize(architecture, 1);
  const source = random(1, 'rehearsal');
  return { tensors, masks: new Map([...masks].map(([name, mask]) => [name, mask.map(() => source.below(2))])) };
}

/** Makes a trainer of a network whose layers are half pruned, with momentum and weight decay, and one batch of noise. */
export function rehearse(
  architecture: Architecture,
  backend: Backend,
  { batch: size, method: usual }: { batch: number; method: 'lrr' | 'aws' },
): Rehearsal {
  const { tensors, masks } = halvedState(architecture);
  const optimizer = { kind: 'sgd', momentum: 0.9, weightDecay: 1e-4 } as const;
  const trainer = createTrainer({ architecture, backend, optimizer, initial: tensors });
  trainer.load({ tensors, masks });
  const batch = noise(architecture, size);
  const queue = (steps: number, method = usual) => {
    for (let step = 0; step < steps; step++)
      trainer.step(batch, {
        learningRate: 0.01,
        alpha: method === 'aws' ? (step + 0.5) / steps : 0,
        draws: drawNumbers(1, 'dropout', step),
      });
  };
  return {
    trainer,
    queue,
    time: async (steps, method) => {
      const began = performance.now();
      queue(steps, method);
      await trainer.takeMeasured(); // waits for the last step if steps are queued
      return (performance.now() - began) / steps;
    },
  };
}

export interface MeasuredSpeed {
  batch: number;
  /** Milliseconds of a step at this batch size: the median, the minimum and the maximum. */
  ms: number;
  least: number;
  most: number;
}

/** Size of the first measured batch. */
export const FIRST_BATCH = 8;
const GROWTH = 4;

/** Number of steps that are timed at the least. One of two may be very long, because a machine can sleep during a step. */
const LEAST_STEPS = 2;

/**
 * Trains for about `seconds`, not counting the first step of each batch size. Each other step counts with the time of the shortest, because a machine
 * can sleep during a step. Starts with small batches, because a batch on a slow backend can take minutes and cannot be interrupted. Returns the speed
 * with the largest batch that was reached.
 */
export async function measureSpeed(
  start: (batch: number) => Rehearsal,
  { batch, seconds }: { batch: number; seconds: number },
): Promise<MeasuredSpeed> {
  let left = 1000 * seconds;
  for (let size = Math.min(FIRST_BATCH, batch); ; size = Math.min(GROWTH * size, batch)) {
    const { trainer, time } = start(size);
    await time(1); // compiles and warms up
    const times: number[] = [];
    let least = Infinity;
    while (times.length < LEAST_STEPS || (size === batch && left > times.length * least)) {
      const ms = await time(1);
      times.push(ms);
      least = Math.min(least, ms);
    }
    trainer.dispose();
    left -= times.length * least;
    if (size < batch && left > 0) continue;
    times.sort((a, b) => a - b);
    return { batch: size, ms: times[(times.length - 1) >> 1]!, least, most: times.at(-1)! };
  }
}

function noise({ data }: Architecture, size: number): Batch {
  const source = random(1, 'noise');
  const images = new Float32Array(size * data.height * data.width * data.channels).map(() => source.normal());
  return { images, labels: new Int32Array(size).map(() => source.below(data.classes)), size };
}
