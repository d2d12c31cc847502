import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { compareCheckpoints } from '../../../engine/inspection/compare';
import { inspect } from '../../../engine/inspection/inspect';
import { formatComparison, formatInspection } from '../../../engine/terminal/formatCheckpoint';
import type { Inspection } from '../../../engine/protocol';
import { leftOutTexts } from '../../../engine/vocabulary/layerRules';
import { temporaryFolder } from '../../fixtures';
import { call } from '../reusedProcess';
import { cliJson } from '../process';

describe('the option --layers', function () {
  this.timeout(30_000);
  const inFolder = temporaryFolder();
  const write = async () => {
    const weight = { dtype: 'F32' as const, shape: [2, 2], data: Float32Array.of(1, 0, 1, 1) };
    const tensors = new Map(['a', 'b', 'c'].map((name) => [`${name}.weight`, weight]));
    await writeSafetensors(inFolder('x'), { tensors, metadata: {} });
    return inFolder('x');
  };

  it('may be given several times', async () => {
    const { layers, rule } = await cliJson<Inspection>('inspect', await write(), '--layers', 'a', '--layers', 'c');
    assert.deepEqual([layers.map(({ name }) => name), rule], [['a', 'c'], 'a,c']);
  });

  it('suggests a rule for a misspelt one', async () => {
    const { code, stderr } = await call('inspect', await write(), '--layers', 'Official');
    assert.equal(code, 2);
    assert.match(stderr, /the rule "Official" chooses no layer\. Did you mean "official"\? It has "a", "b", "c"/);
  });
});

describe('a layer without a name', () => {
  const inFolder = temporaryFolder();

  it('is shown as such', async () => {
    const weight = { dtype: 'F32' as const, shape: [2, 2], data: Float32Array.of(1, 0, 1, 1) };
    await writeSafetensors(inFolder('x'), { tensors: new Map([['.weight', weight]]), metadata: {} });
    assert.match(formatInspection(await inspect(inFolder('x'))), /^\(no name\) +zeros +4/m);
    assert.match(formatComparison(await compareCheckpoints(inFolder('x'), inFolder('x'))), /^\(no name\) +3/m);
    const { stdout } = await call('report', inFolder('x'), '--out', inFolder('x.html'));
    assert.match(stdout, /x\.html/);
    assert.match(readFileSync(inFolder('x.html'), 'utf8'), /<td>\(no name\)<br/);
  });

  it('is one layer, although a tensor without a name is beside it', async () => {
    const weight = { dtype: 'F32' as const, shape: [2, 2], data: Float32Array.of(1, 0, 1, 1) };
    const names = ['.weight', '', '"; rm -rf'];
    await writeSafetensors(inFolder('x'), { tensors: new Map(names.map((name) => [name, weight])), metadata: {} });
    const { layers, leftOut } = await inspect(inFolder('x'));
    assert.deepEqual(
      [layers, leftOut].map((list) => list.map(({ name }) => name)),
      [[''], ['', '"; rm -rf']],
    );
    assert.deepEqual(leftOutTexts(leftOut), [
      '(no name), "; rm -rf (their tensors are not named “weight” or “kernel”)',
    ]);
    assert.equal((await compareCheckpoints(inFolder('x'), inFolder('x'))).layers.length, 1);
  });
});
