import assert from 'node:assert/strict';
import { normalizationOf, measureNormalization } from '../../../engine/datasets/normalization';

describe('measureNormalization', () => {
  it('measures each channel over all pixels of a large split', () => {
    const [channels, pixels] = [3, 40_000];
    const level = [[10, 4], [200, 20], [100, 0]] as const; // prettier-ignore
    const images = Uint8Array.from({ length: channels * pixels }, (_, i) => {
      const [center, spread] = level[i % channels]!;
      return center + (Math.floor(i / channels) < pixels / 4 ? spread : 0);
    });
    const { mean, std } = measureNormalization({ count: 1, images, labels: Int32Array.of(0) }, channels);
    assert.deepEqual(mean, [11, 205, 100]);
    // A quarter of the pixels is `spread` higher. The third channel is constant, so its standard deviation is set to 1.
    const expected = [4 * Math.sqrt(3 / 16), 20 * Math.sqrt(3 / 16), 1];
    std.forEach((deviation, i) => {
      assert.ok(Math.abs(deviation - expected[i]!) < 1e-12, `${deviation} is not ${expected[i]!}`);
    });
  });
});

describe('normalizationOf', () => {
  const of = (images: Uint8Array | Float32Array, name: 'imagenet' | 'cifar10', channels = 3) => {
    const split = { count: 1, images, labels: Int32Array.of(0) };
    const size = { height: 1, width: images.length / channels, channels, classes: 2 };
    return normalizationOf(name, { name: '', ...size, train: split, test: split });
  };

  it('scales known statistics to the unit of the images', async () => {
    assert.deepEqual((await of(new Uint8Array(3), 'imagenet')).mean, [0.485 * 255, 0.456 * 255, 0.406 * 255]);
    assert.deepEqual((await of(Float32Array.of(0, 0.5, 1), 'cifar10')).std, [0.2023, 0.1994, 0.201]);
  });

  it('refuses a name for images in another unit or with other channels', async () => {
    await assert.rejects(of(Float32Array.of(-1, 0, 1), 'imagenet'), {
      name: 'UserError',
      message: /bytes or with numbers from 0 to 1\. Use "measured"/,
    });
    await assert.rejects(of(new Uint8Array(4), 'cifar10', 1), {
      name: 'UserError',
      message: /cifar10 is for images with 3 channels, but these have 1/,
    });
  });
});
