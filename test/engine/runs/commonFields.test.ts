import assert from 'node:assert/strict';
import { Remembered } from '../../../engine/collections';
import { commonNumberOf } from '../../../engine/runs/commonFields';
import { recordOf } from '../../../engine/runs/record';
import { checkOptions } from '../../../engine/runs/options';
import type { RunOptions } from '../../../engine/vocabulary/runOptions';
import type { RunRecord } from '../../../engine/vocabulary/runRecord';

describe('the fields that records have in common', () => {
  const made = (name: string, options: Partial<RunOptions> = {}) =>
    recordOf(name, checkOptions({ method: 'lrr', model: 'mlp', dataset: 'sample', ...options }, ''));

  it('have the same number in records that differ in names, seeds and sources', () => {
    const number = commonNumberOf(made('a'));
    assert.equal(commonNumberOf(made('b', { seed: 7 })), number);
    assert.equal(commonNumberOf({ ...made('c'), madeIn: '/elsewhere', dataSeed: 3 }), number);
    const source = { checkpoint: 'x', sha256: 'y', round: 1 };
    assert.equal(commonNumberOf({ ...made('d'), kind: 'search', start: source }), number);
  });

  it('have another number if any other field differs, also within an object, or if one is missing', () => {
    const { learningRate: _, ...without } = made('a');
    const records: RunRecord[] = [
      made('a'),
      made('a', { rounds: 7 }),
      made('a', { augmentation: { crop: 1, flip: false } }),
      { ...made('a'), dataset: { format: 'csv', path: '/x' } },
      without as RunRecord,
      Object.assign(made('a'), { unknown: 1 }),
    ];
    const numbers = records.map(commonNumberOf);
    assert.equal(new Set(numbers).size, numbers.length);
  });

  it('are found again among many others, or have a new number', () => {
    const numbers = Array.from({ length: 200 }, (_, i) => commonNumberOf(made('a', { finalEpochs: i + 1 })));
    assert.equal(new Set(numbers).size, 200);
    assert.equal(commonNumberOf(made('b', { finalEpochs: 200 })), numbers.at(-1));
    assert.ok(!numbers.slice(1).includes(commonNumberOf(made('b', { finalEpochs: 1 }))));
  });
});

describe('remembered values', () => {
  it('are computed once, until there are too many', () => {
    const remembered = new Remembered<number, string>(2);
    let computed = 0;
    const of = (key: number) => remembered.get(key, () => `${key} ${computed++}`);
    assert.deepEqual([1, 1, 2, 1, 3, 1].map(of), ['1 0', '1 0', '2 1', '1 0', '3 2', '1 3']);
  });
});
