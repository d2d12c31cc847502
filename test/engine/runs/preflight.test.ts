import assert from 'node:assert/strict';
import path from 'node:path';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { UserError } from '../../../engine/errors';
import { checkHere as checkBackend } from '../../../engine/terminal/checkHere';
import { preflight } from '../../../engine/runs/preflight';
import { type Draft } from '../../../engine/runs/drafts';
import { draftFromFile } from '../../../engine/runs/repeat';
import { fixture, temporaryFolder } from '../../fixtures';
import { QUICK, writeData, writeRunFile } from '../process';

describe('preflight', () => {
  const inFolder = temporaryFolder();

  beforeEach(() => writeData(inFolder()));

  function draft(options: object = {}): Promise<Draft> {
    writeRunFile(inFolder('a.sign.json'), options);
    return draftFromFile({ folder: inFolder('runs') }, inFolder('a.sign.json'));
  }

  /** Asserts that a run with these options can start. Returns the summary and the warnings. */
  async function saidOf(options: object = {}, images = 128): Promise<string[]> {
    const found = await preflight(await draft(options), { checkBackend });
    assert.equal(found?.dataset.train.count, images);
    return [found.summary, ...found.warnings];
  }

  /** Returns the summary and the warnings for a run file in the fixtures. */
  async function saidIn(name: string, folder: string): Promise<string[]> {
    const asked = await draftFromFile({ folder: inFolder('runs') }, fixture(`cases/${folder}/${name}.sign.json`));
    const found = await preflight(asked, { checkBackend });
    return [found!.summary, ...found!.warnings];
  }

  /** Makes images with artificial content and this shape. The labels repeat a list. */
  async function writeArrays(shape: number[], labels: number[]): Promise<object> {
    const [count] = shape as [number];
    const size = shape.reduce((a, b) => a * b);
    await writeSafetensors(inFolder('other.safetensors'), {
      tensors: new Map([
        ['x', { dtype: 'U8', shape, data: Uint8Array.from({ length: size }, (_, i) => i % 251) }],
        [
          'y',
          {
            dtype: 'I64',
            shape: [count],
            data: BigInt64Array.from({ length: count }, (_, i) => BigInt(labels[i % labels.length]!)),
          },
        ],
      ]),
      metadata: {},
    });
    return { ...QUICK.dataset, path: 'other.safetensors' };
  }

  it('describes the data, and gives no warning about a good run', async () => {
    assert.deepEqual(await saidOf(), ['128 + 32 images of 8 × 8 × 1, 4 classes']);
  });

  it('warns that aws equals lrr for a network without normalization', async () => {
    const model = { model: 'mlp', options: { hidden: [4], batchNorm: false } };
    assert.deepEqual((await saidOf({ model })).slice(1), [
      'mlp has no normalization layers to interpolate, so the method aws gives the same result as lrr.',
    ]);
    assert.equal((await saidOf({ model, method: 'lrr' })).length, 1);
  });

  it('warns of classes without a training image', async () => {
    const dataset = await writeArrays([160, 8, 8], [0, 1, 9]);
    assert.match(
      (await saidOf({ dataset }))[1]!,
      /^7 of 10 classes have no training image, for example class 2\. Check the labels\.$/,
    );
  });

  it('warns of a wrong layout of images, also if the network then does not fit the images', async () => {
    const dataset = await writeArrays([160, 8, 8, 3], [0, 1]);
    assert.match((await saidOf({ dataset }))[1]!, /set dataset\.layout to "NHWC"\.$/);
    await assert.rejects(
      draft({ dataset, model: 'resnet20' }).then((asked) => preflight(asked, { checkBackend })),
      (error) =>
        error instanceof UserError && /blocks: .* The data are .*dataset\.layout to "NHWC"\.$/.test(error.message),
    );
  });

  for (const channels of [1, 2, 3, 4])
    it(`warns of N × H × W × ${channels} images of any size`, async () => {
      for (const [height, width] of [
        [8, 8],
        [16, 5],
        [5, 16],
      ] as const) {
        const dataset = await writeArrays([160, height, width, channels], [0, 1]);
        assert.match(
          (await saidOf({ dataset }))[1]!,
          /channels looks wrong\. .*stored N × H × W × C, set dataset\.layout/,
        );
        const right = { ...dataset, layout: 'NHWC' };
        assert.equal((await saidOf({ dataset: right })).length, 1);
      }
    });

  it('does not warn of images whose height and width could be numbers of channels', async () => {
    for (const shape of [
      [160, 64, 4, 4],
      [160, 64, 1, 1],
      [160, 3, 8, 3],
    ])
      assert.equal((await saidOf({ dataset: await writeArrays(shape, [0, 1]) })).length, 1);
  });

  it('warns of N × C × H × W images that are read as N × H × W × C', async () => {
    const dataset = { ...(await writeArrays([160, 3, 8, 8], [0, 1])), layout: 'NHWC' };
    assert.match((await saidOf({ dataset }))[1]!, /set dataset\.layout to "NCHW"\.$/);
  });

  it('warns of options that cannot have their intended effect', async () => {
    const schedule = { milestones: [1, 2], factor: 0.1 };
    const said = await saidOf({ method: 'dense', schedule, batchSize: 129, augmentation: { crop: 8 } });
    assert.equal(said.length, 4, said.join('\n'));
    assert.match(said[1]!, /milestones" are never reached, because the training ends after 2 epochs \("finalEpochs"\)/);
    assert.match(said[2]!, /"batchSize" is 129, but there are only 128 training images/);
    assert.match(said[3]!, /"augmentation\.crop" is 8/);
    assert.equal((await saidOf({ method: 'dense', batchSize: 128, augmentation: { crop: 7 } })).length, 1);
    assert.deepEqual((await saidOf({ roundSchedule: schedule })).slice(1), [
      'Some "roundSchedule.milestones" are never reached, because no round has more than 2 epochs. Lower the milestones, or raise "epochsPerRound".',
    ]);
  });

  it('notes, but does not warn, that a baseline has the options of its search', async () => {
    const found = await preflight(await draft({ method: 'dense' }), { checkBackend });
    const [note, ...more] = found?.notes ?? [];
    assert.deepEqual([found?.warnings, more], [[], []]);
    assert.match(note ?? '', /^"rounds", "pruningFraction", .* have no effect in a full training, only in a search\.$/);
    assert.deepEqual((await preflight(await draft(), { checkBackend }))?.notes, []);
  });

  it('warns of options that have no effect', async () => {
    assert.deepEqual((await saidOf({ method: 'lrr', rewindStep: 3 })).slice(1), [
      '"rewindStep" is 3, which has no effect. Only the method imp rewinds weights, but the method is lrr. Remove "rewindStep".',
    ]);
    assert.equal((await saidOf({ method: 'imp', rewindStep: 3 })).length, 1);
    const normalizationInterpolation = { high: 0.5 };
    assert.deepEqual((await saidOf({ method: 'imp', normalizationInterpolation })).slice(1), [
      '"normalizationInterpolation" has no effect. Only the method aws interpolates, but the method is imp. Remove the option.',
    ]);
    assert.equal((await saidOf({ normalizationInterpolation })).length, 1);
    const adam = { optimizer: 'adam', learningRate: 0.001 };
    assert.equal((await saidOf(adam)).length, 1);
    assert.deepEqual((await saidOf({ ...adam, momentum: 0.5 })).slice(1), [
      '"momentum" is 0.5, which has no effect with the optimizer adam. Remove "momentum".',
    ]);
  });

  it('warns of fields that the format of the data does not read', async () => {
    const sample = { format: 'idx', path: path.resolve('engine/datasets/sample'), limit: { train: 128, test: 32 } };
    assert.equal((await saidOf({ dataset: { ...sample, layout: 'NCHW' } })).length, 1);
    const train = { images: 'x', labels: 'y' };
    assert.deepEqual((await saidOf({ dataset: { ...sample, train, layout: 'NHWC' } })).slice(1), [
      '"dataset.train" has no effect on data of the format idx. Remove it.',
      '"dataset.layout" has no effect on data of the format idx. Remove it.',
    ]);
  });

  it('warns of learning rates outside the usual range', async () => {
    for (const [optimizer, learningRate, warning] of [
      ['adam', 1e9, '"learningRate" is 1000000000. With adam, training is expected to fail above 1. Lower it.'],
      ['sgd', 11, '"learningRate" is 11. With sgd, training is expected to fail above 10. Lower it.'],
      ['sgd', 1e-7, '"learningRate" is 1e-7. With sgd, weights will not change noticeably below 0.000001. Raise it.'],
    ] as const)
      assert.deepEqual((await saidOf({ optimizer, learningRate })).slice(1), [warning]);
    for (const [optimizer, learningRate] of [
      ['adam', 1],
      ['adam', 1e-8],
      ['sgd', 10],
      ['sgd', 1e-6],
    ] as const)
      assert.equal((await saidOf({ optimizer, learningRate })).length, 1);
    assert.match(
      (await saidOf({ weightDecay: 21 }))[1]!,
      /^"weightDecay" is 21\. Multiplied by the learning rate it exceeds 1/,
    );
  });

  it('warns of a last batch with one image if the network has batch norm', async () => {
    const dataset = { ...QUICK.dataset, limit: { train: 127 } };
    const [, warning, ...more] = await saidOf({ dataset, batchSize: 9 }, 127);
    assert.match(
      warning!,
      /^The last batch of each epoch has a single image, .*"batchSize" is 9, and there are 127 training images/,
    );
    assert.deepEqual(more, []);
    assert.equal((await saidOf({ dataset, batchSize: 10 }, 127)).length, 1);
    const model = { model: 'mlp', options: { hidden: [4], batchNorm: false } };
    assert.equal((await saidOf({ dataset, batchSize: 9, model, method: 'lrr' }, 127)).length, 1);
  });

  it('refuses a search that leaves no weight, and names the round', async () => {
    const asked = await draft({ pruningFraction: 0.9, rounds: 3 }); // 324 → 32 → 3 → 0
    await assert.rejects(
      preflight(asked, { checkBackend }),
      (error) =>
        error instanceof UserError &&
        /a\.sign\.json:1:\d+: "pruningFraction" is 0\.9, which leaves none of 324 prunable weights in round 3/.test(
          error.message,
        ),
    );
    assert.equal((await saidOf({ pruningFraction: 0.9, rounds: 2 })).length, 1);
  });

  /** Returns the message for options that cannot be run. */
  async function refusal(options: object): Promise<string> {
    const asked = await draft({ rounds: undefined, ...options });
    const error: unknown = await preflight(asked, { checkBackend }).catch((reason: unknown) => reason);
    assert.ok(error instanceof UserError);
    return error.message;
  }

  it('refuses a target that cannot be reached', async () => {
    assert.match(await refusal({ method: 'one-shot' }), /"targetSparsity" is missing\. The method one-shot prunes to/);
    assert.match(
      await refusal({ targetSparsity: 0.998 }),
      /a\.sign\.json:1:\d+: "targetSparsity" is 0\.998, which leaves none of 324 prunable weights in round 14\. Lower it\./,
    );
    assert.equal((await saidOf({ rounds: undefined, targetSparsity: 0.9 })).length, 1);
    assert.match(
      await refusal({ scope: 'uniform', targetSparsity: 0.9 }),
      /"scope" is "uniform", which keeps the first prunable layer dense\. Round 7 would then prune all other layers, because conv1 has 36 of 324/,
    );
  });

  it('warns of layers that a scope empties, and of a fraction that one-shot does not use', async () => {
    assert.deepEqual((await saidOf({ scope: 'layer-wise', pruningFraction: 0.9 })).slice(1), [
      '"scope" is "layer-wise", so pruning after round 1 will leave no weight in conv1 (36 weights). Choose a lower sparsity, or another scope.',
    ]);
    const oneShot = { method: 'one-shot', rounds: undefined, targetSparsity: 0.5, pruningFraction: 0.3 };
    assert.deepEqual((await saidOf(oneShot)).slice(1), [
      '"pruningFraction" is 0.3, which has no effect. The method one-shot prunes once, to "targetSparsity". Remove "pruningFraction".',
    ]);
  });

  it('warns if training and test images have different units', async () => {
    const mixed = await saidIn('mixed', '18-odd-arrays');
    assert.deepEqual(mixed, [
      '64 + 32 images of 6 × 6 × 1, 3 classes',
      'Training images have values of 31 … 255, test images of 0.153 … 1. Store both in the same unit.',
    ]);
  });

  it('warns of N × H × W × 4', async () => {
    const [data, warning] = await saidIn('rgba', '15-medmnist-rgb');
    assert.match(data!, /8 × 4 × 8, 4 classes$/);
    assert.match(warning!, /^8 channels looks wrong/);
  });

  it('reports that the labels of EMNIST letters begin at 1', async () => {
    assert.deepEqual((await saidIn('letters', '14-emnist-letters')).slice(1), [
      'The labels in emnist-letters-train-labels-idx1-ubyte.gz begin at 1, so 1 was subtracted from each.',
    ]);
  });

  it('suggests that labels begin at 1 if only class 0 has no image', async () => {
    const dataset = await writeArrays([160, 8, 8], [1, 2, 3]);
    assert.deepEqual((await saidOf({ dataset })).slice(1), [
      '1 of 4 classes has no training image, for example class 0. If labels begin at 1, subtract 1 from them.',
    ]);
  });

  it('does not check a run that exists', async () => {
    const asked = await draft({ pruningFraction: 0.9, rounds: 3 });
    assert.equal(await preflight({ ...asked, exists: true }, { checkBackend }), undefined);
    assert.equal(path.basename(asked.directory), 'a');
  });
});
