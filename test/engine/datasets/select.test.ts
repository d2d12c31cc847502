import assert from 'node:assert/strict';
import type { FileSplit, StoredSplit } from '../../../engine/datasets/dataset';
import { fingerprint } from '../../../engine/datasets/fingerprint';
import { packNames } from '../../../engine/datasets/images/names';
import { loadDataset } from '../../../engine/datasets/load';
import { limited, select, type Selection } from '../../../engine/datasets/select';
import type { DatasetSpec } from '../../../engine/protocol';
import { fixture } from '../../fixtures';
import { assertRefused } from './assert';

/** 60 images of one pixel, whose value is their index. Class 0 has 30 of them, class 1 has 20, class 2 has 10. */
const labels = Int32Array.from({ length: 60 }, (_, i) => (i % 6 < 3 ? 0 : i % 6 < 5 ? 1 : 2));
const train: StoredSplit = { count: 60, images: Uint8Array.from({ length: 60 }, (_, i) => i), labels };
const test: StoredSplit = { count: 3, images: Uint8Array.of(100, 101, 102), labels: Int32Array.of(0, 1, 2) };
const chosen = (selection: Selection) => {
  const splits = select({ train, test }, 3, selection);
  assert('images' in splits.train && 'images' in splits.test);
  return { train: splits.train, test: splits.test };
};
const countsOf = (split: StoredSplit) => [0, 1, 2].map((label) => split.labels.filter((own) => own === label).length);

describe('select', () => {
  it('changes nothing without options', () => {
    assert.deepEqual(chosen({}), { train, test });
  });

  it('holds out validation images by class, and leaves the others for training', () => {
    const splits = chosen({ validation: 12 });
    assert.deepEqual(
      [countsOf(splits.test), countsOf(splits.train)],
      [
        [6, 4, 2],
        [24, 16, 8],
      ],
    );
    const all = [...splits.train.images, ...splits.test.images].sort((a, b) => a - b);
    assert.deepEqual(all, [...train.images]);
    for (const { images, labels: own } of [splits.train, splits.test])
      images.forEach((index, i) => {
        assert.equal(own[i], labels[index]);
      });
    assert.ok(splits.train.images.buffer instanceof SharedArrayBuffer);
  });

  it('takes a sample of each split by class, after images were held out', () => {
    const splits = chosen({ validation: 12, subset: { train: 12, test: 6 } });
    assert.deepEqual(
      [countsOf(splits.train), countsOf(splits.test)],
      [
        [6, 4, 2],
        [3, 2, 1],
      ],
    );
  });

  it('gives exactly that fraction of the training images another label, and all classes occur', () => {
    const { train: noisy, test: clean } = chosen({ labelNoise: 0.5 });
    assert.equal(noisy.labels.filter((label, i) => label !== labels[i]).length, 30);
    assert.deepEqual([...new Set(noisy.labels)].sort(), [0, 1, 2]);
    assert.deepEqual([noisy.images, clean], [train.images, test]);
    const all = chosen({ labelNoise: 1 }).train.labels;
    assert.ok(all.every((label, i) => label !== labels[i]));
  });

  it('depends only on its seed', () => {
    const options = { validation: 12, subset: { train: 20 }, labelNoise: 0.5 };
    assert.deepEqual(chosen({ ...options, seed: 1 }), chosen(options));
    assert.notDeepEqual(chosen({ ...options, seed: 2 }), chosen(options));
  });

  it('chooses files without reading them', () => {
    const names = Array.from({ length: 60 }, (_, i) => `${i}.jpg`);
    const split: FileSplit = {
      ...{ count: 60, labels, files: packNames('/nowhere', names), sizes: new Uint32Array(60), resize: 1 },
      rows: Uint32Array.from({ length: 60 }, (_, i) => i),
    };
    const splits = select({ train: split, test: split }, 3, { validation: 12, subset: { train: 12 } });
    const expected = chosen({ validation: 12, subset: { train: 12 } });
    assert('files' in splits.train && 'files' in splits.test);
    assert.deepEqual([...splits.train.rows], [...expected.train.images]);
    assert.deepEqual([...splits.test.rows], [...expected.test.images]);
    assert.deepEqual([...limited(split, 2).rows], [0, 1]);
  });

  it('is part of loading: other options give other data, and normalization ignores held-out images', async () => {
    const load = (selection: Selection) =>
      loadDataset({ format: 'npz', path: fixture('cases/17-last-batch-of-one/d.npz'), ...selection }, '');
    const whole = await load({});
    const held = await load({ validation: 8 });
    assert.deepEqual([held.train.count, held.test.count], [whole.train.count - 8, 8]);
    assert.notDeepEqual(held.normalization, whole.normalization);
    const options: Selection[] = [
      {},
      { validation: 8 },
      { validation: 8, seed: 2 },
      { subset: { train: 8 } },
      { labelNoise: 0.5 },
    ];
    const prints = await Promise.all(options.map(async (selection) => fingerprint(await load(selection))));
    assert.equal(new Set(prints).size, options.length);
    const refused = (selection: Partial<DatasetSpec & Selection>, message: RegExp) =>
      assertRefused(load(selection), message);
    await refused({ validation: 33 }, /^dataset\.validation: is 33, but there are only 33 training images\. Lower it/);
    await refused({ subset: { test: 99 } }, /^dataset\.subset\.test: is 99, but there are only \d+ images/);
  });
});
