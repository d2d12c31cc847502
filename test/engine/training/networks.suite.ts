/** Tests that a training step and an evaluation of every network give the same numbers on a backend as on wasm. */
import assert from 'node:assert/strict';
import type { Backend } from '../../../engine/backends/backend';
import { drawNumbers } from '../../../engine/backends/operations/dropout';
import { startBackend } from '../../../engine/backends/startBackend';
import { initialize } from '../../../engine/models/initialize';
import { buildArchitecture } from '../../../engine/models/registry';
import type { ModelSpec } from '../../../engine/protocol';
import { floats } from '../../../engine/tensors';
import { createTrainer } from '../../../engine/training/create';
import { values } from '../backends/reference';

const blocks = [1, 2, 1, 1, 1, 1, 1];

/** Small networks that use all kinds of layers. */
const NETWORKS: Record<string, ModelSpec> = {
  'an MLP': { model: 'mlp', options: { hidden: [12] } },
  'a ResNet with batch norm': { model: 'resnet18', options: { width: 4 } },
  'a ResNet with group norm': { model: 'resnet20', options: { width: 8, norm: 'group', groups: 4 } },
  'a ResNet of bottlenecks without norm': {
    model: 'resnet',
    options: { stem: 'imagenet', block: 'bottleneck', blocks: [1, 1], widths: [4, 8], norm: 'none' },
  },
  LeNet: { model: 'lenet', options: { batchNorm: true } },
  'VGG with dropout': { model: 'vgg', options: { depth: 11, width: 2, hidden: [16], pool: 1 } },
  'the official MobileNetV2': { model: 'mobilenetv2', options: { width: 0.25, blocks } },
  'torchvision’s MobileNetV2': { model: 'mobilenetv2', options: { variant: 'torchvision', width: 0.25, blocks } },
  'EfficientNet with dropout': { model: 'efficientnet', options: { width: 0.25, blocks, dropConnect: 0.5 } },
  ShuffleNet: { model: 'shufflenet', options: { groups: 2, width: 0.25, blocks: [1, 2, 1] } },
  'a ViT with dropout': {
    model: 'vit',
    options: { patchSize: 8, dim: 24, depth: 2, heads: 3, dropout: 0.2, dropConnect: 0.3 },
  },
  'timm’s ViT': { model: 'vit', options: { naming: 'timm', patchSize: 8, dim: 24, depth: 1, heads: 2 } },
  'a Mixer': { model: 'mixer', options: { patchSize: 8, dim: 16, depth: 1 } },
};

const DATA = { height: 32, width: 32, channels: 3, classes: 5 };
const SIZE = 8;
const batch = {
  images: values(SIZE * DATA.height * DATA.width * DATA.channels, 4),
  labels: Int32Array.from({ length: SIZE }, (_, i) => i % DATA.classes),
  size: SIZE,
};

/** Greatest difference of the loss, relative to it. */
const LOSS = 1e-4;
/** Greatest length of the difference of the updates, relative to their length. */
const UPDATE = 5e-3;

/** Networks that a software implementation of Vulkan trains in seconds. */
export const QUICK = ['a ResNet of bottlenecks without norm', 'ShuffleNet', 'timm’s ViT', 'a Mixer'];

/** Defines the suite for the networks with these names. Call it inside a `describe`. */
export function trainsNetworksAsWasm(start: () => Promise<Backend>, names = Object.keys(NETWORKS)): void {
  for (const name of names)
    it(`trains and evaluates ${name}`, async () => {
      const spec = NETWORKS[name]!;
      const expected = await trainOnce(await startBackend('wasm'), spec);
      const actual = await trainOnce(await start(), spec);
      for (const measure of ['before', 'training', 'after'] as const) {
        const error = Math.abs(actual[measure] / expected[measure] - 1);
        assert.ok(error <= LOSS, `loss ${measure}: ${actual[measure]} instead of ${expected[measure]}`);
      }
      const length = lengthOf(expected.update);
      const difference = lengthOf(expected.update.map((value, i) => value - actual.update[i]!)) / length;
      assert.ok(length > 0 && difference <= UPDATE, `the updates differ by ${difference.toExponential(1)}`);
    });
}

function lengthOf(vector: readonly number[]): number {
  return Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
}

/** Returns the losses in eval mode before and after a step, the loss of the step, and the change of the trained entries. */
async function trainOnce(backend: Backend, spec: ModelSpec) {
  const architecture = buildArchitecture(spec, DATA);
  const initial = initialize(architecture, 1);
  // Heads that start with zeros would hide the layers before them.
  const head = architecture.entries.findLast(({ role }) => role === 'weight')!;
  const weights = floats(initial.tensors, head.name);
  weights.set(values(weights.length, 7).map((value) => 0.3 * value));
  const optimizer = { kind: 'sgd', momentum: 0.9, weightDecay: 1e-3 } as const;
  const trainer = createTrainer({ architecture, backend, optimizer, initial: initial.tensors });
  trainer.load(initial);
  const { loss: before } = await trainer.evaluate([batch]);
  trainer.step(batch, { learningRate: 0.01, alpha: 0.3, draws: drawNumbers(1, 'dropout', 0, 0, 0) });
  const { loss: training } = await trainer.takeMeasured();
  const { tensors } = await trainer.save();
  const { loss: after } = await trainer.evaluate([batch]);
  trainer.dispose();
  const trained = architecture.entries.filter(({ role, unused }) => role !== 'buffer' && !unused);
  const update = trained.flatMap(({ name }) => {
    const start = floats(initial.tensors, name);
    return Array.from(floats(tensors, name), (value, i) => value - start[i]!);
  });
  return { before, training, after, update };
}
