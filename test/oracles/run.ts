/** Reads the oracles of trainings, and repeats their steps with the batch size, the optimizer and the α of the file. */
import assert from 'node:assert/strict';
import { startBackend } from '../../engine/backends/startBackend';
import { withCheckpoint } from '../../engine/checkpoints/open';
import { readValues, tensorOf } from '../../engine/checkpoints/reader';
import { readNetworkState } from '../../engine/checkpoints/state';
import type { Batch } from '../../engine/datasets/dataset';
import { fullMasks, initialize } from '../../engine/models/initialize';
import type { Architecture } from '../../engine/models/network';
import { buildArchitecture } from '../../engine/models/registry';
import type { NetworkState } from '../../engine/tensors';
import { createTrainer } from '../../engine/training/create';
import type { Trainer } from '../../engine/training/trainer';
import { asOfficial, oracle, type OracleNetwork } from './folder';

export interface Optimizer {
  type: string;
  lr: number;
  momentum?: number;
  weight_decay: number;
}

/** The parts that every training has. `data` names a file next to the oracle's folder. */
export interface Training {
  network: OracleNetwork;
  data: string;
  batch: number;
  optimizer: Optimizer;
}

/** Returns all minibatches of a file in NHWC order, with x = (byte − 128) / 64, and the shape of the images. */
export async function readBatches({ data, batch: size }: Pick<Training, 'data' | 'batch'>) {
  return withCheckpoint(oracle('training', data), async (reader) => {
    const stored = tensorOf(reader, 'x_u8')!;
    const [pixels, labels] = [await readValues(reader, stored), await readValues(reader, tensorOf(reader, 'y')!)];
    const [, channels, height, width] = stored.shape as [number, number, number, number];
    const area = height * width;
    const batches = Array.from({ length: Math.floor(labels.length / size) }, (_, b): Batch => {
      const images = new Float32Array(size * area * channels);
      for (let i = 0; i < images.length; i++) {
        const [c, p, n] = [i % channels, Math.floor(i / channels) % area, Math.floor(i / channels / area)];
        images[i] = (pixels[((b * size + n) * channels + c) * area + p]! - 128) / 64;
      }
      return { images, labels: Int32Array.from(labels.slice(b * size, (b + 1) * size), Number), size };
    });
    return { batches, shape: { height, width, channels } };
  });
}

export interface Repeated {
  architecture: Architecture;
  batches: Batch[];
  trainer: Trainer;
}

/** Builds the network of a training as the official code prunes it, its batches, and a trainer. The caller disposes the trainer. */
export async function repeat(training: Training): Promise<Repeated> {
  const { batches, shape } = await readBatches(training);
  const { network, optimizer } = training;
  const architecture = buildArchitecture(asOfficial(network), { ...shape, classes: network.classes });
  const kind = optimizer.type.toLowerCase();
  assert.ok(kind === 'sgd' || kind === 'adam', `the optimizer ${optimizer.type} is unknown`);
  const trainer = createTrainer({
    architecture,
    backend: await startBackend('wasm'),
    optimizer: { kind, momentum: optimizer.momentum ?? 0, weightDecay: optimizer.weight_decay },
    initial: initialize(architecture, 0).tensors,
  });
  return { architecture, batches, trainer };
}

/** Reads a state and keeps all weights, because the files have no masks. */
export async function readState(architecture: Architecture, ...names: string[]): Promise<NetworkState> {
  const { state } = await readNetworkState(oracle('training', ...names));
  return { tensors: state.tensors, masks: fullMasks(architecture) };
}

/** Trains on batches, and returns the loss and the accuracy of each step. */
export async function train(
  { trainer }: Repeated,
  batches: readonly Batch[],
  { lr, alphas }: { lr: number; alphas?: number[] | null | undefined },
): Promise<{ losses: number[]; accuracies: number[] }> {
  const measured = [];
  for (const [i, batch] of batches.entries()) {
    trainer.step(batch, { learningRate: lr, alpha: alphas?.[i] ?? 0 });
    measured.push(await trainer.takeMeasured());
  }
  return { losses: measured.map(({ loss }) => loss), accuracies: measured.map(({ accuracy }) => accuracy) };
}
