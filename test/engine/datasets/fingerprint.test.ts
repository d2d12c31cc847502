import assert from 'node:assert/strict';
import type { Dataset } from '../../../engine/datasets/dataset';
import { fingerprint } from '../../../engine/datasets/fingerprint';

describe('the fingerprint of a dataset', () => {
  const dataset = (change: (images: Uint8Array, labels: Int32Array) => void = () => undefined): Dataset => {
    const [images, labels] = [Uint8Array.of(1, 2, 3, 4, 5, 6), Int32Array.of(0, 1, 0)];
    change(images, labels);
    const train = { count: 3, images, labels };
    const test = { count: 1, images: Uint8Array.of(7, 8), labels: Int32Array.of(1) };
    const shape = { height: 1, width: 2, channels: 1, classes: 2 };
    return { name: 'made up', ...shape, normalization: { mean: [0], std: [1] }, train, test };
  };

  it('does not depend on the name of the dataset or on the size of the hashed pieces', () => {
    const whole = fingerprint(dataset());
    assert.match(whole, /^[0-9a-f]{64}$/);
    assert.equal(fingerprint({ ...dataset(), name: 'other' }), whole);
    for (const piece of [1, 2, 4]) assert.equal(fingerprint(dataset(), piece), whole);
  });

  it('changes if an image, a label or the shape changes', () => {
    const others = [
      dataset((images) => (images[5]! ^= 1)),
      dataset((_, labels) => (labels[0] = 1)),
      { ...dataset(), height: 2, width: 1 },
    ].map((each) => fingerprint(each));
    assert.equal(new Set([fingerprint(dataset()), ...others]).size, 4);
  });
});
