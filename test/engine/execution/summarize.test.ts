import assert from 'node:assert/strict';
import { UserError } from '../../../engine/errors';
import { summarize } from '../../../engine/execution/summarize';

describe('summarize', () => {
  const messagesOf = async (error: Error, check = () => undefined) => {
    const messages: string[] = [];
    await summarize('/w/run', {
      ...{ lock: { check }, onMessage: (sentence) => messages.push(sentence) },
      read: () => Promise.reject(error),
    });
    return messages;
  };

  it('says nothing of a full disk, a missing permission or a wrong file', async () => {
    for (const [code, errno] of Object.entries({ ENOSPC: -28, EACCES: -13, EROFS: -30 }))
      assert.deepEqual(await messagesOf(Object.assign(new Error(code), { code, errno })), []);
    assert.deepEqual(await messagesOf(new UserError('run.json is not JSON.')), []);
  });

  it('reports any other error, without failing the run', async () => {
    const [message] = await messagesOf(new TypeError('x is undefined'));
    assert.match(message!, /^\/w\/run: no summary .* This is a bug: TypeError: x is undefined\n +at /);
    const coded = Object.assign(new TypeError('y'), { code: 'ERR_INVALID_ARG_TYPE' });
    assert.equal((await messagesOf(coded)).length, 1);
  });
});
