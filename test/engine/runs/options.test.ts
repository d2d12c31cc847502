import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { checkOptions, hashOptions } from '../../../engine/runs/options';
import { checkReplaced, type Overrides } from '../../../engine/runs/overrides';
import { givenOptions, recordOf } from '../../../engine/runs/record';
import { readRunFile } from '../../../engine/runs/runFile';
import type { RunRecord } from '../../../engine/vocabulary/runRecord';
import { readJson, temporaryFolder } from '../../fixtures';

const MINIMAL = { method: 'aws', model: 'convnet', dataset: 'sample' };

describe('run files', () => {
  const inFolder = temporaryFolder();

  it('get every default from the schema', () => {
    assert.deepEqual(checkOptions(MINIMAL, 'a.sign.json'), {
      ...MINIMAL,
      rounds: 15,
      pruningFraction: 0.2,
      scope: 'global',
      criterion: 'magnitude',
      warmupEpochs: 10,
      epochsPerRound: 10,
      rewindStep: 0,
      roundSchedule: 'constant',
      optimizer: 'sgd',
      learningRate: 0.1,
      momentum: 0.9,
      weightDecay: 0.0005,
      schedule: 'step',
      batchSize: 128,
      augmentation: { crop: 0, flip: false },
      normalizationInterpolation: { low: 0, high: 1, each: 'step', parameters: 'both', initial: 'construction' },
      finalEpochs: 100,
      seed: 1,
      backend: 'auto',
    });
  });

  it('have either rounds or a target, which leaves the number of rounds to the engine', () => {
    const { rounds, targetSparsity } = checkOptions({ ...MINIMAL, targetSparsity: 0.9 }, 'a.sign.json');
    assert.deepEqual([rounds, targetSparsity], [undefined, 0.9]);
    for (const given of [5, 15])
      assert.throws(() => checkOptions({ ...MINIMAL, rounds: given, targetSparsity: 0.9 }, 'a.sign.json'), {
        message:
          'a.sign.json: "targetSparsity" and "rounds" are both given, but the number of rounds follows from "targetSparsity". Remove one of them.',
      });
    const far = { targetSparsity: 0.9999, pruningFraction: 0.01 };
    assert.throws(
      () => checkOptions({ ...MINIMAL, ...far }, 'a.sign.json'),
      /"targetSparsity" is 0\.9999, which needs 917 rounds with "pruningFraction" 0\.01\. A search has at most 200\./,
    );
    assert.equal(checkOptions({ ...MINIMAL, ...far, method: 'one-shot' }, 'a.sign.json').targetSparsity, 0.9999);
  });

  it('get a target instead of rounds from the command line, and the reverse', () => {
    const set = (given: object, overrides: Overrides) => {
      const { rounds, targetSparsity } = checkReplaced(
        { options: { ...MINIMAL, ...given }, file: 'a.sign.json' },
        overrides,
      );
      return { rounds, targetSparsity };
    };
    assert.deepEqual(set({ rounds: 3 }, { targetSparsity: 0.5 }), { rounds: undefined, targetSparsity: 0.5 });
    assert.deepEqual(set({ targetSparsity: 0.5 }, { rounds: 3 }), { rounds: 3, targetSparsity: undefined });
    assert.throws(() => set({}, { rounds: 3, targetSparsity: 0.5 }), /"targetSparsity" and "rounds" are both given/);
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

/** The hash of these options in version 0.1, which run directories have. */
const HASH_OF_0_1 = '273308154b44c076';

describe('hashOptions', () => {
  const options = checkOptions(MINIMAL, 'a.sign.json');

  it('does not depend on the order of fields, on the name, or on the backend', () => {
    const reversed = Object.fromEntries(Object.entries(options).reverse());
    assert.equal(hashOptions(reversed), hashOptions(options));
    assert.equal(hashOptions({ ...options, backend: 'wasm', name: 'x' }), hashOptions(options));
    assert.match(hashOptions(options), /^[0-9a-f]{16}$/);
  });

  it('is that of older versions for options that they did not have', () => {
    const { scope, criterion, roundSchedule, ...old } = options;
    assert.deepEqual([scope, criterion, roundSchedule], ['global', 'magnitude', 'constant']);
    const { each, parameters, initial, ...range } = options.normalizationInterpolation;
    assert.deepEqual([each, parameters, initial, range], ['step', 'both', 'construction', { low: 0, high: 1 }]);
    assert.equal(
      hashOptions({ ...old, normalizationInterpolation: range as typeof options.normalizationInterpolation }),
      hashOptions(options),
    );
    assert.equal(hashOptions(options), HASH_OF_0_1);
  });

  it('depends on everything that decides the bytes', () => {
    const { normalizationInterpolation: interpolation } = options;
    for (const other of [
      { scope: 'erk' },
      { criterion: 'random' },
      { roundSchedule: 'step' },
      { targetSparsity: 0.5 },
    ] as const)
      assert.notEqual(hashOptions({ ...options, ...other }), hashOptions(options));
    assert.notEqual(hashOptions({ ...options, seed: 2 }), hashOptions(options));
    assert.notEqual(hashOptions(recordOf('x', { ...options, method: 'lrr' })), hashOptions(recordOf('x', options)));
    assert.notEqual(
      hashOptions({ ...options, normalizationInterpolation: { ...interpolation, high: 0.5 } }),
      hashOptions(options),
    );
    for (const other of [{ each: 'layer' }, { parameters: 'scale' }, { initial: 'one-zero' }] as const)
      assert.notEqual(
        hashOptions({ ...options, normalizationInterpolation: { ...interpolation, ...other } }),
        hashOptions(options),
      );
  });
});

describe('the given options of a record', () => {
  it('leave out the defaults that old records do not have', () => {
    const old = readJson('runs/2026-11-23/aws/run.json') as RunRecord;
    const { augmentation: _, ...older } = old;
    const withoutDefaults = ['model', 'method', 'dataset', 'rounds', 'pruningFraction', 'seed', 'backend'] as const;
    for (const record of [old, older as RunRecord]) {
      const given = givenOptions(record);
      assert.deepEqual([given.normalizationInterpolation, given.augmentation], [undefined, undefined]);
      for (const name of withoutDefaults) assert.deepEqual(given[name], record[name], name);
    }
    const range = { ...old, normalizationInterpolation: { low: 0, high: 0.5 } } as RunRecord;
    assert.equal(givenOptions(range).normalizationInterpolation?.high, 0.5);
  });

  it('are only those that were given, if the schema has filled in all others', () => {
    const given = { method: 'dense', model: 'mlp', dataset: 'sample', batchSize: 7 } as const;
    assert.deepEqual(givenOptions(recordOf('a', checkOptions(given, ''))), given);
  });
});
