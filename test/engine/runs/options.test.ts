import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { UserError } from '../../../engine/errors';
import { checkOptions, hashOptions } from '../../../engine/runs/options';
import { recordOf } from '../../../engine/runs/record';
import { readRunFile } from '../../../engine/runs/runFile';
import { temporaryFolder } from '../../fixtures';

const MINIMAL = { method: 'aws', model: 'convnet', dataset: 'sample' };

describe('run files', () => {
  const inFolder = temporaryFolder();

  it('get every default from the schema', () => {
    assert.deepEqual(checkOptions(MINIMAL, 'a.sign.json'), {
      ...MINIMAL,
      rounds: 15,
      pruningFraction: 0.2,
      warmupEpochs: 10,
      epochsPerRound: 10,
      rewindStep: 0,
      optimizer: 'sgd',
      learningRate: 0.1,
      momentum: 0.9,
      weightDecay: 0.0005,
      schedule: 'step',
      batchSize: 128,
      augmentation: { crop: 0, flip: false },
      normalizationInterpolation: { low: 0, high: 1 },
      finalEpochs: 100,
      seed: 1,
      backend: 'auto',
    });
  });

  it('leave what they were given alone', () => {
    const input = { ...MINIMAL };
    checkOptions(input, 'a.sign.json');
    assert.deepEqual(input, MINIMAL);
  });

  const wrong: [string, object, RegExp][] = [
    [
      'a misspelt field',
      { pruningFracton: 0.3 },
      /a\.sign\.json: unknown field "pruningFracton"; did you mean "pruningFraction"\?/,
    ],
    ['a fraction of 1.2', { pruningFraction: 1.2 }, /a\.sign\.json: field "pruningFraction" is 1\.2; it must be < 1/],
    ['a fraction of 0', { pruningFraction: 0 }, /field "pruningFraction" is 0; it must be > 0/],
    ['a number beyond all', { learningRate: Infinity }, /field "learningRate" is Infinity; it must be of type number/],
    ['a text for a number', { rounds: '3' }, /field "rounds" is "3"; it must be of type integer/],
    ['an unknown method', { method: 'asw' }, /field "method" is "asw"; it must be one of dense, imp, lrr, aws/],
    ['an unknown dataset name', { dataset: 'mnist' }, /field "dataset" is "mnist"; as text it must be "sample"/],
    ['a dataset without a path', { dataset: { format: 'idx' } }, /field "dataset\.path" is missing/],
    [
      'a dataset that is not there',
      { dataset: { format: 'idx', path: 'nowhere' } },
      /field "dataset\.path" names .*nowhere, which does not exist/,
    ],
    [
      'a dataset in ~',
      { dataset: { format: 'idx', path: '~/nowhere' } },
      /which does not exist \(~ and variables are not expanded\)/,
    ],
    [
      'a dataset in a variable',
      { dataset: { format: 'idx', path: '${HOME}/nowhere' } },
      /which does not exist \(~ and variables are not expanded\)/,
    ],
    [
      'a nested misspelling',
      { normalizationInterpolation: { lo: 0 } },
      /unknown field "normalizationInterpolation\.lo"; did you mean "low"\?/,
    ],
    [
      'a range upside down',
      { normalizationInterpolation: { low: 0.8, high: 0.2 } },
      /"normalizationInterpolation\.low" is 0\.8, above its "high" of 0\.2/,
    ],
    [
      'a bad schedule',
      { schedule: { milestones: [1.5], factor: 0.1 } },
      /field "schedule\.milestones\.0" is 1\.5; it must be of type integer/,
    ],
  ];
  for (const [what, fields, sentence] of wrong)
    it(`name file and field of ${what}`, () => {
      assert.throws(
        () => checkOptions({ ...MINIMAL, ...fields }, 'a.sign.json'),
        (error) => {
          assert.ok(error instanceof UserError);
          assert.match(error.message, sentence);
          return true;
        },
      );
    });

  it('name a missing field, and a file that is no object', () => {
    assert.throws(() => checkOptions({ method: 'aws', model: 'mlp' }, 'a.sign.json'), /field "dataset" is missing/);
    assert.throws(() => checkOptions([1], 'a.sign.json'), /a\.sign\.json: .*must be of type object/);
  });

  it('are read with their name, and data paths relative to them', async () => {
    mkdirSync(inFolder('data'));
    writeFileSync(
      inFolder('my run.sign.json'),
      JSON.stringify({ ...MINIMAL, dataset: { format: 'idx', path: 'data' } }),
    );
    const { name, options } = await readRunFile(inFolder('my run.sign.json'));
    assert.equal(name, 'my run');
    assert.deepEqual(options.dataset, { format: 'idx', path: inFolder('data'), layout: 'NCHW' });
  });

  it('that are missing give one sentence, and may have a byte order mark', async () => {
    await assert.rejects(readRunFile(inFolder('none.sign.json')), /none\.sign\.json: there is no such file/);
    writeFileSync(inFolder('bom.sign.json'), '\uFEFF' + JSON.stringify(MINIMAL));
    assert.equal((await readRunFile(inFolder('bom.sign.json'))).name, 'bom');
  });
});

describe('hashOptions', () => {
  const options = checkOptions(MINIMAL, 'a.sign.json');

  it('does not depend on the order of fields, on the name, or on the backend', () => {
    const reversed = Object.fromEntries(Object.entries(options).reverse());
    assert.equal(hashOptions(reversed), hashOptions(options));
    assert.equal(hashOptions({ ...options, backend: 'wasm', name: 'x' }), hashOptions(options));
    assert.match(hashOptions(options), /^[0-9a-f]{16}$/);
  });

  it('depends on everything that decides the bytes', () => {
    assert.notEqual(hashOptions({ ...options, seed: 2 }), hashOptions(options));
    assert.notEqual(hashOptions(recordOf('x', { ...options, method: 'lrr' })), hashOptions(recordOf('x', options)));
    assert.notEqual(
      hashOptions({ ...options, normalizationInterpolation: { low: 0, high: 0.5 } }),
      hashOptions(options),
    );
  });
});
