import assert from 'node:assert/strict';
import path from 'node:path';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { UserError } from '../../../engine/errors';
import { lookAhead } from '../../../engine/runs/preflight';
import { draftRun, type Draft } from '../../../engine/runs/drafts';
import { temporaryFolder } from '../../fixtures';
import { QUICK, writeData, writeRunFile } from '../process';

describe('lookAhead', () => {
  const inFolder = temporaryFolder();

  beforeEach(() => writeData(inFolder()));

  function draft(options: object = {}): Promise<Draft> {
    writeRunFile(inFolder('a.sign.json'), options);
    return draftRun({ folder: inFolder('runs') }, inFolder('a.sign.json'));
  }

  /** What it says of a run of these options, which it has nothing against. */
  async function saidOf(options: object = {}, images = 128): Promise<string[]> {
    const said: string[] = [];
    const dataset = await lookAhead(await draft(options), (sentence) => said.push(sentence));
    assert.equal(dataset?.train.count, images);
    return said;
  }

  /** Images of made-up content, this shape, and labels from a list, over and over. */
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

  it('says what is trained on, and nothing more of what is well', async () => {
    assert.deepEqual(await saidOf(), ['128 + 32 images of 8 × 8 × 1, 4 classes']);
  });

  it('says that aws is lrr on a network without normalization', async () => {
    const model = { model: 'mlp', options: { hidden: [4], batchNorm: false } };
    assert.deepEqual((await saidOf({ model })).slice(1), ['mlp has no normalization to interpolate: aws is lrr here.']);
    assert.equal((await saidOf({ model, method: 'lrr' })).length, 1);
  });

  it('says that there are classes nobody has an image of', async () => {
    const dataset = await writeArrays([160, 8, 8], [0, 1, 9]);
    assert.match(
      (await saidOf({ dataset }))[1]!,
      /^Classes without an image to train on: 7 of 10, the first is 2: is a label wrong\?$/,
    );
  });

  it('says that images look turned, and says it too where the network does not fit them so', async () => {
    const dataset = await writeArrays([160, 8, 8, 3], [0, 1]);
    assert.match((await saidOf({ dataset }))[0]!, /images of 8 × 3 × 8, 2 classes: .*set dataset\.layout to NHWC\.$/);
    await assert.rejects(
      draft({ dataset, model: 'resnet20' }).then((asked) => lookAhead(asked, () => undefined)),
      (error) =>
        error instanceof UserError && /blocks: .* The data are .*dataset\.layout to NHWC\.$/.test(error.message),
    );
  });

  it('says so of images that are read the other way round, too', async () => {
    const dataset = { ...(await writeArrays([160, 3, 8, 8], [0, 1])), layout: 'NHWC' };
    assert.match((await saidOf({ dataset }))[0]!, /images of 3 × 8 × 8, 2 classes: .*set dataset\.layout to NCHW\.$/);
  });

  it('says which options cannot do what they seem to', async () => {
    const schedule = { milestones: [1, 2], factor: 0.1 };
    const said = await saidOf({ method: 'dense', schedule, batchSize: 129, augmentation: { crop: 8 } });
    assert.equal(said.length, 4, said.join('\n'));
    assert.match(said[1]!, /milestones" of 2 \("finalEpochs"\) and more are never/);
    assert.match(said[2]!, /"batchSize" is 129, of 128 images/);
    assert.match(said[3]!, /"augmentation\.crop" is 8/);
    assert.equal((await saidOf({ method: 'dense', batchSize: 128, augmentation: { crop: 7 } })).length, 1);
  });

  it('warns of a last batch of one image under batch norm', async () => {
    const dataset = { ...QUICK.dataset, limit: { train: 127 } };
    const [, warning, ...more] = await saidOf({ dataset, batchSize: 9 }, 127);
    assert.match(warning!, /^The last batch of each epoch has a single image \("batchSize" is 9, of 127 images\)/);
    assert.deepEqual(more, []);
    assert.equal((await saidOf({ dataset, batchSize: 10 }, 127)).length, 1);
    const model = { model: 'mlp', options: { hidden: [4], batchNorm: false } };
    assert.equal((await saidOf({ dataset, batchSize: 9, model, method: 'lrr' }, 127)).length, 1);
  });

  it('refuses a search that leaves nothing, naming the round', async () => {
    const asked = await draft({ pruningFraction: 0.9, rounds: 3 }); // 324 → 32 → 3 → 0
    await assert.rejects(
      lookAhead(asked, () => undefined),
      (error) =>
        error instanceof UserError &&
        error.message.includes(
          'a.sign.json: field "pruningFraction" is 0.9, which leaves none of 324 prunable weights in round 3',
        ),
    );
    assert.equal((await saidOf({ pruningFraction: 0.9, rounds: 2 })).length, 1);
  });

  it('looks at no run that is there already', async () => {
    const asked = await draft({ pruningFraction: 0.9, rounds: 3 });
    assert.equal(await lookAhead({ ...asked, isThere: true }, () => undefined), undefined);
    assert.equal(path.basename(asked.directory), 'a');
  });
});
