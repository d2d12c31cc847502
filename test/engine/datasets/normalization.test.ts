import assert from 'node:assert/strict';
import { measureNormalization } from '../../../engine/datasets/normalization';

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
