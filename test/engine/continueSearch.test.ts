/** Tests searches that continue from a checkpoint: they do what the search that made the checkpoint would have done. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { RunSummary } from '../../engine/protocol';
import type { RunEvent } from '../../engine/vocabulary/runEvents';
import { readNetworkState, tensorsWithMasks } from '../../engine/checkpoints/state';
import { writeSafetensors } from '../../engine/checkpoints/write';
import { sizeOf } from '../../engine/tensors';
import { fixture, temporaryFolder } from '../fixtures';
import { hashesOf } from './oracle';
import { checkOutput } from './outputSchema';
import { call, callJson } from './reusedProcess';
import { readEvents, startUntil, writeData, writeRunFile } from './process';

type Round = Extract<RunEvent, { type: 'round' }>;

describe('a search that continues from a checkpoint', function () {
  this.timeout(240_000);
  const inFolder = temporaryFolder();
  const stateOf = async (run: string, name: string) =>
    hashesOf((await readNetworkState(inFolder(run, `checkpoints/${name}.safetensors`))).state);
  const roundsOf = (run: string) => readEvents(inFolder(run)).filter((event): event is Round => event.type === 'round');
  const run = (...args: string[]) => callJson<RunSummary>('run', inFolder('a.sign.json'), ...args);

  for (const method of ['lrr', 'aws'])
    it(`has the bytes of the search that made the checkpoint (${method})`, async () => {
      await writeData(inFolder());
      writeRunFile(inFolder('a.sign.json'), { method, rounds: 3 });
      await run('--dir', inFolder('whole'));
      const checkpoint = inFolder('whole/checkpoints/round-01.safetensors');
      await callJson('export', checkpoint, '--as', 'official', '--out', inFolder('iter1.pth.tar'));
      assert.equal(await accuracyIn(inFolder('iter1.pth.tar')), roundsOf('whole')[1]!.test.accuracy);
      await callJson('import', inFolder('iter1.pth.tar'), '--out', inFolder('i.safetensors'));
      const from = ['--from', inFolder('i.safetensors'), '--round', '1'];
      const summary = await run(...from, '--dir', inFolder('rest'));
      assert.equal(summary.status, 'done', summary.message);
      assert.deepEqual(
        summary.rounds.map(({ round }) => round),
        [2, 3],
      );
      for (const name of ['round-01', 'round-02', 'round-03'])
        assert.deepEqual(await stateOf('rest', name), await stateOf('whole', name), name);
      const [whole, rest] = [roundsOf('whole').slice(2), roundsOf('rest')];
      assert.deepEqual(
        rest.map(({ layers }) => layers),
        whole.map(({ layers }) => layers.map(withoutInit)),
      );
      assert.ok(!existsSync(inFolder('rest/checkpoints/init.safetensors')));
      checkOutput('run', await callJson('show', inFolder('rest')));
      assert.match((await call('show', inFolder('rest'), '--round', '2')).stdout, /unknown/);
      const init = inFolder('whole/checkpoints/init.safetensors');
      await run(...from, '--init', init, '--dir', inFolder('known'));
      assert.deepEqual(
        roundsOf('known').map(({ layers }) => layers),
        whole.map(({ layers }) => layers),
      );
    });

  it('does not depend on the order of the tensors in the file', async () => {
    await writeData(inFolder());
    const random = { scope: 'uniform', criterion: 'random', pruningFraction: 0.3 };
    for (const options of [random, { ...random, scope: 'global' }]) {
      writeRunFile(inFolder('a.sign.json'), { method: 'lrr', rounds: 2, ...options });
      await run('--dir', inFolder(`whole-${options.scope}`));
      const file = inFolder(`whole-${options.scope}/checkpoints/round-00.safetensors`);
      const { state, metadata } = await readNetworkState(file);
      const tensors = new Map([...tensorsWithMasks(state)].reverse());
      await writeSafetensors(inFolder('reversed.safetensors'), { tensors, metadata });
      await run('--from', inFolder('reversed.safetensors'), '--dir', inFolder(`rest-${options.scope}`));
      for (const name of ['round-01', 'round-02'])
        assert.deepEqual(await stateOf(`rest-${options.scope}`, name), await stateOf(`whole-${options.scope}`, name));
    }
  });

  it('resumes after a kill, from its state or from the copy of its first checkpoint', async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('a.sign.json'), { method: 'lrr', rounds: 3, epochsPerRound: 3 });
    await run('--dir', inFolder('whole'));
    const from = ['--from', inFolder('whole/checkpoints/round-00.safetensors')];
    await startUntil('epoch', 'SIGKILL', ['run', inFolder('a.sign.json'), ...from, '--dir', inFolder('rest')]).ended;
    rmSync(inFolder('rest/state'), { recursive: true, force: true });
    const { code, stdout, stderr } = await call('resume', inFolder('rest'));
    assert.equal(code, 0, stderr);
    assert.match(stdout, /the saved state is missing, so this run resumes from the end of round 0\./);
    assert.doesNotMatch(
      stdout + stderr,
      /is shorter than/,
      'the log of the copied round is in the run that trained it',
    );
    for (const name of ['round-02', 'round-03'])
      assert.deepEqual(await stateOf('rest', name), await stateOf('whole', name));
    assert.equal((await run('--from', from[1]!, '--dir', inFolder('rest'))).status, 'done', 'the same run');
    const again = await callJson<RunSummary>('run', inFolder('rest'), '--set', 'seed=9', '--dir', inFolder('seed'));
    assert.deepEqual(
      again.rounds.map(({ round }) => round),
      [1, 2, 3],
    );
    const record = JSON.parse(readFileSync(inFolder('rest/run.json'), 'utf8')) as { start: Record<string, unknown> };
    assert.equal(record.start['checkpoint'], path.join('..', 'whole', 'checkpoints', 'round-00.safetensors'));
    assert.equal(record.start['round'], 0);
  });

  it('rewinds to the initialization that is named, for imp', async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('a.sign.json'), { method: 'imp', rounds: 2, rewindStep: 0 });
    await run('--dir', inFolder('whole'));
    const from = ['--from', inFolder('whole/checkpoints/round-00.safetensors')];
    const init = ['--init', inFolder('whole/checkpoints/init.safetensors')];
    await run(...from, ...init, '--dir', inFolder('rest'));
    assert.deepEqual(await stateOf('rest', 'round-02'), await stateOf('whole', 'round-02'));
    const refusal = async (...args: string[]) => (await call('run', inFolder('a.sign.json'), ...args)).stderr;
    assert.match(
      await refusal(...from),
      /imp rewinds the kept weights to the initialization, which is unknown .* --init/,
    );
    assert.match(
      await refusal(...from, ...init, '--set', 'rewindStep=2'),
      /"rewindStep" is 2, but the network after these steps is unknown/,
    );
    assert.match(await refusal(...from, ...init, '--round', '2'), /this search ends after round 2\. Raise "rounds"/);
    assert.match(
      await refusal(...from, ...init, '--round', '9', '--set', 'targetSparsity=0.5'),
      /this search ends after round \d\. Raise "targetSparsity"/,
    );
    assert.match(await refusal(...from, '--set', 'method=dense'), /only a search can continue from a checkpoint/);
    assert.match(await refusal('--round', '2'), /--round needs --from CHECKPOINT\./);
  });

  it('prunes exactly the layers of its network, whatever masks the file has and in whatever order', async () => {
    await writeData(inFolder());
    const model = { model: 'convnet', options: { widths: [4, 8] } };
    const options = { method: 'lrr', rounds: 2, epochsPerRound: 1 };
    writeRunFile(inFolder('a.sign.json'), { ...options, model });
    await run('--dir', inFolder('whole'));
    const { state } = await readNetworkState(inFolder('whole/checkpoints/round-01.safetensors'));
    const { shape } = state.tensors.get('fc.weight')!;
    const fc = { dtype: 'U8' as const, shape, data: new Uint8Array(sizeOf(shape)).map((_, i) => i % 2) };
    const tensors = [...tensorsWithMasks(state), ['fc.mask', fc] as const].reverse();
    await writeSafetensors(inFolder('more.safetensors'), { tensors: new Map(tensors), metadata: {} });
    const bare = tensors.filter(([name]) => !name.endsWith('.mask'));
    await writeSafetensors(inFolder('bare.safetensors'), { tensors: new Map(bare), metadata: {} });
    for (const form of ['torch-prune', 'folded'])
      await callJson('export', inFolder('whole/checkpoints/round-01.safetensors'), '--as', form, '--out', inFolder(`${form}.pth`)); // prettier-ignore
    const kept = (name: string) => roundsOf(name)[0]!.layers.map((layer) => [layer.name, layer.count, layer.kept]);
    const continued = async (name: string, file: string, prunable?: object) => {
      writeRunFile(inFolder('a.sign.json'), { ...options, model: { ...model, ...(prunable && { prunable }) } });
      const from = ['--from', inFolder(file), '--round', '1'];
      const { code, stderr } = await call('run', inFolder('a.sign.json'), ...from, '--dir', inFolder(name));
      assert.equal(code, 0, stderr);
      return stderr;
    };
    assert.match(
      await continued('more', 'more.safetensors'),
      /more\.safetensors has a mask for fc, which is not a prunable layer here\. The mask is not used\./,
    );
    const expected = roundsOf('whole')[2]!.layers.map((layer) => [layer.name, layer.count, layer.kept]);
    assert.deepEqual(kept('more'), expected);
    assert.deepEqual(await stateOf('more', 'round-02'), await stateOf('whole', 'round-02'));
    for (const form of ['torch-prune', 'folded']) {
      await continued(form, `${form}.pth`);
      assert.deepEqual(kept(form), expected);
    }
    assert.match(
      await continued('less', 'more.safetensors', { exclude: ['conv1'] }),
      /has a mask for conv1, which is not a prunable layer here\. The mask is not used\./,
    );
    const conv2 = roundsOf('whole')[1]!.layers[1]!.kept;
    assert.deepEqual(kept('less'), [['conv2', 288, Math.floor(0.7 * conv2)]]);
    const classifier = { include: ['fc'] };
    await continued('with', 'whole/checkpoints/round-01.safetensors', classifier);
    const [conv1] = roundsOf('whole')[1]!.layers;
    const layers = kept('with');
    assert.deepEqual(layers.map(([name, count]) => [name, count]), [['conv1', 36], ['conv2', 288], ['fc', 32]]); // prettier-ignore
    assert.equal(
      layers.reduce((sum, layer) => sum + Number(layer[2]), 0),
      Math.floor(0.7 * (conv1!.kept + conv2 + 32)),
    );
    await continued('bare', 'bare.safetensors', classifier);
    assert.deepEqual(kept('bare').map(([name]) => name), ['conv1', 'conv2', 'fc']); // prettier-ignore
  });

  it('continues from a checkpoint of the official code', async () => {
    const options = fixture('aws/images.sign.json');
    await callJson('import', fixture('pytorch/official_aws.pth.tar'), '--out', inFolder('i.safetensors'));
    const from = ['--from', inFolder('i.safetensors'), '--dir', inFolder('run')];
    assert.match(
      (await call('run', options, ...from)).stderr,
      /does not say which round it ended\. Give the round with --round N/,
    );
    const { status, rounds, message } = await callJson<RunSummary>('run', options, ...from, '--round', '3');
    assert.equal(status, 'done', message);
    assert.deepEqual(
      rounds.map(({ round }) => round),
      [4],
    );
    assert.ok(Math.abs(rounds[0]!.sparsity.prunable - (1 - 0.8 ** 4)) < 1e-3, 'prunes after round 3');
  });
});

/** Returns the number `acc` in an exported checkpoint of the official code. The pickle has no other float. */
async function accuracyIn(file: string): Promise<number> {
  const bytes = await readFile(file);
  return bytes.readDoubleBE(bytes.indexOf('X\x03\0\0\0accG', 0, 'latin1') + 9);
}

function withoutInit({ flippedFromInit: _, ...layer }: Round['layers'][number]) {
  return layer;
}
