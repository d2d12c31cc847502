import assert from 'node:assert/strict';
import type { RunSummary } from '../../engine/protocol';
import { checksSentence, roundName, identity, roundFigures, standing } from '../../extension/words';
import { summary } from './summaries';

const progress = { round: 3, rounds: 8, epoch: 2, epochs: 4, step: 1, steps: 60 };

describe('Words', () => {
  it('describe the progress of a run', () => {
    const rounds = [
      { round: 2, sparsity: { prunable: 0.36, all: 0.35 }, test: { loss: 1, accuracy: 81.25 }, checkpoint: 'x' },
    ];
    const cases: [Partial<RunSummary>, string][] = [
      [{ status: 'running' }, 'starting'],
      [{ status: 'running', progress, rounds }, 'round 3 of 8 · 64.0 % kept · 81.3 % · in search, official'],
      [{ status: 'running', stopping: true, progress }, 'stopping… · round 3 of 8'],
      [{ status: 'running', kind: 'train', progress }, 'epoch 3 of 4'],
      [{ status: 'stopped', progress }, 'stopped · round 3 of 8 · epoch 3 of 4'],
      [{ status: 'interrupted', kind: 'train', progress }, 'interrupted · epoch 3 of 4'],
      [{ status: 'stopped', rounds }, 'stopped · 64.0 % kept · 81.3 % · in search, official'],
      [{ status: 'done', rounds }, '64.0 % kept · 81.3 % · in search, official'],
      [{ status: 'done' }, 'done'],
    ];
    for (const [fields, words] of cases) assert.equal(standing({ ...summary, ...fields }), words);
  });

  it('mark the accuracy of a round as one of a search', () => {
    const round = {
      round: 2,
      sparsity: { prunable: 0.36, all: 0.35 },
      test: { loss: 1, accuracy: 81.25 },
      checkpoint: 'x',
    };
    assert.equal(roundFigures(round, summary), '64.0 % kept · 81.3 % · in search, official');
    assert.equal(roundFigures(round, { ...summary, method: 'lrr' }), '64.0 % kept · 81.3 % · in search');
    assert.equal(roundFigures(round, { ...summary, kind: 'train' }), '64.0 % kept · 81.3 %');
    const reestimated = { loss: 0.5, accuracy: 91.25 };
    assert.equal(roundFigures({ ...round, reestimated }, summary), '64.0 % kept · 91.3 % · in search, re-estimated');
  });

  it('leave out what the rows of the tree say, but not that an accuracy is too low', () => {
    const round = {
      round: 2,
      sparsity: { prunable: 0.36, all: 0.35 },
      test: { loss: 1, accuracy: 81.25 },
      checkpoint: 'x',
    };
    const reestimated = { loss: 0.5, accuracy: 91.25 };
    assert.equal(roundFigures({ ...round, reestimated }, summary, true), '64 % kept · 91.3 %');
    assert.equal(roundFigures(round, summary, true), '64 % kept · 81.3 % · official');
    const done: RunSummary = { ...summary, status: 'done', rounds: [{ ...round, reestimated }] };
    assert.equal(standing(done, { said: 'kept', brief: true }), '91.3 %');
  });

  it('show a barrier with its unit', () => {
    const barrier = {
      value: 7.31,
      alpha: 0.5,
      quantity: 'error',
      split: 'test',
      baseline: 'mean of the ends',
      definition: '',
    } as const;
    const result: RunSummary['result'] = {
      kind: 'connectivity',
      barrier,
      barriers: [],
      normalization: '',
      masks: 'equal',
    };
    assert.equal(standing({ ...summary, status: 'done', kind: 'connectivity', result }), 'barrier 7.31 points');
  });

  it('describe a run by method, model, data and seed', () => {
    const source = { from: 'checkpoint', checkpoint: 'x', sha256: '', variant: 'mask-only' } as const;
    assert.equal(identity(summary), 'aws · mlp · sample · seed 1');
    assert.equal(identity({ ...summary, kind: 'train', source }), 'mask only · mlp · sample · seed 1');
    assert.equal(
      identity({ ...summary, kind: 'train', source: { from: 'initialization' } }),
      'dense · mlp · sample · seed 1',
    );
  });

  it('name the checkpoint of a full training final, not round 0', () => {
    assert.equal(roundName(0, { kind: 'train' }), 'final');
    assert.equal(roundName(3, { kind: 'search' }), 'round 3');
  });

  it('count optional checks neither as passed nor as failed', () => {
    const check = (ok: boolean, optional?: true) => ({ name: '', ok, detail: '', ...(optional && { optional }) });
    assert.equal(checksSentence([check(true), check(false)]), '1 of 2 checks passed.');
    const missing = [check(true), check(true, true), check(true, true)];
    assert.equal(checksSentence(missing), '1 of 1 checks passed. 2 optional parts are not available.');
  });
});
