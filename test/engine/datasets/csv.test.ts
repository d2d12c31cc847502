import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { loadDataset } from '../../../engine/datasets/load';
import type { FileDataset } from '../../../engine/protocol';
import { temporaryFolder } from '../../fixtures';
import { npyArray } from '../npy';
import { assertRefused, assertShared, inMemory } from './assert';

type Spec = Partial<FileDataset>;

describe('loadDataset from csv', () => {
  const temporary = temporaryFolder();
  const load = (spec: Spec = {}) => inMemory(loadDataset({ format: 'csv', path: '.', ...spec }, temporary('.')));
  const refused = (message: RegExp, spec: Spec = {}) => assertRefused(load(spec), message);
  beforeEach(() => {
    writeFileSync(temporary('mnist_train.csv'), '1,0,10,20,255\n0,1,2,3,4\n');
    writeFileSync(temporary('mnist_test.csv.gz'), gzipSync('1,9,8,7,6\r\n'));
  });

  it('reads labels and gray pixels, gzipped or not', async () => {
    const { train, test, height, width, channels } = await load();
    assert.deepEqual([height, width, channels], [2, 2, 1]);
    assert.deepEqual([[...train.labels], [...test.labels]], [[1, 0], [1]]);
    assert.deepEqual([...train.images], [0, 10, 20, 255, 1, 2, 3, 4]);
    assert.ok(train.images instanceof Uint8Array);
    assert.deepEqual([...test.images], [9, 8, 7, 6]);
    assertShared({ train, test });
  });

  it('finds the label by the name of its column, and keeps fractions', async () => {
    writeFileSync(temporary('mnist_train.csv'), 'p0,p1,"Label",p2,p3\n0.5,1,1,2,-3e-1\n4,5,0,6,7\n');
    const { train } = await load();
    assert.deepEqual(
      [[...train.labels], [...train.images]],
      [[1, 0], Array.from(Float32Array.of(0.5, 1, 2, -0.3, 4, 5, 6, 7))],
    );
  });

  it('reads three channels in both layouts', async () => {
    const pixels = Array.from({ length: 12 }, (_, i) => i);
    rmSync(temporary('mnist_test.csv.gz'));
    for (const file of ['mnist_train.csv', 'mnist_test.csv'])
      writeFileSync(temporary(file), `0,${pixels.join()}\n1,${pixels.join()}\n`);
    assert.deepEqual([...(await load()).train.images.subarray(0, 6)], [0, 4, 8, 1, 5, 9]);
    assert.deepEqual([...(await load({ layout: 'NHWC' })).train.images.subarray(0, 6)], [0, 1, 2, 3, 4, 5]);
  });

  it('takes a line without a number, or with a name for the labels, for a header', async () => {
    const rows = '1,1,2,3,4\n0,5,6,7,8\n';
    for (const header of ['digit,a,b,c,d', 'y,0,1,2,3', '"class",,,,']) {
      writeFileSync(temporary('mnist_train.csv'), `${header}\n${rows}`);
      assert.deepEqual([...(await load()).train.images], [1, 2, 3, 4, 5, 6, 7, 8], header);
    }
    for (const first of ['2,,9,9,9', '2,x,9,9,9', 'digit,0,1,2,3']) {
      writeFileSync(temporary('mnist_train.csv'), `${first}\n${rows}`);
      await refused(
        /has "\w*", which is not a number, in line 1\. If this line is a header, name the column of the labels/,
      );
    }
  });

  it('finds train and test as words, and refuses several files', async () => {
    for (const name of ['latest.csv', 'contest.csv', 'trainer.csv', 'testing.csv']) writeFileSync(temporary(name), '7');
    const expected = await load();
    renameSync(temporary('mnist_train.csv'), temporary('Train2.CSV'));
    assert.deepEqual((await load()).train, expected.train);
    writeFileSync(temporary('a-test.csv'), '7');
    await refused(
      /has several \.csv files whose names contain the word test: "a-test\.csv", "mnist_test\.csv\.gz"\. Move the others/,
    );
  });

  it('names the file and the line that is wrong', async () => {
    const wrong: [string, RegExp][] = [
      ['', /mnist_train\.csv is empty/],
      ['1,1,2,3,4\n0,1,x,3,4\n', /mnist_train\.csv has "x", which is not a number, in line 2/],
      ['1,1,2,3,4\n0,1,2,3\n', /mnist_train\.csv has 4 values, but 5 in its first line, in line 2/],
      ['1,1,2,3,4\n0,1,,3,4\n', /mnist_train\.csv has "", which is not a number, in line 2/],
      ['1,1,2\n0,1,2\n', /mnist_train\.csv has 3 columns\. There must be a label and the pixels of a square image/],
      ['1,1,2,3,4\n0.5,1,2,3,4\n', /mnist_train\.csv has label 0\.5 in line 2, but/],
      ['\n1,1,2,3,4\n\n0.5,1,2,3,4\n', /mnist_train\.csv has label 0\.5 in line 4, but/],
      ['\nlabel,a,b,c,d\r\n\r\n0,1,2,3,4\n0,1,2,3\n', /has 4 values, but 5 in its first line, in line 5/],
      ['1,1,2,3,4\n\n0,1,2,3,1e999\n', /has the pixel value Infinity in the image in line 3/],
    ];
    for (const [text, message] of wrong) {
      writeFileSync(temporary('mnist_train.csv'), text);
      await refused(message);
    }
    mkdirSync(temporary('none'));
    await refused(/none has no \.csv file whose name contains the word train\. It has nothing/, { path: 'none' });
    await refused(/missing does not exist/, { path: 'missing' });
  });
});

describe('loadDataset from npy', () => {
  const temporary = temporaryFolder();
  const load = (spec: Spec = {}) => inMemory(loadDataset({ format: 'npy', path: '.', ...spec }, temporary('.')));
  const refused = (message: RegExp, spec: Spec = {}) => assertRefused(load(spec), message);
  beforeEach(() => {
    writeFileSync(temporary('x_train.npy'), npyArray('|u1', [2, 1, 2], Uint8Array.of(1, 2, 3, 4)));
    writeFileSync(temporary('y_train.npy'), npyArray('<i8', [2], BigInt64Array.of(0n, 1n)));
    writeFileSync(temporary('x_test.npy'), npyArray('|u1', [1, 1, 2], Uint8Array.of(5, 6)));
    writeFileSync(temporary('y_test.npy'), npyArray('|u1', [1], Uint8Array.of(1)));
  });

  it('reads a pair of files for each split, with default or given names', async () => {
    const expected = await load();
    assert.deepEqual(
      [[...expected.train.images], [...expected.train.labels]],
      [
        [1, 2, 3, 4],
        [0, 1],
      ],
    );
    assert.deepEqual([[...expected.test.images], [...expected.test.labels]], [[5, 6], [1]]);
    const train = { images: 'x_train.npy', labels: 'y_train', rows: [0, 2] as [number, number] };
    assert.deepEqual(await load({ train }), expected);
  });

  it('names the file that is missing or wrong', async () => {
    await refused(/has no array x\. Its arrays are "x_test", "x_train", "y_test", "y_train"/, {
      train: { images: 'x', labels: 'y_train' },
    });
    writeFileSync(temporary('y_test.npy'), npyArray('|u1', [1], Uint8Array.of(7)));
    await refused(/y_test\.npy has label 7 at row 0/);
    writeFileSync(temporary('y_test.npy'), 'no array');
    await refused(/y_test\.npy/);
    await refused(/none does not exist/, { path: 'none' });
  });
});
