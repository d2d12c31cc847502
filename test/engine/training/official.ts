/** Reads data, states and numbers of training runs of the official code. Defines how much a float32 engine may differ from them. */
import assert from 'node:assert/strict';
import { withCheckpoint } from '../../../engine/checkpoints/open';
import { readValues, tensorOf } from '../../../engine/checkpoints/reader';
import type { Backend } from '../../../engine/backends/backend';
import type { Batch } from '../../../engine/datasets/dataset';
import { initialize } from '../../../engine/models/initialize';
import type { Architecture } from '../../../engine/models/network';
import { buildArchitecture } from '../../../engine/models/registry';
import type { ModelSpec } from '../../../engine/protocol';
import type { NetworkState, StateDict } from '../../../engine/tensors';
import { createTrainer } from '../../../engine/training/create';
import type { Trainer } from '../../../engine/training/trainer';
import { fixture } from '../../fixtures';
import { project, scramble } from '../../oracles/formula';
import { readJson, readState, type Network } from '../oracle';

const BATCH = 16;

export interface Evaluated {
  test_loss: number;
  test_acc: number;
  logits_first2: number[][];
}

/** The training part of `oracle.json`. */
export interface TrainingOracle {
  network: ModelSpec & object;
  data: string;
  batches: Record<'round0' | 'round1' | 'bn_reestimation' | 'test', number[]>;
  methods: Record<'lrr' | 'aws', MethodOracle>;
  interpolation: { curves: { all_params_exact_bn: { f64: { test_loss: number[]; test_acc: number[] } } } };
}

interface MethodOracle {
  alphas: number[] | null;
  round0: { losses_f64: number[]; train_acc: number[]; eval_f64: Evaluated };
  round1: { losses_f64: number[]; eval_f64: Evaluated; displacement_f64: Record<string, [number, number]> };
  transfer_from_prune2: Record<
    'sign_transfer_2steps' | 'mask_transfer_2steps' | 'keep_psi_2steps',
    { losses_f64: number[]; projections_f64: Record<string, [number, number]> }
  >;
  imp?: Record<'rewind_step_0' | 'rewind_step_2', { losses_f64: number[] }>;
}

export const readTraining = (network: Network) => readJson(`${network}/oracle.json`) as TrainingOracle;

/** Returns minibatches of 16 images in NHWC order, with x = (byte − 128) / 64. The file is in NCHW order. */
export async function readBatches(file: string): Promise<Batch[]> {
  return withCheckpoint(fixture(`oracles/training/${file}`), async (reader) => {
    const pixels = await readValues(reader, tensorOf(reader, 'x_u8')!);
    const labels = await readValues(reader, tensorOf(reader, 'y')!);
    const [, channels, height, width] = tensorOf(reader, 'x_u8')!.shape as [number, number, number, number];
    const area = height * width;
    return Array.from({ length: labels.length / BATCH }, (_, b) => {
      const images = new Float32Array(BATCH * area * channels);
      for (let i = 0; i < images.length; i++) {
        const [c, p, n] = [i % channels, Math.floor(i / channels) % area, Math.floor(i / channels / area)];
        images[i] = (pixels[((b * BATCH + n) * channels + c) * area + p]! - 128) / 64;
      }
      return { images, labels: Int32Array.from(labels.slice(b * BATCH, (b + 1) * BATCH), Number), size: BATCH };
    });
  });
}

/** Builds the network of a reference run for images of `size` × `size`. */
export function officialArchitecture(network: ModelSpec, size: number): Architecture {
  return buildArchitecture(network, { height: size, width: size, channels: 3, classes: 10 });
}

/** The optimizer of the official run: SGD with momentum 0.9 and weight decay 5e-4. */
export function officialTrainer(architecture: Architecture, backend: Backend, weightDecay = 5e-4): Trainer {
  const { tensors: initial } = initialize(architecture, 0);
  return createTrainer({ architecture, backend, optimizer: { kind: 'sgd', momentum: 0.9, weightDecay }, initial });
}

/** Trains steps with learning rate 0.05 and returns the loss and accuracy of each. */
export async function train(trainer: Trainer, batches: Batch[], alphas?: number[] | null) {
  const measured = [];
  for (const [i, batch] of batches.entries()) {
    trainer.step(batch, { learningRate: 0.05, alpha: alphas?.[i] ?? 0 });
    measured.push(await trainer.takeMeasured());
  }
  return { losses: measured.map(({ loss }) => loss), accuracies: measured.map(({ accuracy }) => accuracy) };
}

export { project, readState, scramble };

/**
 * Limits for the changes of ResNet-20 at 32 × 32. Among its 10⁶ relu units, a few inputs are so close to 0 that rounding decides their
 * sign. If such a sign flips, the gradients of all earlier layers change by about 1e-2. Flips depend on the backend and the batch.
 * `FLIPPED` is for backends with flips. Statistics come from the forward pass, so they differ only by rounding.
 */
export const AS_ROUNDED = { median: 4e-5, worst: 2e-2 };
export const FLIPPED = { median: 1e-2, worst: 3e-2 };

/**
 * Settings for backends where the processor decides which signs flip. Each step is compared with the step of another backend that has no
 * flips for these batches.
 */
export interface Flips {
  limits: Limits;
  guide: () => Promise<Backend>;
}

/** Limits for the errors of whole tensors, relative to their change. */
export interface Limits {
  median: number;
  worst: number;
}

/**
 * Compares each step with a reference trainer on another backend. Asserts that the changes of the state are equal within `limits`. Each
 * step starts from the state of the reference, so a flipped sign affects only one step and no loss. Returns the losses and accuracies.
 */
export async function trainBeside(
  guide: () => Promise<Trainer>,
  { trainer, back, limits }: { trainer: Trainer; back: () => Promise<unknown>; limits: Limits },
  ...[batches, alphas]: [batches: Batch[], alphas?: number[] | null]
) {
  let before = await trainer.save();
  const guiding = await guide();
  guiding.load(before);
  const guided = [];
  for (const [i, batch] of batches.entries()) {
    await train(guiding, [batch], alphas?.slice(i));
    guided.push(await guiding.save());
  }
  guiding.dispose();
  await back();
  const [losses, accuracies]: [number[], number[]] = [[], []];
  for (const [i, batch] of batches.entries()) {
    const measured = await train(trainer, [batch], alphas?.slice(i));
    losses.push(...measured.losses);
    accuracies.push(...measured.accuracies);
    const after = guided[i]!;
    assertSameChange(changes(await trainer.save(), before), changes(after, before), limits);
    trainer.load(after);
    before = after;
  }
  return { losses, accuracies };
}

export function assertClose(actual: readonly number[], expected: readonly number[], tolerance: number): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    const off = Math.abs(value - expected[i]!) / Math.max(Math.abs(expected[i]!), 1e-3);
    assert.ok(off <= tolerance, `${i}: ${value} is ${off.toExponential(1)} off ${expected[i]}`);
  });
}

/** Returns float32 tensors by name. If `start` is given, returns their changes since `start`. */
export function changes(state: NetworkState, start?: NetworkState): Map<string, Float64Array> {
  return new Map(
    [...floatsOf(state.tensors)].map(([name, data]) => {
      const before = start && floatsOf(start.tensors).get(name)!;
      return [name, Float64Array.from(data, (value, i) => value - (before?.[i] ?? 0))];
    }),
  );
}

/** Asserts that relative errors of whole tensors are within the limits in the README of the oracles: median ≤ 2e-5, maximum ≤ 1e-2. */
export function assertSameChange(
  actual: Map<string, Float64Array>,
  expected: Map<string, Float64Array>,
  limits: Limits = { median: 2e-5, worst: 1e-2 },
): void {
  assertWithin(errorsOf(actual, expected), limits);
}

/** Whether relative errors of whole tensors are within limits. */
export function isSameChange(
  actual: Map<string, Float64Array>,
  expected: Map<string, Float64Array>,
  limits: Limits,
): boolean {
  return excessOf(errorsOf(actual, expected), limits) === undefined;
}

function errorsOf(actual: Map<string, Float64Array>, expected: Map<string, Float64Array>): TensorError[] {
  assert.deepEqual([...actual.keys()].sort(), [...expected.keys()].sort());
  return [...expected].map(([name, change]) => {
    const difference = length(change.map((value, i) => value - actual.get(name)![i]!));
    return { name, error: length(change) < 1e-5 ? difference / 1e-4 : difference / length(change) };
  });
}

/** Asserts that projections onto random signs are within limits. The error of a projection is about as large as the error of its tensor. */
export function assertSameProjections(
  actual: Map<string, Float64Array>,
  expected: Record<string, readonly number[]>,
  limits = { median: 4e-5, worst: 2e-2 },
): void {
  const errors = Object.entries(expected).map(([name, [first, second]]) => {
    const change = actual.get(name)!;
    const off = [first!, second!].map((value, j) => Math.abs(project(change, `${name}#proj${j}`) - value));
    return { name, error: Math.max(...off) / Math.max(length(change), 1e-4) };
  });
  assertWithin(errors, limits);
}

function assertWithin(errors: readonly TensorError[], limits: Limits): void {
  const excess = excessOf(errors, limits);
  assert.ok(excess === undefined, excess);
}

/** Returns the error that is beyond its limit, in words. */
function excessOf(errors: readonly TensorError[], limits: Limits): string | undefined {
  const sorted = [...errors].sort((a, b) => a.error - b.error);
  const median = sorted[Math.floor(sorted.length / 2)]!.error;
  const worst = sorted.at(-1)!;
  if (!(median <= limits.median)) return `median ${median.toExponential(1)}`;
  return worst.error <= limits.worst ? undefined : `${worst.name} ${worst.error.toExponential(1)}`;
}

interface TensorError {
  name: string;
  error: number;
}

export function length(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

function floatsOf(tensors: StateDict): Map<string, Float32Array> {
  return new Map([...tensors].flatMap(([name, { data }]) => (data instanceof Float32Array ? [[name, data]] : [])));
}
