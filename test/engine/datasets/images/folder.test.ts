import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { BatchMaker } from '../../../../engine/datasets/ahead';
import { batchesOf } from '../../../../engine/datasets/batches';
import type { Batch, Dataset } from '../../../../engine/datasets/dataset';
import { fingerprint } from '../../../../engine/datasets/fingerprint';
import { IMAGENET } from '../../../../engine/datasets/images/folder';
import { listImages } from '../../../../engine/datasets/images/listing';
import { nameOf } from '../../../../engine/datasets/images/names';
import { planEvaluation } from '../../../../engine/datasets/plans';
import { loadDataset } from '../../../../engine/datasets/load';
import type { DatasetSpec, RunOptions } from '../../../../engine/protocol';
import { fixture, readJson, temporaryFolder } from '../../../fixtures';
import { assertRefused } from '../assert';

type Spec = Partial<Exclude<DatasetSpec, 'sample'>>;

describe('an image folder', () => {
  const temporary = temporaryFolder();
  const put = (name: string, image = 'color.jpg') => {
    mkdirSync(path.dirname(temporary(name)), { recursive: true });
    copyFileSync(fixture(`images/${image}`), temporary(name));
  };
  const load = (spec: Spec = {}) => loadDataset({ format: 'folder', path: '.', ...spec }, temporary('.'));
  const refused = (message: RegExp, spec: Spec = {}) => assertRefused(load(spec), message);
  /** Returns the names and labels of a split. */
  const files = (dataset: Dataset, split: 'train' | 'test') => {
    const chosen = dataset[split];
    assert('files' in chosen);
    return Array.from(chosen.labels, (label, i) => [nameOf(chosen.files, chosen.rows[i]!), label]);
  };
  const batches = async (dataset: Dataset, use: (maker: BatchMaker) => Promise<void>) => {
    const maker = new BatchMaker(dataset);
    try {
      await use(maker);
    } finally {
      await maker.dispose();
    }
  };
  const epoch = (augmentation: RunOptions['augmentation']) => ({
    batchSize: 2,
    seed: 1,
    round: 0,
    epoch: 0,
    augmentation,
  });
  let home: string | undefined;

  beforeEach(() => {
    home = process.env['WINNING_SIGN_HOME'];
    process.env['WINNING_SIGN_HOME'] = temporary('.home');
    put('train/cat/1.jpg');
    put('train/cat/0.JPEG', 'progressive.JPEG');
    put('train/ant/x/9.png', 'color.png');
    put('val/cat/a.jpg', 'gray.jpg');
    put('val/ant/b.jpg');
    writeFileSync(temporary('train/cat/notes.txt'), 'not an image');
  });
  afterEach(() => {
    if (home === undefined) delete process.env['WINNING_SIGN_HOME'];
    else process.env['WINNING_SIGN_HOME'] = home;
  });

  it('has a class for each folder, sorted by name, and files sorted by path', async () => {
    const dataset = await load();
    assert.deepEqual(files(dataset, 'train'), [
      ['train/ant/x/9.png', 0],
      ['train/cat/0.JPEG', 1],
      ['train/cat/1.jpg', 1],
    ]);
    assert.deepEqual(files(dataset, 'test'), [
      ['val/ant/b.jpg', 0],
      ['val/cat/a.jpg', 1],
    ]);
    const { height, width, channels, classes, classNames, normalization } = dataset;
    assert.deepEqual([height, width, channels, classes, classNames], [45, 45, 3, 2, ['ant', 'cat']]);
    assert.deepEqual(normalization, IMAGENET);
    assert.equal((await load({ size: 16, limit: { train: 2 } })).train.count, 2);
  });

  it('reads the validation images of Tiny-ImageNet by their annotations', async () => {
    rmSync(temporary('val'), { recursive: true });
    put('val/images/val_0.JPEG');
    put('val/images/val_1.JPEG');
    put('test/images/test_0.JPEG');
    writeFileSync(temporary('val/val_annotations.txt'), 'val_0.JPEG\tcat\t0\t0\t9\t9\nval_1.JPEG\tant\t0\t0\t9\t9\n');
    assert.deepEqual(files(await load(), 'test'), [
      ['val/images/val_0.JPEG', 1],
      ['val/images/val_1.JPEG', 0],
    ]);
    writeFileSync(temporary('val/val_annotations.txt'), 'val_0.JPEG\tcat\n');
    await refused(/val.images.val_1\.JPEG has no line in val.val_annotations\.txt/);
    rmSync(temporary('val/val_annotations.txt'));
    mkdirSync(temporary('val/val_annotations.txt'));
    await refused(/val_annotations\.txt cannot be read \(EISDIR\)\. Correct its permissions, or copy it again/);
    rmSync(temporary('val/val_annotations.txt'), { recursive: true });
    writeFileSync(temporary('val/val_annotations.txt'), 'val_0.JPEG cat\n');
    await refused(/val_annotations\.txt has no file name and class in line 1/);
  });

  it('finds the size of a JPEG after long comments', async () => {
    const image = readFileSync(fixture('images/color.jpg'));
    const comment = Buffer.alloc(2 + 0xffff);
    comment.set([0xff, 0xfe, 0xff, 0xff]);
    const long = Buffer.concat([image.subarray(0, 2), comment, comment, image.subarray(2)]);
    writeFileSync(temporary('train/ant/x/9.png'), long);
    assert.equal((await load()).height, 45);
    writeFileSync(temporary('train/ant/x/9.png'), long.subarray(0, 100_000));
    await refused(/9\.png is truncated\. Copy or download it again, or set dataset\.size/);
  });

  it('names the folder or file that is missing or wrong', async () => {
    put('val/dog/c.jpg');
    await refused(/val.dog.c\.jpg is of the class dog, which has no folder in train/);
    rmSync(temporary('val/dog'), { recursive: true });
    await refused(/^dataset\.resize: is 15, but must be at least 16/, { size: 16, resize: 15 });
    await refused(/^dataset\.size: is only for image folders, but the format is idx/, { format: 'idx', size: 16 });
    writeFileSync(temporary('train/ant/x/9.png'), 'no image');
    await refused(/9\.png is not a JPEG or PNG image/);
    rmSync(temporary('val'), { recursive: true });
    await refused(/must have the folders train and val \(or test\)\. It has the folders train/);
    await refused(/none does not exist/, { path: 'none' });
  });

  it('is decoded, resized and normalized by threads', async () => {
    rmSync(temporary('val/ant'), { recursive: true });
    const { evaluated } = readJson('images/truth.json') as {
      evaluated: { name: string; resize: number; side: number; pixels: number[] }[];
    };
    const expected = evaluated.find(({ name }) => name === 'gray.jpg')!;
    await batches(await load({ size: expected.side, resize: expected.resize }), async (maker) => {
      const made: Batch[] = [];
      for await (const batch of maker.evaluation('test', 4)) made.push(batch);
      assert.deepEqual(
        made.map(({ size, labels }) => [size, ...labels]),
        [[1, 1]],
      );
      const { mean, std } = IMAGENET;
      const pixels = expected.pixels.map((value, i) => Math.fround((value - mean[i % 3]!) / std[i % 3]!));
      assert.deepEqual([...made[0]!.images], pixels);
    });
  });

  it('is cut at random with augmentation.scale, depending only on the seed and the position', async () => {
    const dataset = await load({ size: 8 });
    const all = async (augmentation: RunOptions['augmentation']) => {
      const images: number[][] = [];
      await batches(dataset, async (maker) => {
        const ahead = maker.epoch(epoch(augmentation));
        for (let i = ahead.count - 1; i >= 0; i--) images.push([...(await ahead.batch(i)).images]);
      });
      return images;
    };
    const scaled = await all({ crop: 0, flip: false, scale: [0.1, 0.9] });
    assert.deepEqual(await all({ crop: 0, flip: false, scale: [0.1, 0.9] }), scaled);
    assert.notDeepEqual(await all({ crop: 0, flip: false }), scaled);
    assert.notDeepEqual(await all({ crop: 0, flip: false, scale: [0.1, 0.3] }), scaled);
  });

  it('is decoded by the bundled thread, which has the decoder beside it', async () => {
    const dataset = await load({ size: 16 });
    const worker = new Worker(path.resolve('dist/engine/batchThread.js'), { workerData: dataset });
    worker.postMessage(planEvaluation(dataset, 'train', 3).batch(0));
    const [made] = (await once(worker, 'message')) as [Batch];
    await worker.terminate();
    assert.deepEqual(made, batchesOf(dataset)(planEvaluation(dataset, 'train', 3).batch(0)));
  });

  it('names the image that cannot be decoded, in every batch that has it', async () => {
    writeFileSync(temporary('val/cat/a.jpg'), readFileSync(fixture('images/color.jpg')).subarray(0, 1000));
    await batches(await load({ size: 16 }), async (maker) => {
      for (let time = 0; time < 2; time++)
        await assert.rejects(
          async () => {
            for await (const { size } of maker.evaluation('test', 4)) assert.fail(`made a batch of ${size}`);
          },
          { name: 'UserError', message: /^dataset\.path: .*val.cat.a\.jpg is truncated/ },
        );
    });
  });

  it('has a fingerprint of names, sizes, labels and the crop, wherever it is', async () => {
    const first = fingerprint(await load());
    assert.equal(fingerprint(await load()), first);
    assert.notEqual(fingerprint(await load({ size: 20 })), first);
    appendFileSync(temporary('val/cat/a.jpg'), 'x');
    put('train/cat/2.jpg'); // the size of a single file is only noticed if its folder changes
    const changed = fingerprint(await load());
    assert.notEqual(changed, first);
  });

  it('is listed again only if a folder or the size of a compared file has changed', async () => {
    const cache = temporary('.cache');
    const old = new Date(Date.now() - 60_000);
    const age = () => {
      for (const folder of ['.', 'train', 'train/ant', 'train/ant/x', 'train/cat', 'val', 'val/ant', 'val/cat'])
        utimesSync(temporary(folder), old, old);
    };
    mkdirSync(cache);
    age();
    const first = await listImages(temporary('.'), { cache });
    const again = () => listImages(temporary('.'), { cache });
    assert.deepEqual(await again(), first);
    appendFileSync(temporary('val/cat/a.jpg'), 'more');
    const changed = await again();
    assert.notEqual(changed.begun, first.begun);
    age();
    const third = await again();
    rmSync(temporary('train/cat/1.jpg'));
    assert.notDeepEqual((await again()).folders, third.folders);
    for (const broken of ['{', 'null', '{"version":1}', '{"version":2}']) {
      writeFileSync(path.join(cache, readdirSync(cache)[0]!), broken);
      assert.equal((await again()).folders.length, 8);
    }
  });
});
