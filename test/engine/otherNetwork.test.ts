/** Tests that networks with equal shapes which compute different things are not mixed. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readNetworkState, tensorsWithMasks } from '../../engine/checkpoints/state';
import { writeSafetensors } from '../../engine/checkpoints/write';
import { openSource } from '../../engine/inspection/source';
import { refuseOtherNetworks } from '../../engine/runs/sameNetwork';
import { temporaryFolder } from '../fixtures';
import { call } from './reusedProcess';
import { writeData, writeRunFile } from './process';

describe('networks of equal shapes', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const init = (run: string) => inFolder(run, 'checkpoints/init.safetensors');
  const model = (options: object) => ({ model: 'convnet', options: { widths: [4, 8], ...options } });

  async function train(name: string, options: object): Promise<void> {
    writeRunFile(inFolder(`${name}.sign.json`), { method: 'dense', model: model(options), finalEpochs: 1 });
    const { code, stderr } = await call('run', inFolder(`${name}.sign.json`), '--dir', inFolder(name));
    assert.equal(code, 0, stderr);
  }

  async function refusal(...args: string[]): Promise<string> {
    const { code, stderr } = await call(...args, '--dir', inFolder('refused'));
    assert.equal(code, 2, stderr);
    assert.equal(existsSync(inFolder('refused')), false);
    return stderr;
  }

  beforeEach(async () => {
    await writeData(inFolder());
    await train('batch', {});
    await train('group', { norm: 'group', groups: 4 });
  });

  it('are not interpolated or transferred if their normalization differs', async () => {
    const [batch, group] = [init('batch'), init('group')];
    const pair = await refusal('interpolate', batch, group, '--points', '2', '--normalization', 'exact');
    assert.ok(pair.includes(`field "model.options.norm" is "batch" for ${batch}, but "group" for ${group}`), pair);
    assert.match(
      await refusal('interpolate', batch, batch, group, '--surface', '--points', '2'),
      /model\.options\.norm/,
    );
    const options = inFolder('group.sign.json');
    const transferred = await refusal('transfer', batch, '--seed', '2', '--options', options);
    assert.ok(
      transferred.includes(`"model.options.norm" is "batch" for ${batch}, but "group" for ${options}`),
      transferred,
    );
    const measured = await refusal('interpolate', batch, batch, '--points', '2', '--options', options);
    assert.match(measured, /does not fit this run: field "model\.options\.norm"/);
  });

  it('are refused only if both are known to differ', async () => {
    const { state } = await readNetworkState(init('batch'));
    const named = async (name: string, spec?: unknown) => {
      const metadata = { format: 'winning-sign 1', ...(spec !== undefined && { model: JSON.stringify(spec) }) };
      await writeSafetensors(inFolder(name), { tensors: tensorsWithMasks(state), metadata });
      return openSource(inFolder(name));
    };
    const batch = await openSource(init('batch'));
    const same = model({ norm: 'batch', groups: 2 }); // groups have no effect in batch norm
    await refuseOtherNetworks([batch, await named('same.safetensors', same), await named('unknown.safetensors')]);
    const [four, two] = [model({ norm: 'group', groups: 4 }), model({ norm: 'group', groups: 2 })];
    const grouped = [await named('four.safetensors', four), await named('two.safetensors', two)];
    await assert.rejects(refuseOtherNetworks(grouped), /"model\.options\.groups" is 4 for .*four.*, but 2 for .*two/);
    const stems = ['imagenet', 'cifar'].map((stem) => ({ model: 'resnet', options: { stem, dropout: 1 } }));
    const residual = [await named('a.safetensors', stems[0]), await named('b.safetensors', stems[1])];
    await assert.rejects(refuseOtherNetworks(residual), /"model\.options\.stem" is "imagenet"/);
  });
});
