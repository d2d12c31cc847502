import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { compareCheckpoints } from '../../../engine/inspection/compare';
import { describeCheckpoint } from '../../../engine/inspection/describe';
import { inspect } from '../../../engine/inspection/inspect';
import { modelRoot } from '../../../engine/checkpoints/pytorch/dictionaries';
import { readerOf } from '../../../engine/checkpoints/reader';
import { stateDictsIn, withState } from '../../../engine/checkpoints/stateDicts';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { formatComparison, formatInspection } from '../../../engine/terminal/formatCheckpoint';
import type { Inspection } from '../../../engine/protocol';
import type { StateDict } from '../../../engine/tensors';
import { fixture, temporaryFolder } from '../../fixtures';
import { zip } from '../zip';
import { checkOutput } from '../outputSchema';

const FILE = fixture('pytorch/parameters_dataparallel.pt');

/** Returns a reader of tensors with these names and collections. */
function readerWith(names: Record<string, string | undefined>) {
  const fill = () => Promise.resolve();
  const tensors = Object.entries(names).map(([name, collection]) => ({
    ...{ name, dtype: 'float32' as const, shape: [2, 2], fill },
    ...(collection !== undefined && { collection }),
  }));
  return readerOf(tensors, { file: 'f', format: 'pytorch', metadata: {}, close: fill });
}

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
    const counts = ({ layers }: Inspection) => layers.map(({ name, kept, positive }) => [name, kept, positive]);
    assert.deepEqual(counts(ema), counts(model)); // the average was not updated
    assert.deepEqual(ema.weights, model.weights);
    assert.ok(ema.tensors.some(({ name }) => name === 'model.module.conv1.weight'));
    const comparison = await compareCheckpoints(FILE, { file: FILE, state: 'ema' });
    assert.deepEqual([comparison.states, comparison.total.iou], [{ a: 'model', b: 'ema' }, 1]);
    assert.match(formatComparison(comparison), /\nstate dict of A: model\nstate dict of B: ema\n/);
    checkOutput('comparison', comparison);
  });

  it('keep their names if a tensor beside them has the same name', async () => {
    const tensor = (key: string) =>
      `ctorch._utils\n_rebuild_tensor_v2\n((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\0${key}X\x03\0\0\0cpuK\x02tQK\0(K\x02t(K\x01t\x89)tR`;
    const w = 'X\x01\0\0\0w';
    const pickle = `\x80\x02}X\x0a\0\0\0state_dict}${w}${tensor('0')}ss${w}${tensor('1')}s.`;
    const storage = (value: number) => Buffer.from(Float32Array.of(value, value).buffer);
    const files = { 'a/data.pkl': Buffer.from(pickle, 'latin1'), 'a/data/0': storage(1), 'a/data/1': storage(2) };
    writeFileSync(inFolder('twice.pt'), zip(files));
    const { tensors } = await inspect(inFolder('twice.pt'));
    assert.deepEqual(
      tensors.map(({ name, mean }) => [name, mean]),
      [
        ['w', 1],
        ['./w', 2],
      ],
    );
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

  it('may be pruned with torch.nn.utils.prune, which renames their weights', () => {
    const reader = readerWith({
      'conv.weight_orig': undefined,
      'ema.conv.weight_orig': 'ema',
      'optim.conv.weight': 'optim',
    });
    assert.deepEqual(stateDictsIn({ ...reader, state: 'state_dict' }), ['state_dict', 'ema']);
    assert.throws(() => withState(reader, 'emma'), /no state dict "emma"\. It has "ema"\. Did you mean "ema"\?$/);
    assert.equal(modelRoot(['teacher', 'student']), 'student');
  });

  it('may be several networks, which are counted together until one is chosen', async () => {
    const weight = { dtype: 'F32' as const, shape: [2, 2], data: Float32Array.of(1, 0, 1, 1) };
    for (const [names, isSeveral] of [
      [['G', 'D'], true],
      [['netG_A', 'netD_B'], true],
      [['features', 'classifier'], false],
      [['G', 'fc'], false],
    ] as const) {
      const tensors = new Map(names.map((name) => [`${name}.conv.weight`, weight]));
      await writeSafetensors(inFolder('gan'), { tensors, metadata: {} });
      const found = await inspect(inFolder('gan'));
      assert.deepEqual(found.states, isSeveral ? [...names] : undefined);
      const line = `\nthe networks “${names[0]}”, “${names[1]}” are counted together; --state NAME shows one of them\n`;
      assert.equal(formatInspection(found).includes(line), isSeveral);
    }
    await writeSafetensors(inFolder('gan'), { tensors: new Map([['G.a.weight', weight], ['D.a.weight', weight]]), metadata: {} }); // prettier-ignore
    const chosen = await inspect({ file: inFolder('gan'), state: 'D' });
    assert.deepEqual([chosen.layers.map(({ name }) => name), chosen.states], [['a'], ['G', 'D']]);
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
