import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { FileSplit } from '../../../engine/datasets/dataset';
import { fingerprint } from '../../../engine/datasets/fingerprint';
import { packNames } from '../../../engine/datasets/images/names';
import { loadDataset } from '../../../engine/datasets/load';
import { ofClasses } from '../../../engine/datasets/select';
import type { DatasetSpec } from '../../../engine/protocol';
import { checkOptions } from '../../../engine/runs/options';
import { fixture, readJson, temporaryFolder } from '../../fixtures';
import { cliJson } from '../process';
import { assertRefused, inMemory } from './assert';

/** Computed by numpy: test/fixtures/make/classes.py. */
interface Case {
  classes: number[];
  limit?: number;
  train: Chosen;
  test: Chosen;
  mean: number;
  std: number;
}
interface Chosen {
  count: number;
  images: string;
  labels: string;
}

const sha256 = (data: Uint8Array | Int32Array | Float32Array) => createHash('sha256').update(data).digest('hex');

describe('the classes of a dataset', () => {
  const temporary = temporaryFolder();

  for (const expected of readJson(fixture('classes.json')) as Case[]) {
    const { classes, limit, train, test, mean, std } = expected;
    it(`${classes.join()} of the sample${limit === undefined ? '' : `, ${limit} images`} are those that numpy chooses`, async () => {
      const limits = limit === undefined ? {} : { limit: { train: limit, test: limit } };
      const found = await inMemory(loadDataset({ format: 'sample', classes, ...limits }, '/nowhere'));
      for (const [split, wanted] of [
        [found.train, train],
        [found.test, test],
      ] as const) {
        const [images, labels] = [sha256(split.images), sha256(split.labels)];
        assert.deepEqual({ count: split.count, images, labels }, wanted);
      }
      assert.equal(found.classes, classes.length);
      for (const [measured, wanted] of [
        [found.normalization.mean[0]!, mean],
        [found.normalization.std[0]!, std],
      ] as const)
        assert.ok(Math.abs(measured - wanted) <= 1e-6 * wanted, `${measured} is not ${wanted}`);
    });
  }

  it('keep their names, in the order of the list', async () => {
    const { classNames } = await loadDataset({ format: 'sample', classes: [9, 1] }, '');
    assert.deepEqual(classNames, ['Ankle boot', 'Trouser']);
  });

  it('are chosen in the files of any format, before “limit”', async () => {
    // four images of one pixel
    const lines = [
      [0, 10],
      [1, 11],
      [2, 12],
      [1, 13],
    ].map((line) => line.join(','));
    mkdirSync(temporary('csv'), { recursive: true });
    for (const split of ['train', 'test']) writeFileSync(temporary(`csv/${split}.csv`), `${lines.join('\n')}\n`);
    const chosen = await inMemory(
      loadDataset({ format: 'csv', path: 'csv', classes: [2, 1], limit: { train: 2 } }, temporary('.')),
    );
    assert.deepEqual(
      [[...chosen.train.images], [...chosen.train.labels]],
      [
        [11, 12],
        [1, 0],
      ],
    );
    assert.deepEqual(
      [[...chosen.test.images], [...chosen.test.labels]],
      [
        [11, 12, 13],
        [1, 0, 1],
      ],
    );
  });

  it('are chosen in lists of image files without reading them', () => {
    const labels = Int32Array.of(0, 1, 2, 0);
    const split: FileSplit = {
      ...{ count: 4, labels, files: packNames('/nowhere', ['a', 'b', 'c', 'd']), sizes: new Uint32Array(4), resize: 1 },
      rows: Uint32Array.of(0, 1, 2, 3),
    };
    const { train, classes } = ofClasses({ train: split, test: split, classes: 3 }, [2, 0]);
    assert('files' in train);
    assert.deepEqual([classes, [...train.rows], [...train.labels]], [2, [0, 2, 3], [1, 0, 1]]);
  });

  it('identify the data, and must exist', async () => {
    const load = (classes: number[]) => loadDataset({ format: 'sample', classes }, '');
    const prints = await Promise.all(
      [load([0, 1]), load([1, 0]), load([0, 2])].map(async (one) => fingerprint(await one)),
    );
    assert.equal(new Set(prints).size, 3);
    await assertRefused(
      load([3, 10]),
      /^dataset\.classes: contains 10, but the classes of the data are 0 to 9\. Correct it/,
    );
  });

  it('of the included images can be trained on, and transferred to others', async () => {
    const small = { limit: { train: 64, test: 32 } };
    const dataset = { format: 'sample', classes: [0, 1, 2], ...small };
    const options = { model: { model: 'mlp', options: { hidden: [8] } }, dataset, backend: 'wasm', rounds: 1 };
    const epochs = { warmupEpochs: 1, epochsPerRound: 1, finalEpochs: 1 };
    writeFileSync(temporary('a.sign.json'), JSON.stringify({ method: 'lrr', ...options, ...epochs }));
    await cliJson('run', temporary('a.sign.json'), '--dir', temporary('a'));
    const ticket = temporary('a/checkpoints/round-01.safetensors');
    const other = ['--classifier', 'new', '--set', 'dataset.classes=[7,8,9]', '--dir', temporary('b')];
    await cliJson('transfer', ticket, '--seed', '2', ...other);
    const { runs } = await cliJson<{ runs: { status: string; dataset: string }[] }>('runs', temporary('.'));
    assert.deepEqual(
      runs.map(({ status, dataset: name }) => [status, name]),
      [
        ['done', 'sample'],
        ['done', 'sample'],
      ],
    );
  }).timeout(60_000);

  it('of the included images need no path, and those of files do', () => {
    const check = (dataset: unknown) => checkOptions({ method: 'lrr', model: 'mlp', dataset }, 'run file').dataset;
    const sample: DatasetSpec = { format: 'sample', classes: [1, 2] };
    assert.deepEqual(check(sample), sample);
    assert.throws(
      () => check({ ...sample, path: '.' }),
      /"dataset\.path" has no effect on the included images\. Remove it\./,
    );
    assert.throws(() => check({ format: 'sample', classes: [1] }), /"dataset\.classes" must have at least 2 entries/);
    assert.throws(
      () => check({ format: 'sample', classes: [1, 1] }),
      /"dataset\.classes" has the same entry twice: 1\. Remove one\./,
    );
    assert.throws(() => check({ format: 'csv', classes: [1, 2] }), /"dataset\.path" is missing\. Add it\./);
  });
});
