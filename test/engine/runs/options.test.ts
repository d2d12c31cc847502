import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { checkOptions, hashOptions } from '../../../engine/runs/options';
import { checkReplaced } from '../../../engine/runs/overrides';
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

  it('are checked without changing the input', () => {
    const input = { ...MINIMAL };
    checkOptions(input, 'a.sign.json');
    assert.deepEqual(input, MINIMAL);
  });

  it('are read with their name, and with data paths relative to their folder', async () => {
    mkdirSync(inFolder('data'));
    writeFileSync(
      inFolder('my run.sign.json'),
      JSON.stringify({ ...MINIMAL, dataset: { format: 'idx', path: 'data' } }),
    );
    const found = await readRunFile(inFolder('my run.sign.json'));
    const options = checkReplaced(found);
    assert.equal(found.name, 'my run');
    assert.deepEqual(options.dataset, { format: 'idx', path: inFolder('data'), layout: 'NCHW' });
  });

  it('give one sentence if they are missing, and may have a byte order mark', async () => {
    await assert.rejects(readRunFile(inFolder('none.sign.json')), /none\.sign\.json: The file does not exist/);
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
