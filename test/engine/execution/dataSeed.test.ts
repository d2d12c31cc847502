/** Tests that `dataSeed` changes only the order and the augmentation of the data. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readNetworkState } from '../../../engine/checkpoints/state';
import { readMetadata } from '../../../engine/checkpoints/open';
import type { RunRelations, RunSummary } from '../../../engine/protocol';
import { temporaryFolder } from '../../fixtures';
import { hashesOf } from '../oracle';
import { call, callJson } from '../reusedProcess';
import { writeData, writeRunFile } from '../process';

describe('dataSeed', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const runs = (...parts: string[]) => inFolder('.winning-sign', ...parts);
  const hashes = async (run: string, checkpoint: string) =>
    hashesOf((await readNetworkState(runs(run, 'checkpoints', `${checkpoint}.safetensors`))).state);

  /** All runs use the same run file, so all checkpoints have the same name in their metadata. */
  async function run(name: string, options: object): Promise<RunSummary> {
    const file = inFolder('run.sign.json');
    writeRunFile(file, { rounds: 1, augmentation: { crop: 1, flip: true }, ...options });
    await writeData(inFolder());
    const summary = await callJson<RunSummary>('run', file, '--dir', runs(name));
    assert.equal(summary.status, 'done', summary.message);
    return summary;
  }

  function bytesOf(name: string): Buffer[] {
    const folder = runs(name, 'checkpoints');
    return readdirSync(folder).map((file) => readFileSync(path.join(folder, file)));
  }

  for (const method of ['aws', 'imp', 'dense'])
    it(`changes no byte of ${method} if it equals seed`, async () => {
      await run('without', { method });
      const { dataSeed } = await run('with', { method, dataSeed: 3 });
      assert.equal(dataSeed, undefined);
      assert.deepEqual(bytesOf('with'), bytesOf('without'));
    });

  it('keeps the initialization and changes the trained network', async () => {
    await run('a', { seed: 3 });
    const { seed, dataSeed, options } = await run('b', { seed: 3, dataSeed: 4 });
    assert.deepEqual({ seed, dataSeed, given: options.dataSeed }, { seed: 3, dataSeed: 4, given: 4 });
    assert.deepEqual(await hashes('a', 'init'), await hashes('b', 'init'));
    assert.notDeepEqual(await hashes('a', 'round-00'), await hashes('b', 'round-00'));
    const { seed: said, dataSeed: data } = await readMetadata(runs('b', 'checkpoints', 'round-01.safetensors'));
    assert.deepEqual([said, data], ['3', '4']);
  });

  it('alone determines the result of retraining a ticket', async () => {
    await run('search', { method: 'lrr' });
    const ticket = runs('search', 'checkpoints', 'round-01.safetensors');
    for (const [seed, dataSeed] of ['45', '55', '56'])
      await callJson(
        ...['transfer', ticket, '--variant', 'retrain', '--seed', seed!, '--set', `dataSeed=${dataSeed}`],
        ...['--dir', runs(`${seed}${dataSeed}`)],
      );
    assert.deepEqual(await hashes('45', 'final'), await hashes('55', 'final'));
    assert.notDeepEqual(await hashes('55', 'final'), await hashes('56', 'final'));
  });

  it('is shown by runs and show, and does not start another experiment', async () => {
    await run('a', {});
    await run('b', { dataSeed: 7 });
    const { runs: listed } = await callJson<{ runs: (RunSummary & RunRelations)[] }>('runs', runs());
    assert.deepEqual(
      listed.map(({ seeds }) => seeds),
      [{ seed: 3 }, { seed: 3, dataSeed: 7 }],
    );
    assert.equal(new Set(listed.map(({ experiment }) => experiment)).size, 1);
    assert.match((await call('runs', runs())).stdout, /3 \(data 7\)/);
    assert.match((await call('show', runs('b'))).stdout, /seed 3 \(data 7\)/);
  });

  it('is not inherited by transfers of a search, which can have another one', async () => {
    await run('search', { dataSeed: 7 });
    const transfer = (...more: string[]) =>
      callJson<RunSummary>(
        'transfer',
        runs('search', 'checkpoints', 'round-01.safetensors'),
        ...['--seed', '9', '--set', 'finalEpochs=1', ...more],
      );
    const [own, other] = [await transfer(), await transfer('--set', 'dataSeed=11')];
    assert.deepEqual([own.name, own.dataSeed], ['search-r01-signed-mask-seed9', undefined]);
    assert.deepEqual([other.name, other.dataSeed], ['search-r01-signed-mask-seed9-data11', 11]);
    assert.notDeepEqual(await hashes(own.name, 'final'), await hashes(other.name, 'final'));
  });
});
