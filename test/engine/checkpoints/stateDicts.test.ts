import assert from 'node:assert/strict';
import { compareCheckpoints } from '../../../engine/inspection/compare';
import { describeCheckpoint } from '../../../engine/inspection/describe';
import { inspect } from '../../../engine/inspection/inspect';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { formatComparison, formatInspection } from '../../../engine/terminal/formatCheckpoint';
import type { StateDict } from '../../../engine/tensors';
import { fixture, temporaryFolder } from '../../fixtures';
import { checkOutput } from '../outputSchema';

const FILE = fixture('pytorch/parameters_dataparallel.pt');

describe('several state dicts in a file', () => {
  const inFolder = temporaryFolder();

  it('are listed, and the one that is shown is named', async () => {
    const found = await inspect(FILE);
    assert.deepEqual([found.state, found.states], ['model', ['model', 'ema']]);
    assert.equal(found.layers[0]?.name, 'module.conv1');
    assert.match(formatInspection(found), /\nstate dict “model” is shown; the file also has “ema” \(--state NAME\)\n/);
    checkOutput('inspection', found);
    const { state, states } = await describeCheckpoint({ file: FILE, state: 'ema' });
    assert.deepEqual([state, states], ['ema', ['model', 'ema']]);
  });

  it('can be chosen, and have their own tensors', async () => {
    const [model, ema] = [await inspect(FILE), await inspect({ file: FILE, state: 'ema' })];
    assert.deepEqual(ema.layers, model.layers); // the average was not updated
    assert.deepEqual(ema.weights, model.weights);
    assert.ok(ema.tensors.some(({ name }) => name === 'model.module.conv1.weight'));
    const comparison = await compareCheckpoints(FILE, { file: FILE, state: 'ema' });
    assert.deepEqual([comparison.states, comparison.total.iou], [{ a: 'model', b: 'ema' }, 1]);
    assert.match(formatComparison(comparison), /\nstate dict of A: model\nstate dict of B: ema\n/);
    checkOutput('comparison', comparison);
  });

  it('may be any path of any format', async () => {
    const tensor = (...values: number[]) => ({ dtype: 'F32' as const, shape: [2, 2], data: Float32Array.from(values) });
    const tensors: StateDict = new Map([
      ['a.weight', tensor(1, 1, 1, 0)],
      ['deep.ema.a.weight', tensor(-1, 0, 0, 0)],
    ]);
    await writeSafetensors(inFolder('x'), { tensors, metadata: {} });
    const { layers, weights, state, tensors: all } = await inspect({ file: inFolder('x'), state: 'deep.ema' });
    assert.deepEqual([layers.length, layers[0]?.name, layers[0]?.negative, weights.all], [1, 'a', 1, 4]);
    assert.deepEqual([state, all.map(({ name, zeros }) => [name, zeros])], ['deep.ema', [['./a.weight', 1], ['a.weight', 3]]]); // prettier-ignore
  });

  it('are named if another one is asked for', async () => {
    await assert.rejects(inspect({ file: FILE, state: 'average' }), {
      name: 'UserError',
      message: `${FILE} has no state dict "average". It has "model", "ema".`,
    });
    await assert.rejects(
      inspect({ file: fixture('cases/07-prefixes/plain.safetensors'), state: 'x' }),
      /only one state dict/,
    );
  });
});
