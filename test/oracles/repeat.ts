/** Reads the oracles of trainings, and repeats their steps with the batch size, the optimizer and the α of the file. */
import assert from 'node:assert/strict';
import { startWasmWith } from '../engine/backends/wasmWith';
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
import { AS_ROUNDED, assertSameChange, changes, FLIPPED, isSameChange } from '../engine/training/official';
import { BACKEND, startChosen } from './backend';
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

/** Whether rounding may flip units of a network on this backend. Networks with GELU have no such units. */
export function mayFlip({ model }: OracleNetwork): boolean {
  return BACKEND !== 'wasm' && model !== 'mixer' && model !== 'vit';
}

export interface Repeated {
  architecture: Architecture;
  batches: Batch[];
  trainer: Trainer;
}

/**
 * Builds the network of a training as the official code prunes it, its batches, and a trainer on the backend that `start` returns. The caller
 * disposes the trainer.
 */
export async function repeat(training: Training, start = startChosen): Promise<Repeated> {
  const { batches, shape } = await readBatches(training);
  const { network, optimizer } = training;
  const architecture = buildArchitecture(asOfficial(network), { ...shape, classes: network.classes });
  const kind = optimizer.type.toLowerCase();
  assert.ok(kind === 'sgd' || kind === 'adam', `the optimizer ${optimizer.type} is unknown`);
  const trainer = createTrainer({
    architecture,
    backend: await start(),
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

/** The learning rate of all steps, and the α of each. */
export interface Given {
  lr: number;
  alphas?: number[] | null | undefined;
}

/** The loss and the accuracy of each step. */
export interface Measured {
  losses: number[];
  accuracies: number[];
}

export type Checked = [batches: readonly Batch[], given: Given, check: (measured: Measured) => void | Promise<void>];

/** Trains on batches, and returns the loss and the accuracy of each step. */
export async function train(
  { trainer }: Repeated,
  batches: readonly Batch[],
  { lr, alphas }: Given,
): Promise<Measured> {
  const measured = [];
  for (const [i, batch] of batches.entries()) {
    trainer.step(batch, { learningRate: lr, alpha: alphas?.[i] ?? 0 });
    measured.push(await trainer.takeMeasured());
  }
  return { losses: measured.map(({ loss }) => loss), accuracies: measured.map(({ accuracy }) => accuracy) };
}

/**
 * Trains like `train`, but each step begins from the state that wasm has at this step, with direct convolutions. Asserts that each step changes
 * the state as on wasm, within `FLIPPED`, and at least half of the steps within `AS_ROUNDED`: a flip concerns one step, a wrong gradient all.
 * `repeated` ends with the state of wasm.
 */
async function trainBesideWasm(
  training: Training,
  { repeated, begun }: { repeated: Repeated; begun: NetworkState },
  ...[batches, given]: [batches: readonly Batch[], given: Given]
): Promise<Measured> {
  const guide = await repeat(training, () => startWasmWith({ winograd: false }));
  guide.trainer.load(begun);
  const states = [begun];
  for (const [i, batch] of batches.entries()) {
    await train(guide, [batch], { ...given, alphas: given.alphas?.slice(i) });
    states.push(await guide.trainer.save());
  }
  guide.trainer.dispose();
  await startChosen();
  const measured: Measured = { losses: [], accuracies: [] };
  let flipped = 0;
  for (const [i, batch] of batches.entries()) {
    const [before, after] = [states[i]!, states[i + 1]!];
    repeated.trainer.load(before);
    const { losses, accuracies } = await train(repeated, [batch], { ...given, alphas: given.alphas?.slice(i) });
    measured.losses.push(...losses);
    measured.accuracies.push(...accuracies);
    const [own, expected] = [changes(await repeated.trainer.save(), before), changes(after, before)];
    assertSameChange(own, expected, FLIPPED);
    if (!isSameChange(own, expected, AS_ROUNDED)) flipped++;
  }
  assert.ok(flipped <= batches.length / 2, `${flipped} of ${batches.length} steps differ from those of wasm`);
  repeated.trainer.load(states.at(-1)!);
  return measured;
}

/**
 * Trains from a state, and calls `check` with what was measured. On backends that are not wasm, a network with relu may not pass, because the
 * rounding of the processor or the card decides the signs of a few inputs of relu that are almost 0, and each flip grows from step to step. Then its
 * steps are compared with those of wasm with direct convolutions, which has no flips for these batches, and `check` is called with what they measured.
 */
export async function trainAndCheck(
  training: Training,
  { repeated, begun }: { repeated: Repeated; begun: NetworkState },
  ...[batches, given, check]: Checked
): Promise<void> {
  repeated.trainer.load(begun);
  try {
    await check(await train(repeated, batches, given));
  } catch (error) {
    if (!mayFlip(training.network) || !(error instanceof assert.AssertionError)) throw error;
    console.log(`      beside wasm, because a relu flipped (${error.message.split('\n')[0]!})`);
    await check(await trainBesideWasm(training, { repeated, begun }, batches, given));
  }
}
