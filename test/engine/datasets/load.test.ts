import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { loadDataset } from '../../../engine/datasets/load';
import type { FileDataset } from '../../../engine/protocol';
import type { HostTensor } from '../../../engine/tensors';
import { fixture, readJson, temporaryFolder } from '../../fixtures';
import { assertRefused, assertShared, inMemory } from './assert';

type Spec = FileDataset;

describe('loadDataset', () => {
  const temporary = temporaryFolder();
  const load = (spec: Omit<Spec, 'path'> & { path?: string }) =>
    inMemory(loadDataset({ path: '.', ...spec }, temporary('.')));
  const refused = (spec: Parameters<typeof load>[0], message: RegExp) => assertRefused(load(spec), message);

  describe('the sample', () => {
    it('is balanced, stored in bytes, and has disjoint splits', async () => {
      const sample = await inMemory(loadDataset('sample', '/nowhere'));
      assert.equal(sample.name, 'Fashion-MNIST sample');
      assert.deepEqual([sample.height, sample.width, sample.channels, sample.classes], [28, 28, 1, 10]);
      for (const [split, each] of [
        [sample.train, 900],
        [sample.test, 200],
      ] as const) {
        assert.equal(split.images.length, split.count * 784);
        const counts = new Array<number>(10).fill(0);
        split.labels.forEach((label) => counts[label]!++);
        assert.deepEqual(counts, new Array(10).fill(each));
      }
      const texts = ({ images, count }: typeof sample.train) =>
        Array.from({ length: count }, (_, i) =>
          Buffer.from(images.subarray(i * 784, (i + 1) * 784)).toString('latin1'),
        );
      const train = new Set(texts(sample.train));
      assert(texts(sample.test).every((image) => !train.has(image)));
      assert(sample.train.images.includes(255));
      assert.equal(sample.classNames?.[9], 'Ankle boot');
    });
  });

  describe('cifar', () => {
    /** One image. Its channels are `base`, `base + 1` and `base + 2`, except in its first pixel, whose channels are 0, 50 and 100. */
    const record = (labels: number[], base: number) => {
      const planes = [0, 1, 2].map((channel) => Buffer.alloc(1024, base + channel));
      planes.forEach((plane, channel) => (plane[0] = 50 * channel));
      return Buffer.concat([Buffer.from(labels), ...planes]);
    };

    it('reads CIFAR-10 from the folder in the archive, with channels last and class names', async () => {
      mkdirSync(temporary('cifar-10-batches-bin'));
      const put = (name: string, content: string | Buffer) => {
        writeFileSync(temporary(path.join('cifar-10-batches-bin', name)), content);
      };
      for (let batch = 1; batch <= 5; batch++) put(`data_batch_${batch}.bin`, record([batch - 1], 10 * batch));
      put('test_batch.bin', record([3], 9));
      put('batches.meta.txt', 'a\nb\nc\nd\ne\n\n');
      const { train, test, classes, classNames, channels } = await load({ format: 'cifar10' });
      assert.deepEqual([classes, channels, train.count, classNames], [5, 3, 5, ['a', 'b', 'c', 'd', 'e']]);
      assert.deepEqual([...train.labels], [0, 1, 2, 3, 4]);
      assert.deepEqual([...train.images.subarray(3072, 3078)], [0, 50, 100, 20, 21, 22]);
      assert.deepEqual([...test.images.subarray(0, 6)], [0, 50, 100, 9, 10, 11]);
      assertShared({ train, test });
      const limited = await load({ format: 'cifar10', limit: { train: 2 } });
      assert.deepEqual([...limited.train.images], [...train.images.subarray(0, 2 * 3072)]);
      assertShared(limited);
    });

    it('reads the fine labels of CIFAR-100', async () => {
      writeFileSync(temporary('train.bin'), Buffer.concat([record([1, 4], 0), record([0, 7], 0)]));
      writeFileSync(temporary('test.bin'), record([0, 2], 0));
      const { train, classes } = await load({ format: 'cifar100' });
      assert.deepEqual([[...train.labels], classes], [[4, 7], 8]);
    });

    it('refuses a truncated file and names a missing one', async () => {
      writeFileSync(temporary('train.bin'), record([1, 4], 0).subarray(1));
      await refused({ format: 'cifar100' }, /train\.bin is truncated .* not a multiple of 3074 bytes/);
      await refused({ format: 'cifar10' }, /data_batch_1\.bin does not exist/);
      await refused(
        { format: 'cifar10', path: 'train.bin' },
        /train\.bin is a file\. Set dataset\.path to the folder with/,
      );
    });

    it('reads the Python version, whose pickles Python 2 wrote, like the binary version', async () => {
      const truth = readJson('cifar/truth.json') as Record<string, { train: string; test: string }>;
      const digest = ({ images }: { images: Uint8Array | Float32Array }) =>
        createHash('sha256').update(images).digest('hex');
      const ten = await load({ format: 'cifar10', path: fixture('cifar') });
      assert.deepEqual({ train: digest(ten.train), test: digest(ten.test) }, truth['cifar10']);
      assert.deepEqual([[...ten.train.labels], [...ten.test.labels]], [[0, 1, 2, 3, 4], [4]]);
      assert.deepEqual(ten.classNames, ['a', 'b', 'c', 'd', 'e']);
      assertShared(ten);
      const hundred = await load({ format: 'cifar100', path: fixture('cifar/cifar-100-python') });
      assert.deepEqual({ train: digest(hundred.train), test: digest(hundred.test) }, truth['cifar100']);
      assert.deepEqual(
        [[...hundred.train.labels], hundred.classNames],
        [
          [0, 1],
          ['apple', 'bee'],
        ],
      );
    });

    it('reads pickles with keys of bytes, as Python 3 writes them again', async () => {
      const spec = { format: 'cifar100' } as const;
      const first = await load({ ...spec, path: fixture('cifar/cifar-100-python') });
      const again = await load({ ...spec, path: fixture('cifar/cifar-100-again') });
      assert.deepEqual({ ...again, name: '' }, { ...first, name: '' });
    });

    it('names the pickle that is truncated, missing, or no batch', async () => {
      cpSync(fixture('cifar/cifar-100-python'), temporary('.'), { recursive: true });
      const [whole, meta] = [readFileSync(temporary('train')), readFileSync(temporary('meta'))];
      writeFileSync(temporary('train'), whole.subarray(0, 4000));
      await refused({ format: 'cifar100' }, /train is truncated or is not a pickle \(the pickle ends too early\)/);
      writeFileSync(temporary('train'), meta);
      await refused({ format: 'cifar100' }, /train is not a batch of CIFAR: it has no fields "data" and "fine_labels"/);
      writeFileSync(temporary('train'), whole);
      rmSync(temporary('test'));
      await refused({ format: 'cifar100' }, /test does not exist/);
    });

    it('refuses a label that is not a class', async () => {
      writeFileSync(temporary('train.bin'), Buffer.concat([record([1, 4], 0), record([0, 100], 0)]));
      writeFileSync(temporary('test.bin'), record([0, 2], 0));
      await refused({ format: 'cifar100' }, /train\.bin has label 100 in record 1, but labels must be 0 … 99/);
    });
  });

  describe('safetensors', () => {
    const images = Float32Array.from({ length: 2 * 2 * 1 * 3 }, (_, i) => i);
    const write = (tensors: Record<string, HostTensor>) =>
      writeSafetensors(temporary('x.safetensors'), { tensors: new Map(Object.entries(tensors)), metadata: {} });
    const labels = (...values: bigint[]): HostTensor => ({
      dtype: 'I64',
      shape: [values.length],
      data: BigInt64Array.from(values),
    });

    it('finds arrays with default names and converts NCHW to NHWC', async () => {
      await write({
        x_train: { dtype: 'F32', shape: [2, 2, 1, 3], data: images },
        y_train: labels(0n, 1n),
        x_test: { dtype: 'F32', shape: [1, 2, 1, 3], data: images.subarray(6) },
        y_test: labels(1n),
      });
      const { train, test, name, ...shape } = await load({ format: 'safetensors', path: 'x.safetensors' });
      assert.deepEqual([name, shape.height, shape.width, shape.channels], ['x', 1, 3, 2]);
      assert.deepEqual([...train.images], [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]);
      assert.deepEqual([...test.images], [6, 9, 7, 10, 8, 11]);
      const same = await load({ format: 'safetensors', path: 'x.safetensors', layout: 'NHWC' });
      assert.deepEqual([same.height, same.width, same.channels, [...same.train.images]], [2, 1, 3, [...images]]);
    });

    it('refuses images that contain NaN or infinity', async () => {
      for (const bad of [NaN, Infinity]) {
        const [whole, broken] = [Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 2, bad, 4)].map((data) => ({
          ...{ dtype: 'F32' as const, shape: [2, 1, 2], data },
        }));
        const y = labels(0n, 1n);
        for (const images of [
          { x_train: broken!, x_test: whole! },
          { x_train: whole!, x_test: broken! },
        ]) {
          await write({ ...images, y_train: y, y_test: y });
          const told = new RegExp(
            `x\\.safetensors: array "x_(train|test)" has the pixel value ${bad} in the image at row 1`,
          );
          await refused({ format: 'safetensors', path: 'x.safetensors' }, told);
        }
      }
    });

    it('reads both splits from rows of one array', async () => {
      await write({
        x_u8: { dtype: 'U8', shape: [4, 1, 2], data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
        y: labels(0n, 1n, 0n, 1n),
      });
      const split = (from: number, to: number) => ({
        images: 'x_u8',
        labels: 'y',
        rows: [from, to] as [number, number],
      });
      const spec = { format: 'safetensors' as const, path: 'x.safetensors' };
      const { train, test } = await load({ ...spec, train: split(1, 4), test: split(0, 1) });
      assert.deepEqual(
        [[...train.images], [...train.labels]],
        [
          [3, 4, 5, 6, 7, 8],
          [1, 0, 1],
        ],
      );
      assert.deepEqual([[...test.images], [...test.labels], train.images instanceof Uint8Array], [[1, 2], [0], true]);
      await refused(
        { ...spec, train: split(1, 5), test: split(0, 1) },
        /^dataset\.train\.rows: \[1, 5\) is not a valid range, because .*: array "x_u8" has 4 rows/,
      );
      await refused(
        { ...spec, train: { images: 'x', labels: 'y' } },
        /^dataset\.train\.images: .* has no array x\. Its arrays are "x_u8", "y"/,
      );
      await refused(spec, /^dataset\.train: .* has no arrays x_train and y_train/);
    });

    it('reports row numbers of the whole array, not of the used range', async () => {
      const x: HostTensor = { dtype: 'F32', shape: [4, 1, 1], data: Float32Array.of(1, 2, NaN, 4) };
      await write({ x, y: labels(0n, 1n, 0n, -1n) });
      const split = (from: number, to: number) => ({ images: 'x', labels: 'y', rows: [from, to] as [number, number] });
      const spec = { format: 'safetensors' as const, path: 'x.safetensors', train: split(0, 2) };
      await refused({ ...spec, test: split(2, 4) }, /array "y" has label -1 at row 3/);
      await refused({ ...spec, test: split(2, 3) }, /array "x" has the pixel value NaN in the image at row 2/);
    });

    it('names the array that is a single number or empty', async () => {
      const scalar = { format: 'npz' as const, path: fixture('cases/18-odd-arrays/scalar-label.npz') };
      await refused(
        scalar,
        /^dataset\.path: .*scalar-label\.npz: array "y_train" is a single number, but an array must have one row for each image\.$/,
      );
      await write({
        x_train: { dtype: 'U8', shape: [0, 1, 1], data: new Uint8Array(0) },
        y_train: labels(),
        x_test: { dtype: 'U8', shape: [1, 1, 1], data: Uint8Array.of(1) },
        y_test: labels(1n),
      });
      await refused({ format: 'safetensors', path: 'x.safetensors' }, /array "x_train" is empty/);
    });

    it('refuses arrays that cannot be images or labels', async () => {
      const x: HostTensor = { dtype: 'U8', shape: [2, 1, 1], data: Uint8Array.of(1, 2) };
      const spec = { format: 'safetensors' as const, path: 'x.safetensors' };
      await write({ x_train: { ...x, shape: [2, 1] }, y_train: labels(0n, 1n), x_test: x, y_test: labels(0n, 1n) });
      await refused(spec, /array "x_train" has shape \[2, 1\], but images must have 3 dimensions/);
      await write({
        x_train: x,
        y_train: { dtype: 'F32', shape: [2], data: Float32Array.of(0, 0.5) },
        x_test: x,
        y_test: labels(0n, 1n),
      });
      await refused(spec, /array "y_train" has label 0\.5 at row 1/);
      await write({
        x_train: x,
        y_train: { dtype: 'U8', shape: [2, 2], data: new Uint8Array(4) },
        x_test: x,
        y_test: labels(0n, 1n),
      });
      await refused(spec, /array "y_train" has shape \[2, 2\], but there must be one label.*one-hot.*argmax/);
      await write({ x_train: x, y_train: labels(0n, 0n), x_test: x, y_test: labels(0n, 0n) });
      await refused(spec, /array "y_train" has only one class/);
      await refused({ ...spec, path: 'none.safetensors' }, /none\.safetensors does not exist/);
    });
  });
});
