/** Tests with real processes that runs can still be resumed and transferred after their project folder was moved. */
import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ListedRun, RunRecord } from '../../engine/protocol';
import { placeOf } from '../../engine/vocabulary/includedDataset';
import { readRecord } from '../../engine/runs/record';
import { temporaryFolder } from '../fixtures';
import { call, callJson } from './reusedProcess';
import { startUntil, writeData, writeRunFile } from './process';

const FINAL = 'checkpoints/final.safetensors';

describe('a project folder that was moved', function () {
  this.timeout(180_000);
  const inFolder = temporaryFolder();
  const run = (project: string, name: string, ...parts: string[]) => inFolder(project, '.winning-sign', name, ...parts);

  it('lets its runs and their transfers resume to the same bytes', async () => {
    await project('whole');
    assert.equal((await call('run', inFolder('whole', 'd.sign.json'), '--dir', run('whole', 'd'))).code, 0);

    await project('a');
    await stopped(['run', inFolder('a', 'd.sign.json'), '--dir', run('a', 'd')], 'epoch');
    renameSync(inFolder('a'), inFolder('b'));
    await stopped(['resume', run('b', 'd')], 'resumed');
    renameSync(inFolder('b'), inFolder('c'));
    const { code, stderr } = await call('resume', run('c', 'd'));
    assert.equal(code, 0, stderr);
    assert.deepEqual(readFileSync(run('c', 'd', FINAL)), readFileSync(run('whole', 'd', FINAL)));

    await done('transfer', run('c', 'd', FINAL), '--seed', '5', '--set', 'finalEpochs=1', '--dir', run('c', 't'));
    renameSync(inFolder('c'), inFolder('d'));
    await done('interpolate', run('d', 'd', FINAL), run('d', 't', FINAL), '--points', '2', '--dir', run('d', 'line'));
    renameSync(inFolder('d'), inFolder('e'));
    await done('run', run('e', 't'), '--set', 'seed=6', '--dir', run('e', 't6'));
    const { runs } = await callJson<{ runs: ListedRun[] }>('runs', inFolder('e', '.winning-sign'));
    const source = (name: string) =>
      runs.find((listed) => listed.name === name)!.sources.map(({ run: found }) => found);
    assert.deepEqual(source('t'), [run('e', 'd')]);
    assert.deepEqual(source('t6'), [run('e', 'd')]);
    assert.deepEqual(source('line'), [run('e', 'd'), run('e', 't')]);
  });

  it('lets runs of version 0.1 resume, whose records have absolute paths', async () => {
    await project('a');
    await done('run', inFolder('a', 'd.sign.json'), '--dir', run('a', 'd'), '--set', 'finalEpochs=1');
    const transfer = ['transfer', run('a', 'd', FINAL), '--seed', '5', '--dir', run('a', 't')];
    await stopped([...transfer, '--set', `finalEpochs=${EPOCHS}`], 'epoch');
    for (const name of ['d', 't']) {
      const { madeIn, ...record }: RunRecord = await readRecord(run('a', name));
      assert.ok(path.isAbsolute(placeOf(record.dataset)));
      writeFileSync(run('a', name, 'run.json'), JSON.stringify(record));
    }
    renameSync(inFolder('a'), inFolder('b'));
    const { code, stderr } = await call('resume', run('b', 't'));
    assert.equal(code, 0, stderr);
    await done('transfer', run('b', 'd', FINAL), '--seed', '6', '--set', 'finalEpochs=1', '--dir', run('b', 't6'));
  });

  const EPOCHS = 4;

  async function project(name: string) {
    await writeData(inFolder(name));
    writeRunFile(inFolder(name, 'd.sign.json'), { method: 'dense', finalEpochs: EPOCHS });
  }

  async function done(...args: string[]) {
    const { code, stderr } = await call(...args);
    assert.equal(code, 0, stderr);
  }

  async function stopped(args: string[], after: 'epoch' | 'resumed') {
    const { code, stderr } = await startUntil(after, 'SIGTERM', args).ended;
    assert.equal(code, 130, stderr);
  }
});
