import assert from 'node:assert/strict';
import { fullMasks, initialize } from '../../../engine/models/initialize';
import { buildArchitecture } from '../../../engine/models/registry';
import { floats } from '../../../engine/tensors';

const DATA = { height: 32, width: 32, channels: 3, classes: 10 };
const resnet = buildArchitecture('resnet20', DATA);

const deviation = (values: Float32Array) =>
  Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

describe('initialization', () => {
  it('depends only on the seed', () => {
    const weights = (seed: number) => floats(initialize(resnet, seed).tensors, 'layer2.0.conv1.weight');
    assert.deepEqual(weights(1), weights(1));
    assert.notDeepEqual(weights(1), weights(2));
  });

  it('draws each entry from its own random stream', () => {
    const alone = { ...resnet, entries: resnet.entries.filter(({ name }) => name === 'layer3.0.conv1.weight') };
    const name = 'layer3.0.conv1.weight';
    assert.deepEqual(floats(initialize(alone, 5).tensors, name), floats(initialize(resnet, 5).tensors, name));
  });

  it('has the bounds and standard deviation of PyTorch’s defaults', () => {
    const { tensors } = initialize(resnet, 1);
    const weights = floats(tensors, 'layer3.2.conv2.weight');
    const bound = 1 / Math.sqrt(64 * 9);
    assert.ok(weights.every((value) => Math.abs(value) <= bound));
    assert.ok(Math.abs(deviation(weights) / (bound / Math.sqrt(3)) - 1) < 0.02);
    assert.ok(floats(tensors, 'fc.bias').every((value) => Math.abs(value) <= 1 / 8));
  });

  it('has torchvision’s standard deviation in ResNets of torchvision', () => {
    const options = { stem: 'imagenet' as const, block: 'bottleneck' as const, blocks: [1, 1], widths: [64, 128] };
    const { tensors } = initialize(buildArchitecture({ model: 'resnet', options }, DATA), 1);
    const spread = deviation(floats(tensors, 'layer2.0.conv2.weight'));
    assert.ok(Math.abs(spread / Math.sqrt(2 / (128 * 9)) - 1) < 0.02);
  });

  it('draws the first convolution of a torchvision ResNet for small images like the official code', () => {
    const { tensors } = initialize(buildArchitecture('resnet18', DATA), 1);
    const bound = 1 / Math.sqrt(3 * 9);
    const first = floats(tensors, 'conv1.weight');
    assert.ok(first.every((value) => Math.abs(value) <= bound));
    assert.ok(Math.abs(deviation(first) / (bound / Math.sqrt(3)) - 1) < 0.05);
    const later = deviation(floats(tensors, 'layer1.0.conv1.weight'));
    assert.ok(Math.abs(later / Math.sqrt(2 / (64 * 9)) - 1) < 0.02);
  });

  it('starts ψ, statistics and counters like PyTorch, and prunes nothing', () => {
    const { tensors, masks } = initialize(resnet, 1);
    assert.deepEqual(floats(tensors, 'bn1.weight'), new Float32Array(16).fill(1));
    assert.deepEqual(floats(tensors, 'bn1.bias'), new Float32Array(16));
    assert.deepEqual(floats(tensors, 'bn1.running_var'), new Float32Array(16).fill(1));
    assert.deepEqual(tensors.get('bn1.num_batches_tracked')!.data, BigInt64Array.of(0n));
    assert.deepEqual(
      [...tensors.keys()],
      resnet.entries.map(({ name }) => name),
    );
    assert.deepEqual(masks, fullMasks(resnet));
    assert.ok([...masks.values()].every((mask) => mask.every((bit) => bit === 1)));
  });
});
