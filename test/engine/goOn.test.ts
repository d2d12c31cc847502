/** What a run goes on from is what it left; what was lost or changed meanwhile is told. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunSummary } from '../../engine/protocol';
import { cli, cliJson, QUICK, readEvents, start, untilEvent, writeData, writeRunFile } from './process';
import { temporaryFolder } from '../fixtures';

describe('a run that goes on', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const directory = () => inFolder('.winning-sign/slow');

  beforeEach(async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('slow.sign.json'), { warmupEpochs: 40 });
  });

  /** Runs it until it has a state, and ends it by a signal. */
  async function begin(signal: NodeJS.Signals): Promise<number | null> {
    const { child, ended } = start(['run', inFolder('slow.sign.json')]);
    await untilEvent(directory(), 'epoch');
    child.kill(signal);
    return (await ended).code;
  }

  it('is refused on other data under the same name, and takes its own again', async () => {
    await begin('SIGTERM');
    const file = inFolder('data.safetensors');
    const data = readFileSync(file);
    const changed = Buffer.from(data);
    changed[changed.length - 1]! ^= 1;
    writeFileSync(file, changed);
    const { code, stderr } = await cli('resume', directory());
    assert.equal(code, 2);
    assert.match(stderr, /the data of \S+data\.safetensors have changed since this run began; put back/);
    writeFileSync(file, data);
    assert.equal((await cliJson<RunSummary>('resume', directory())).status, 'done');
  });

  it('has saved its state when the terminal it ran in is closed', async () => {
    assert.equal(await begin('SIGHUP'), 130);
    const last = readEvents(directory()).at(-1);
    assert.ok(last?.type === 'ended' && last.outcome === 'stopped');
    assert.ok(existsSync(path.join(directory(), 'state/training.safetensors')));
  });

  it('says that it begins anew where its state is gone', async () => {
    await begin('SIGTERM');
    rmSync(path.join(directory(), 'state'), { recursive: true });
    const { code, stdout } = await cli('resume', directory());
    assert.equal(code, 0);
    assert.match(stdout, /No state was saved: this run begins anew\./);
    const types = readEvents(directory()).map(({ type }) => type);
    assert.deepEqual([types[0], types.includes('resumed')], ['started', false]);
  });

  it('is not taken for one on data of the same name in another folder', async () => {
    await begin('SIGTERM');
    await writeData(inFolder('other'), 192);
    const dataset = { ...QUICK.dataset, path: 'other/data.safetensors' };
    writeRunFile(inFolder('slow.sign.json'), { warmupEpochs: 40, dataset });
    const { code, stderr } = await cli('run', inFolder('slow.sign.json'));
    assert.equal(code, 2);
    assert.match(stderr, /slow: holds this run on the data of \S+data\.safetensors, not \S+other\S+; choose another/);
  });

  it('shows what it came to, once done, where its backend cannot be used', async () => {
    writeRunFile(inFolder('done.sign.json'));
    assert.equal((await cli('run', inFolder('done.sign.json'))).code, 0);
    writeRunFile(inFolder('done.sign.json'), { backend: 'tensorflow' }); // no part of what makes a run another one
    const home = { WINNING_SIGN_HOME: inFolder('nothing') };
    const { code, stderr } = await start(['run', inFolder('done.sign.json'), '--json'], home).ended;
    assert.equal(code, 0, stderr);
  });

  it('misses the point that later rounds rewind to before it trains', async () => {
    writeRunFile(inFolder('slow.sign.json'), { warmupEpochs: 40, method: 'imp', rewindStep: 3 });
    await begin('SIGTERM');
    rmSync(path.join(directory(), 'checkpoints/rewind.safetensors'));
    const { code, stderr } = await cli('resume', directory());
    assert.equal(code, 2);
    assert.match(stderr, /rewind\.safetensors is gone, and this run cannot go on without it; put it back, or delete/);
  });

  it('says that its log was cut', async () => {
    await begin('SIGTERM');
    truncateSync(path.join(directory(), 'events.jsonl'), 0);
    const { code, stdout } = await cli('resume', directory());
    assert.equal(code, 0);
    assert.match(stdout, /events\.jsonl was cut: what it told of this run before is lost/);
  });
});
