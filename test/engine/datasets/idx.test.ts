import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { loadDataset } from '../../../engine/datasets/load';
import type { FileDataset } from '../../../engine/protocol';
import { fixture, temporaryFolder } from '../../fixtures';
import { assertRefused, assertShared, inMemory } from './assert';

type Spec = FileDataset;

describe('loadDataset from idx', () => {
  const temporary = temporaryFolder();
  const load = (spec: Omit<Spec, 'path'> & { path?: string }) =>
    inMemory(loadDataset({ path: '.', ...spec }, temporary('.')));
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

  it('reads plain and gzipped files with both spellings of their names', async () => {
    const { train, test, normalization, ...rest } = await load({ format: 'idx' });
    assert.deepEqual({ ...rest, name: '' }, { name: '', height: 2, width: 1, channels: 1, classes: 3 });
    assert.deepEqual([...train.images], [0, 10, 20, 30, 40, 50]);
    assert.deepEqual([[...train.labels], [...test.images], [...test.labels]], [[0, 2, 1], [7, 8], [1]]);
    assert.deepEqual(normalization.mean, [25]);
    assert.equal(normalization.std[0], Math.sqrt((25 ** 2 + 15 ** 2 + 5 ** 2) / 3));
  });

  it('applies the given limit and normalization', async () => {
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
    await refused(
      { format: 'idx' },
      /t10k-labels-idx1-ubyte has label 3 at row 0, but labels must be whole numbers from 0 to 2/,
    );
    write('t10k-labels-idx1-ubyte', [2], [1, 1]);
    await refused(
      { format: 'idx' },
      /t10k-labels-idx1-ubyte has 2 labels, but .*t10k-images\.idx3-ubyte\.gz has 1 images/,
    );
    write('t10k-labels-idx1-ubyte', [2], [1]);
    await refused({ format: 'idx' }, /should have 2 bytes after its header, but has 1/);
    write('t10k-labels-idx1-ubyte', [1, 1, 1], [1]);
    await refused({ format: 'idx' }, /is not an IDX file/);
    writeFileSync(temporary('t10k-labels-idx1-ubyte'), gzipSync(Buffer.alloc(100)).subarray(0, 20));
    await refused({ format: 'idx' }, /cannot be unpacked/);
    writeFileSync(temporary('t10k-labels-idx1-ubyte'), '');
    await refused({ format: 'idx' }, /has only 0 bytes/);
  });

  it('finds the files of EMNIST by their names and converts the labels to begin at 0', async () => {
    const letters = await loadDataset({ format: 'idx', path: 'cases/14-emnist-letters' }, fixture('.'));
    assert.deepEqual(
      [letters.classes, Math.min(...letters.train.labels), Math.max(...letters.train.labels)],
      [26, 0, 25],
    );
    assert.deepEqual(letters.notes, [
      'The labels in emnist-letters-train-labels-idx1-ubyte.gz begin at 1, so 1 was subtracted from each.',
    ]);
    const raw = gunzipSync(readFileSync(fixture('cases/14-emnist-letters/emnist-letters-test-labels-idx1-ubyte.gz')));
    assert.deepEqual(
      [...letters.test.labels],
      [...raw.subarray(8)].map((label) => label - 1),
    );
  });

  it('does not change EMNIST labels that begin at 0', async () => {
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

  it('does not change labels in files with the names of MNIST, because existing runs use them', async () => {
    write('train-labels-idx1-ubyte', [3], [1, 2, 1]);
    const { train, classes, notes } = await load({ format: 'idx' });
    assert.deepEqual([[...train.labels], classes, notes], [[1, 2, 1], 3, undefined]);
  });

  it('refuses a folder with several datasets and names them', async () => {
    rmSync(temporary('train-images-idx3-ubyte'));
    for (const name of ['emnist-letters', 'emnist-digits'])
      write(`${name}-train-images-idx3-ubyte`, [3, 2, 1], [0, 10, 20, 30, 40, 50]);
    await refused(
      { format: 'idx' },
      /has several datasets \("emnist-digits-", "emnist-letters-"\)\. Move the four files/,
    );
  });

  it('lists the accepted file names and the files in the folder if a file is missing', async () => {
    rmSync(temporary('train-images-idx3-ubyte'));
    await refused(
      { format: 'idx' },
      /train-images-idx3-ubyte does not exist\. .*Accepted names are train-images-idx3-ubyte, .*train-images\.idx3-ubyte\.gz\. The folder has "t10k-images\.idx3-ubyte\.gz", "t10k-labels-idx1-ubyte", "train-labels-idx1-ubyte\.gz"\.$/,
    );
  });

  it('refuses test images whose size differs from the training images', async () => {
    write('t10k-images-idx3-ubyte', [1, 1, 1], [7]);
    await refused({ format: 'idx' }, /images of 1 × 1 × 1, but the training images have 2 × 1 × 1/);
  });
});
