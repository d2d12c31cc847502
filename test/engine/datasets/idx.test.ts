import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { loadDataset } from '../../../engine/datasets/load';
import type { DatasetSpec } from '../../../engine/protocol';
import { fixture, temporaryFolder } from '../../fixtures';
import { assertRefused, assertShared } from './assert';

type Spec = Exclude<DatasetSpec, 'sample'>;

describe('loadDataset from idx', () => {
  const temporary = temporaryFolder();
  const load = (spec: Omit<Spec, 'path'> & { path?: string }) => loadDataset({ path: '.', ...spec }, temporary('.'));
  const refused = (spec: Parameters<typeof load>[0], message: RegExp) => assertRefused(load(spec), message);
  const write = (name: string, dimensions: number[], bytes: number[], pack = false) => {
    const header = Buffer.alloc(4 + 4 * dimensions.length);
    header.writeUInt32BE(0x800 + dimensions.length);
    dimensions.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
    const whole = Buffer.concat([header, Buffer.from(bytes)]);
    writeFileSync(temporary(pack ? `${name}.gz` : name), pack ? gzipSync(whole) : whole);
  };
  beforeEach(() => {
    write('train-images-idx3-ubyte', [3, 2, 1], [0, 10, 20, 30, 40, 50]);
    write('train-labels-idx1-ubyte', [3], [0, 2, 1], true);
    write('t10k-images.idx3-ubyte', [1, 2, 1], [7, 8], true);
    write('t10k-labels-idx1-ubyte', [1], [1]);
  });

  it('reads plain and gzipped files by both spellings', async () => {
    const { train, test, normalization, ...rest } = await load({ format: 'idx' });
    assert.deepEqual({ ...rest, name: '' }, { name: '', height: 2, width: 1, channels: 1, classes: 3 });
    assert.deepEqual([...train.images], [0, 10, 20, 30, 40, 50]);
    assert.deepEqual([[...train.labels], [...test.images], [...test.labels]], [[0, 2, 1], [7, 8], [1]]);
    assert.deepEqual(normalization.mean, [25]);
    assert.equal(normalization.std[0], Math.sqrt((25 ** 2 + 15 ** 2 + 5 ** 2) / 3));
  });

  it('takes as many examples as `limit` says, and the normalization it is given', async () => {
    const normalization = { mean: [1], std: [2] };
    const dataset = await load({ format: 'idx', limit: { train: 2, test: 5 }, normalization });
    assert.deepEqual([dataset.train.count, [...dataset.train.labels], dataset.test.count], [2, [0, 2], 1]);
    assert.deepEqual(dataset.normalization, normalization);
    assertShared(dataset);
    await refused({ format: 'idx', normalization: { mean: [1, 2], std: [1] } }, /normalization\.mean: has 2 numbers/);
    await refused({ format: 'idx', normalization: { mean: [1], std: [0] } }, /normalization\.std: must be above 0/);
  });

  it('names the file and what is wrong with it', async () => {
    await refused({ format: 'idx', path: 'none' }, /^dataset\.path: .*none.train-images-idx3-ubyte does not exist/);
    write('t10k-labels-idx1-ubyte', [1], [3]);
    await refused({ format: 'idx' }, /t10k-labels-idx1-ubyte has label 3 at row 0; labels are 0 … 2/);
    write('t10k-labels-idx1-ubyte', [2], [1, 1]);
    await refused(
      { format: 'idx' },
      /t10k-labels-idx1-ubyte holds 2 labels, but .*t10k-images\.idx3-ubyte\.gz holds 1 images/,
    );
    write('t10k-labels-idx1-ubyte', [2], [1]);
    await refused({ format: 'idx' }, /should hold 2 bytes after its header, but holds 1/);
    write('t10k-labels-idx1-ubyte', [1, 1, 1], [1]);
    await refused({ format: 'idx' }, /is not an IDX file/);
    writeFileSync(temporary('t10k-labels-idx1-ubyte'), gzipSync(Buffer.alloc(100)).subarray(0, 20));
    await refused({ format: 'idx' }, /cannot be unpacked/);
    writeFileSync(temporary('t10k-labels-idx1-ubyte'), '');
    await refused({ format: 'idx' }, /has only 0 bytes/);
  });

  it('finds the files of EMNIST by their names, and counts its labels from 0', async () => {
    const letters = await loadDataset({ format: 'idx', path: 'cases/14-emnist-letters' }, fixture('.'));
    assert.deepEqual(
      [letters.classes, Math.min(...letters.train.labels), Math.max(...letters.train.labels)],
      [26, 0, 25],
    );
    assert.deepEqual(letters.notes, [
      'The labels of emnist-letters-train-labels-idx1-ubyte.gz begin at 1; they are read as labels from 0.',
    ]);
    const raw = gunzipSync(readFileSync(fixture('cases/14-emnist-letters/emnist-letters-test-labels-idx1-ubyte.gz')));
    assert.deepEqual(
      [...letters.test.labels],
      [...raw.subarray(8)].map((label) => label - 1),
    );
  });

  it('leaves labels of EMNIST that begin at 0 as they are', async () => {
    for (const [split, prefix] of [
      ['train', 'emnist-digits-train'],
      ['t10k', 'emnist-digits-test'],
    ] as const)
      for (const part of ['images', 'labels'])
        for (const name of readdirSync(temporary('.')).filter((file) => file.startsWith(`${split}-${part}`)))
          renameSync(temporary(name), temporary(name.replace(split, prefix)));
    const { train, test, notes } = await load({ format: 'idx' });
    assert.deepEqual([[...train.labels], [...test.labels], notes], [[0, 2, 1], [1], undefined]);
  });

  it('leaves labels in files with the names of MNIST as they are: runs were made of them', async () => {
    write('train-labels-idx1-ubyte', [3], [1, 2, 1]);
    const { train, classes, notes } = await load({ format: 'idx' });
    assert.deepEqual([[...train.labels], classes, notes], [[1, 2, 1], 3, undefined]);
  });

  it('refuses a folder of several datasets, and says which', async () => {
    rmSync(temporary('train-images-idx3-ubyte'));
    for (const name of ['emnist-letters', 'emnist-digits'])
      write(`${name}-train-images-idx3-ubyte`, [3, 2, 1], [0, 10, 20, 30, 40, 50]);
    await refused(
      { format: 'idx' },
      /has several datasets \("emnist-digits-", "emnist-letters-"\)\. Put the four files/,
    );
  });

  it('says which files were looked for, and which there are', async () => {
    rmSync(temporary('train-images-idx3-ubyte'));
    await refused(
      { format: 'idx' },
      /train-images-idx3-ubyte does not exist; .*Looked for train-images-idx3-ubyte, .*train-images\.idx3-ubyte\.gz; the folder has "t10k-images\.idx3-ubyte\.gz", "t10k-labels-idx1-ubyte", "train-labels-idx1-ubyte\.gz"\.$/,
    );
  });

  it('refuses test images of another size', async () => {
    write('t10k-images-idx3-ubyte', [1, 1, 1], [7]);
    await refused({ format: 'idx' }, /images of 1 × 1 × 1, those for training 2 × 1 × 1/);
  });
});
