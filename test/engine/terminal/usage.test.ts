import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { fixture, temporaryFolder } from '../../fixtures';
import { call } from '../reusedProcess';
import { cli } from '../process';

describe('a command with wrong arguments', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();

  const cases: [args: string[], sentence: RegExp][] = [
    [['inspect', ''], /an argument is empty\. Leave it out, or give it a value\. Usage: winning-sign inspect FILE/],
    [['inspect'], /inspect needs 1 argument, but has none\. usage: (npx )?winning-sign inspect FILE/],
    [['inspect', '-'], /standard input is not read\. Save the data to a file, and name the file\./],
    [['inspect', 'a', 'b'], /inspect needs 1 argument, but has 2\. usage: /],
    [['compare'], /compare needs at least 1 argument, but has none\. usage: /],
    [['compare', 'a', 'b', 'c', '--map', 'd=e'], /--map is for two checkpoints, but 3 are given\. Leave it out, or/],
    [['doctor', 'a'], /doctor takes no arguments, but has 1\. usage: /],
    [['inspect', '--layers', '', 'a'], /--layers is empty\. Give it a value, or leave it out\./],
    [['runs', 'no-such-folder'], /no-such-folder: folder not found\./],
    [['run', 'a.sign.json', '--set', 'seed'], /--set is "seed"\. Write it as FIELD=VALUE\./],
    [['compare', 'a', 'b', '--map', 'x'], /--map is "x"\. Write the name of a layer in A, “=”, and its name in B\./],
    [['bench', '--network', '{"model":'], /--network is "\{"model":"\. Write a name, or \{"model": NAME/],
    [['bench', '--images', '32x32'], /--images is "32x32"\. Write height, width and channels/],
    [['bench', '--batch', '1000000', '--images', '512x512x3'], /GB of images\. Use a smaller batch or smaller images/],
    [['bench', '--steps', '1', '--seconds', '1'], /--steps and --seconds cannot be used together/],
    [['dataset', 'get'], /dataset get needs a name: mnist, fashion-mnist, .*tiny-imagenet\./],
    [['dataset', 'list', '--into', 'x'], /dataset list: --into is only for dataset get\./],
    [['dataset', 'list', 'mnist'], /dataset list mnist: unknown\. Write list or “get NAME”\./],
    [['dataset', 'get', 'cifar'], /dataset get cifar: unknown\. The datasets are mnist, /],
    [['export', 'a'], /--as is missing\. It must be one of safetensors, pth, official, torch-prune, npz, folded\./],
    [['export', 'a', '--as', 'pt'], /--as is "pt"\. It must be one of safetensors, pth/],
    [['import', 'a', '--model', 'resnet21'], /--model: .*resnet20/],
    [['import', 'a', '--images', '32'], /--images is "32"\. Write height, width and channels/],
    [['backends', 'list', 'x'], /unexpected argument “x”\. Leave it out\./],
    [['backends', 'install', 'caffe'], /the name must be tensorflow or webgpu/],
  ];
  for (const [args, sentence] of cases)
    it(`${args.join(' ')} ends with code 2 and says what to write`, async () => {
      const { code, stdout, stderr } = await call(...args);
      assert.match(stderr, sentence);
      assert.deepEqual([code, stdout, stderr.trim().split('\n').length], [2, '', 1]);
    });

  it('has the same output if the program is called as if it is started', async () => {
    for (const args of [['inspect'], ['inspect', fixture('pairs/network.pt')], ['help']])
      assert.deepEqual(await call(...args), await cli(...args));
  });

  it('that needs a run file names a checkpoint as such, whatever its ending', async () => {
    const file = fixture('pairs/network.pt');
    copyFileSync(file, inFolder('model.pth.tar'));
    const { code, stderr } = await call('run', inFolder('model.pth.tar'));
    assert.equal(code, 2);
    assert.match(stderr, /model\.pth\.tar: This is a checkpoint, not a run file\. .* inspect .*model\.pth\.tar$/m);
  });

  it('that needs a checkpoint lists the checkpoints of a run directory', async () => {
    mkdirSync(inFolder('checkpoints'));
    writeFileSync(inFolder('run.json'), '{}');
    assert.match(
      (await call('inspect', inFolder())).stderr,
      /is a run directory, not a checkpoint\. The run has no checkpoints yet\./,
    );
    for (const name of ['init', 'round-01']) writeFileSync(inFolder('checkpoints', `${name}.safetensors`), '');
    assert.match(
      (await call('inspect', inFolder())).stderr,
      /Name one of the checkpoints in .*: init\.safetensors, round-01\.safetensors\./,
    );
  });
});
