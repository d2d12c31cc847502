import assert from 'node:assert/strict';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { compareCheckpoints } from '../../../engine/inspection/compare';
import { inspect } from '../../../engine/inspection/inspect';
import type { HostTensor } from '../../../engine/tensors';
import { formatInspection } from '../../../engine/terminal/formatCheckpoint';
import { temporaryFolder } from '../../fixtures';
import { cli } from '../process';
import { writePth } from './pth';

describe('a file with masks', () => {
  const inFolder = temporaryFolder();
  const write = async (name: string, tensors: Record<string, [shape: number[], values: number[]]>) => {
    const all = Object.entries(tensors).map(([tensor, [shape, values]]): [string, HostTensor] => [
      tensor,
      { dtype: 'F32', shape, data: Float32Array.from(values) },
    ]);
    await writeSafetensors(inFolder(name), { tensors: new Map(all), metadata: {} });
    return inFolder(name);
  };
  const W: [number[], number[]] = [[2, 2], [1, -2, 3, 4]]; // prettier-ignore
  const norm = { 'bn.weight': [[2], [1, 1]], 'bn.bias': [[2], [0, 0]], 'bn.running_mean': [[2], [0, 0]] } satisfies Record<string, [number[], number[]]>; // prettier-ignore
  const dense = () => write('dense', { 'a.weight': W, ...norm, 'b.weight': W });
  const pruned = (name: string, mask: number[]) =>
    write(name, { 'a.weight_orig': W, 'a.weight_mask': [[2, 2], mask], ...norm, 'b.weight_orig': W, 'b.weight_mask': [[2, 2], [1, 1, 0, 1]] }); // prettier-ignore
  const kept = async (file: string, mask: string) =>
    (await inspect({ file, mask })).layers.map((layer) => [layer.name, layer.kept, layer.count]);

  it('may be a whole state dict in which weights and masks lie side by side', async () => {
    const mask = await pruned('mask', [1, 0, 0, 0]);
    assert.deepEqual(await kept(await dense(), mask), [['a', 1, 4], ['b', 3, 4]]); // prettier-ignore
  });

  it('replaces the masks of the checkpoint itself, and says so', async () => {
    const [file, mask] = [await pruned('own', [1, 1, 1, 0]), await pruned('mask', [1, 0, 0, 0])];
    assert.deepEqual(await kept(file, mask), [['a', 1, 4], ['b', 3, 4]]); // prettier-ignore
    const said = `The file has masks of its own for "a", "b". They are not used, because the masks of ${mask} replace them.`;
    assert.deepEqual((await inspect({ file, mask })).warnings, [said]);
    assert.deepEqual((await compareCheckpoints({ file, mask }, mask)).warnings, [`${file}: ${said}`]);
    const channels = await write('channels', { 'a.weight': W, 'a.mask': [[2], [0, 1]] });
    assert.deepEqual(await kept(channels, mask), [['a', 1, 4]]);
  });

  it('may be a plain dictionary only if it has no values but 0 and 1', async () => {
    const plain = await write('plain', { a: [[2, 2], [1, 0, 0, 1]], 'b.weight': [[2, 2], [1, 0, 0, 0]] }); // prettier-ignore
    assert.deepEqual(await kept(await dense(), plain), [['a', 2, 4], ['b', 1, 4]]); // prettier-ignore
    for (const file of [await dense(), await pruned('own', [1, 1, 1, 0])])
      await assert.rejects(inspect({ file, mask: await dense() }), {
        name: 'UserError',
        message:
          /dense is not a file of masks: none of its tensors is named as a mask of this model, and "a.weight" has the value -?\d+, but masks have only 0 and 1\. Name a file with masks\.$/,
      });
  });

  it('has at most one mask for a weight', async () => {
    const twice = await write('twice', { 'a.mask': [[2, 2], [1, 0, 0, 1]], 'a.weight_mask': [[2, 2], [1, 0, 0, 0]] }); // prettier-ignore
    await assert.rejects(inspect({ file: await dense(), mask: twice }), {
      name: 'UserError',
      message: /has two masks for "a\.weight" of .*: "a\.mask" and "a\.weight_mask"\. Keep one of them\.$/,
    });
  });

  it('is not used if it only lies beside the model and has other values, and a warning says so', async () => {
    const tensors = new Map([['a.weight', { shape: [2, 2], data: Float32Array.from(W[1]) }]]);
    await writePth(inFolder('model.pt'), tensors);
    await writePth(inFolder('mask.pth'), tensors);
    const { layers, warnings, maskFile } = await inspect(inFolder('model.pt'));
    assert.deepEqual([layers[0]?.kept, maskFile], [4, undefined]);
    assert.match(
      warnings?.join() ?? '',
      /^The masks beside the file are not used\. .*mask\.pth is not a file of masks/,
    );
  });

  it('is not needed to see that the only mask of a file is not binary', async () => {
    const soft = await write('soft', { 'a.weight': W, 'a.mask': [[2, 2], [1, 0, 0.5, 0]] }); // prettier-ignore
    assert.match(
      formatInspection(await inspect(soft)),
      /\nNo layer can be counted\. Left out: a \(mask "a\.mask" is not binary \(it has the value 0\.5\)\)\.\n/,
    );
    const { code, stderr } = await cli('compare', soft, soft);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /no layer that can be compared, because layer "a" of A is left out: mask "a\.mask" is not binary/,
    );
  });
});
