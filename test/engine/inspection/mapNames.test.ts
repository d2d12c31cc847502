import assert from 'node:assert/strict';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { readMap } from '../../../engine/inspection/mapNames';
import type { Comparison } from '../../../engine/protocol';
import { temporaryFolder } from '../../fixtures';
import { call } from '../reusedProcess';
import { cliJson } from '../process';
import { madeState } from './made';

describe('the option --map', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  const write = async (name: string, shapes: Record<string, number[]>) => {
    await writeSafetensors(inFolder(name), { tensors: madeState(1, shapes).tensors, metadata: {} });
    return inFolder(name);
  };

  it('names layers whose names contain “=” or a comma, and can be repeated', async () => {
    const a = await write('a', { 'a=b': [4, 4], 'c,d': [3, 3] });
    const b = await write('b', { 'x=y=z': [4, 4], 'u,v': [3, 3] });
    const { layers, unmatched } = await cliJson<Comparison>('compare', a, b, '--map', 'a=b=x=y=z', '--map', 'c,d=u,v');
    const pairs = layers.map(({ name, match }) => [name, match?.by, match?.nameB]);
    assert.deepEqual(pairs, [
      ['a=b', 'map', 'x=y=z'],
      ['c,d', 'map', 'u,v'],
    ]);
    assert.deepEqual(unmatched, []);
  });

  it('must be a layer of A and a layer of B in exactly one way', async () => {
    const a = await write('a', { a: [4, 4], 'a=b': [4, 4] });
    const b = await write('b', { c: [4, 4], 'b=c': [4, 4] });
    await assert.rejects(readMap(['a=b=c'], [a, b]), /--map is "a=b=c", which can be split in several ways\. Write/);
    assert.deepEqual(await readMap(['a=b.weight=c', 'a=c'], [a, b]), [
      ['a=b.weight', 'c'],
      ['a', 'c'],
    ]);
    await assert.rejects(
      readMap(['x=y=z'], [a, b]),
      /which names no layer of .*a before an “=” and a layer of .*b after/,
    );
    await assert.rejects(readMap(['=c'], [a, b]), /--map is "=c"\. Write the name of a layer in A/);
  });

  it('with layers of different shapes gives both shapes first', async () => {
    const a = await write('a', { other: [5, 5], fc: [4, 4] });
    const b = await write('b', { head: [3, 3] });
    const { code, stderr } = await call('compare', a, b, '--map', 'fc=head');
    assert.equal(code, 2);
    assert.match(stderr, /\(fc of A: the shape is \[4, 4\], but that of head is \[3, 3\] in/);
    assert.doesNotMatch(stderr, /there is no such layer/);
  });
});
