import assert from 'node:assert/strict';
import type { ListedRun, RunStatus } from '../../engine/protocol';
import { finishedSentence, noticeOf } from '../../extension/noticeWords';
import { summary } from './summaries';

const running: ListedRun = { ...summary, status: 'running' };
const sparsity = { prunable: 0.488, all: 0.48 };
const rounds = [{ round: 3, sparsity, test: { loss: 1, accuracy: 81.25 }, checkpoint: 'x' }];

describe('Notices', () => {
  it('show the result of a finished run, and offer to open it', () => {
    assert.deepEqual(noticeOf({ before: running, after: { ...running, status: 'done', rounds } }), {
      severity: 'information',
      sentence: 'a is done: 51.2 % kept · 81.3 % · in search, official.',
      action: { label: 'Open', command: 'openRun' },
    });
  });

  it('show why a run did not finish, with the next action', () => {
    const cases: [RunStatus, string | undefined, string, string][] = [
      ['failed', 'out of memory.', 'a failed: out of memory.', 'Show Log'],
      ['interrupted', undefined, 'a was interrupted.', 'Resume'],
      ['diverged', 'the loss is NaN', 'a diverged: the loss is NaN.', 'Open'],
    ];
    for (const [status, message, sentence, label] of cases) {
      const notice = noticeOf({ before: running, after: { ...running, status, ...(message && { message }) } });
      assert.deepEqual([notice?.sentence, notice?.action.label], [sentence, label]);
    }
  });

  it('say that a run with the same options has already finished', () => {
    const again = 'To train again, change an option, such as "seed".';
    assert.equal(
      finishedSentence({ ...running, status: 'done', rounds }),
      `a has already finished with these options: 51.2 % kept · 81.3 % · in search, official. ${again}`,
    );
    assert.equal(
      finishedSentence({ ...running, status: 'diverged' }),
      `a has already finished with these options, and diverged. ${again}`,
    );
    assert.equal(finishedSentence(undefined), `The run has already finished with these options. ${again}`);
  });

  it('do not appear for runs that ended before the window opened, were stopped, continue, or were removed', () => {
    const done: ListedRun = { ...summary, status: 'done' };
    assert.equal(noticeOf({ before: undefined, after: done }), undefined);
    assert.equal(noticeOf({ before: undefined, after: { ...summary, status: 'interrupted' } }), undefined);
    assert.equal(noticeOf({ before: running, after: { ...summary, status: 'stopped' } }), undefined);
    assert.equal(noticeOf({ before: running, after: running }), undefined);
    assert.equal(noticeOf({ before: done, after: done }), undefined);
    assert.equal(noticeOf({ before: running, after: undefined }), undefined);
  });
});
