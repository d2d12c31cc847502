import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { batchesOf } from '../../../../engine/datasets/batches';
import type { Batch } from '../../../../engine/datasets/dataset';
import { fingerprint } from '../../../../engine/datasets/fingerprint';
import { KNOWN } from '../../../../engine/datasets/normalization';
import { planEvaluation } from '../../../../engine/datasets/plans';
import { openSamples } from '../../../../engine/datasets/samples';
import type { RunOptions } from '../../../../engine/protocol';
import { fixture, readJson } from '../../../fixtures';
import { imageFolder } from './imageFolder';

const bytes = (values: readonly number[]) => values.map((value) => 255 * value);
const IMAGENET = { mean: bytes(KNOWN.imagenet.mean), std: bytes(KNOWN.imagenet.std) };

describe('an image folder', () => {
  const { temporary, put, load, refused, files, batches } = imageFolder();
  const epoch = (augmentation: RunOptions['augmentation']) => ({
    batchSize: 2,
    seed: 1,
    round: 0,
    epoch: 0,
    augmentation,
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

  it('can be normalized by measured or known statistics', async () => {
    const { mean, std } = (await load({ size: 8, normalization: 'measured' })).normalization;
    const dataset = await load({ size: 8 });
    const samples = openSamples(dataset, dataset.train);
    const pixels = Array.from({ length: 3 }, (_, i) => [...samples.pixels(i)]).flat();
    for (const channel of [0, 1, 2]) {
      const values = pixels.filter((_, i) => i % 3 === channel);
      const average = values.reduce((a, b) => a + b, 0) / values.length;
      const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / values.length;
      assert.ok(Math.abs(mean[channel]! - average) < 1e-9 && Math.abs(std[channel]! ** 2 - variance) < 1e-6);
    }
    const known = (await load({ normalization: 'cifar10' })).normalization;
    assert.deepEqual(known.mean.map(Math.round), [125, 123, 114]);
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
    const changed = fingerprint(await load());
    assert.notEqual(changed, first);
  });
});
