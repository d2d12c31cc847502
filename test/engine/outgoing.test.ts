/** Tests when messages to the parent process are written. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const MODULE = JSON.stringify(path.resolve(__dirname, '../../engine/outgoing.js'));

/** Executes a program in a process that counts what it sends. Returns its last message. */
async function lastMessageOf(program: string): Promise<unknown> {
  const code = `const { countOutgoing, allWritten } = require(${MODULE}); countOutgoing(); ${program}`;
  const child = fork('-e', [code], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  let last: unknown;
  child.on('message', (message) => (last = message));
  await once(child, 'close');
  return last;
}

describe('all messages to the parent', function () {
  this.timeout(20_000);

  it('are written when the callbacks of all of them were called, also of those sent right after', async () => {
    const program = `
      let called = 0;
      const send = () => process.send('x'.repeat(2e7), undefined, undefined, () => called++);
      send();
      const all = allWritten();
      send();
      all.then(() => process.send({ called }, () => process.disconnect()));
    `;
    assert.deepEqual(await lastMessageOf(program), { called: 2 });
  });

  it('are written at once if there are none', async () => {
    const program = `allWritten().then(() => process.send('none', () => process.disconnect()));`;
    assert.equal(await lastMessageOf(program), 'none');
  });
});
