/** Tests a pool that executes runs in real processes. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { Writable } from 'node:stream';
import { makeRun } from '../../../engine/runs/drafts';
import { draftFromFile } from '../../../engine/runs/repeat';
import { PoolStopped, RunnerPool } from '../../../engine/terminal/pool';
import { temporaryFolder } from '../../fixtures';
import { CLI, cliJson, readEvents, start, untilEvent, writeData, writeRunFile } from '../process';

describe('A pool of runners', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  const quiet = new Writable({ write: (_chunk, _encoding, done) => { done(); } }); // prettier-ignore

  async function make(name: string, options: object): Promise<string> {
    writeRunFile(inFolder(`${name}.sign.json`), options);
    return makeRun(await draftFromFile({ folder: inFolder('runs') }, inFolder(`${name}.sign.json`)));
  }

  it('stops its runs, begins no other, and waits for their processes', async () => {
    await writeData(inFolder());
    const [first, second] = [await make('first', { warmupEpochs: 500 }), await make('second', {})];
    const pool = new RunnerPool(1, { cli: CLI, total: 2, stream: quiet });
    const both = [pool.run(first), pool.run(second)];
    const ends = Promise.allSettled(both);
    await untilEvent(first, 'epoch');
    await pool.dispose();
    for (const end of await ends) assert.ok(end.status === 'rejected' && end.reason instanceof PoolStopped);
    const last = readEvents(first).at(-1);
    assert.ok(last?.type === 'ended' && last.outcome === 'stopped', JSON.stringify(last));
    assert.ok(!existsSync(`${first}/lock`) && !existsSync(`${second}/events.jsonl`));
    await assert.rejects(pool.run(second), PoolStopped);
  });

  it('says which run failed, and why', async () => {
    await writeData(inFolder());
    const failing = await make('failing', { warmupEpochs: 1 });
    writeRunFile(`${failing}/run.json`, { method: 'none' });
    const pool = new RunnerPool(1, { cli: CLI, total: 1, stream: quiet });
    await assert.rejects(pool.run(failing), (error: Error) => {
      assert.equal(error.name, 'MachineError');
      assert.ok(
        error.message.startsWith(`${failing}: the run ended with exit code 2`) && error.message.includes('run.json'),
      );
      return true;
    });
  });

  it('is stopped by Ctrl-C in the demo, which says how to continue', async () => {
    const { child, ended } = start(['demo', inFolder('study')]);
    const runs = inFolder('study', '.winning-sign', 'demo.study');
    const names = ['search-aws', 'search-lrr', 'dense'];
    await untilEvent(
      names.map((name) => `${runs}/${name}`),
      'started',
    );
    child.kill('SIGINT');
    const { code, stdout, stderr } = await ended;
    assert.deepEqual([code, stderr], [130, '']);
    assert.match(stdout, /Stopping after the states are saved/);
    assert.match(stdout, /Stopped\. To continue, run “(npx )?winning-sign demo .*study” again/);
    const { runs: listed } = await cliJson<{ runs: { status: string }[] }>('runs', runs);
    assert.deepEqual(listed.map(({ status }) => status).sort(), ['stopped', 'waiting', 'waiting']);
  });
});
