import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import { broadcast } from '../../../engine/checkpoints/maskForms';
import { readerOf, type StoredTensor } from '../../../engine/checkpoints/reader';
import { readNetworkState } from '../../../engine/checkpoints/state';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { compareCheckpoints } from '../../../engine/inspection/compare';
import { describeCheckpoint } from '../../../engine/inspection/describe';
import { inspect } from '../../../engine/inspection/inspect';
import { sizeOf, type StateDict } from '../../../engine/tensors';
import { formatInspection } from '../../../engine/terminal/formatCheckpoint';
import { fixture, readJson, temporaryFolder } from '../../fixtures';
import { checkOutput } from '../outputSchema';

interface Truth {
  masks: { layers: { layer: string; total: number; kept: number; s_positive: number; s_negative: number }[] };
}

const MODELS = ['open_lth/level_4/main/model_ep160_it0.pth', 'imp_lrr_lts/model_resnet_5.pt'];
const MASKS = ['open_lth/level_4/main/mask.pth', 'imp_lrr_lts/mask_resnet_5.pt'];

describe('a mask of one value for each channel', () => {
  const LAYOUTS: Record<string, number[]> = {
    HWOI: [1, 2, 3, 4],
    HWIO: [1, 2, 4, 3],
    OIHW: [3, 4, 1, 2],
    HWIM: [1, 2, 4, 3],
  };
  for (const [layout, shape] of Object.entries(LAYOUTS))
    for (const letter of [layout.includes('M') ? 'M' : 'O', 'I'])
      it(`is on axis ${letter} of a kernel with the axes ${layout}`, async () => {
        const axis = layout.indexOf(letter);
        const mask: StoredTensor = { name: 'm', dtype: 'uint8', shape: [shape[axis]!] };
        const fill = (into: Uint8Array) => {
          into.set(Array.from(into, (_, i) => i));
          return Promise.resolve();
        };
        const close = () => Promise.resolve();
        const reader = readerOf([{ ...mask, fill }], { file: 'f', format: 'npy', metadata: {}, close });
        const whole = new Uint8Array(24);
        await broadcast(reader, mask, { name: 'w', dtype: 'float32', shape, layout })!(whole, 0);
        const stride = sizeOf(shape.slice(axis + 1));
        assert.deepEqual(
          [...whole],
          Array.from(whole, (_, i) => Math.floor(i / stride) % shape[axis]!),
        );
      });
});

describe('masks in other forms', () => {
  const inFolder = temporaryFolder();
  const write = async (name: string, tensors: Record<string, [number[], number[]]>) => {
    const entries = Object.entries(tensors).map(
      ([tensor, [shape, values]]): [string, StateDict extends Map<string, infer T> ? T : never] => [
        tensor,
        { dtype: 'F32', shape, data: Float32Array.from(values) },
      ],
    );
    await writeSafetensors(inFolder(name), { tensors: new Map(entries), metadata: {} });
    return inFolder(name);
  };

  MODELS.forEach((model, i) => {
    const { masks } = readJson(`pruning/${model}.truth.json`) as Truth;
    const expected = masks.layers.map((layer) => [
      layer.layer,
      layer.total,
      layer.kept,
      layer.s_positive,
      layer.s_negative,
    ]);

    it(`${model}: are found in the file beside it`, async () => {
      const found = await inspect(fixture(`pruning/${model}`));
      checkOutput('inspection', JSON.parse(JSON.stringify(found)));
      assert.deepEqual(layersOf(found), expected);
      assert.equal(found.maskFile, fixture(`pruning/${MASKS[i]!}`));
      assert.match(formatInspection(found), /\nmasks from .*mask/);
    });

    it(`${model}: are read from a file that was named`, async () => {
      copyFileSync(fixture(`pruning/${model}`), inFolder('m'));
      const mask = fixture(`pruning/${MASKS[1 - i]!}`); // both tools pruned the same network
      const found = await inspect({ file: inFolder('m'), mask });
      assert.deepEqual([layersOf(found).length, found.layers[0]?.maskRule, found.maskFile], [9, 'file', mask]);
      assert.equal((await describeCheckpoint({ file: inFolder('m'), mask })).maskFile, mask);
    });
  });

  it('are used by transfers as well', async () => {
    const { state } = await readNetworkState(fixture(`pruning/${MODELS[1]!}`));
    const kept = [...state.masks.values()].reduce((sum, mask) => sum + mask.reduce((a, b) => a + b, 0), 0);
    assert.equal(kept, 1980);
    assert.ok([...state.tensors.keys()].every((name) => !name.includes('mask')));
  });

  it('are recognized if they are opened as if they were weights, and the warning says how to use them', async () => {
    for (const mask of MASKS)
      assert.match(
        (await inspect(fixture(`pruning/${mask}`))).warnings?.join(' ') ?? '',
        /give this file as its masks\.$/,
      );
    for (const model of MODELS) assert.equal((await inspect(fixture(`pruning/${model}`))).warnings, undefined);
    const weights = await write('zeros', { 'a.weight': [[2, 2], [0, 0, 0, 0]], 'b.weight': [[2, 2], [0, 1, 0.5, 0]] }); // prettier-ignore
    assert.equal((await inspect(weights)).warnings, undefined);
  });

  it('a file without masks of this model is refused, and ignored if it only lies beside it', async () => {
    const mask = fixture(`pruning/${MASKS[1]!}`);
    await assert.rejects(inspect({ file: fixture('cases/12-llm-linear-only/llm.safetensors'), mask }), {
      name: 'UserError',
      message: /mask_resnet_5\.pt has no masks that fit .*llm\.safetensors\. Masks need the names of their weights/,
    });
    copyFileSync(fixture('cases/38-pth-strides/plain.pt'), inFolder('model.pt'));
    copyFileSync(fixture(`pruning/${MASKS[0]!}`), inFolder('mask.pth'));
    assert.equal((await inspect(inFolder('model.pt'))).maskFile, undefined);
  });

  it('28: are bits beside the values that are kept', async () => {
    const { layers } = readJson('cases/28-sparse-bitmask/truth.json') as {
      layers: { layer: string; count: number; kept: number }[];
    };
    const file = fixture('cases/28-sparse-bitmask/model.safetensors');
    const found = await inspect(file);
    assert.deepEqual(found.layers.map(({ name, count, kept }) => ({ layer: name, count, kept })), layers); // prettier-ignore
    assert.ok(
      found.layers.every(
        ({ maskRule, kept, positive, negative }) => maskRule === 'bitmask' && kept === positive + negative,
      ),
    );
    const { state } = await readNetworkState(file);
    const mask = state.masks.get('model.layers.0.mlp.down_proj')!;
    for (let i = 0; i < mask.length; i += 4) assert.equal(mask[i]! + mask[i + 1]! + mask[i + 2]! + mask[i + 3]!, 2);
    const weights = state.tensors.get('model.layers.0.mlp.down_proj.weight')!.data as Float32Array;
    assert.deepEqual(Array.from(weights, (weight) => Number(weight !== 0)), [...mask]); // prettier-ignore
    const { total } = await compareCheckpoints(file, file);
    assert.deepEqual([total.iou, total.keptBoth], [1, 512]);
  });

  it('may have one value for each output or each input', async () => {
    const weights = Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? 1 : -1));
    const file = await write('a', {
      ...{ 'filter.weight': [[3, 2, 2, 2], weights], 'filter.mask': [[3], [1, 0, 1]] },
      ...{
        'channel.weight': [[3, 2, 2, 2], weights],
        'channel.mask': [
          [1, 2, 1, 1],
          [0, 1],
        ],
      },
      ...{ 'params/d/kernel': [[4, 6], weights], 'params/d/kernel_mask': [[6], [1, 1, 1, 1, 1, 0]] },
    });
    const found = await inspect(file);
    assert.deepEqual(found.layers.map(({ name, kept }) => [name, kept]), [['filter', 16], ['channel', 12], ['params/d', 20]]); // prettier-ignore
    assert.deepEqual([found.weights.all, found.tensors.length], [72, 6]);
    const { state } = await readNetworkState(file);
    assert.deepEqual([...state.masks.get('filter')!].indexOf(0), 8);
    assert.deepEqual([...state.masks.get('channel')!.slice(0, 8)], [0, 0, 0, 0, 1, 1, 1, 1]);
    assert.deepEqual([...state.masks.get('params/d')!.slice(0, 6)], [1, 1, 1, 1, 1, 0]);
  });

  it('may have a further last axis of length 1, as those of TurboPrune', async () => {
    const weights = [1, -2, 3, -4, 5, -6];
    const file = await write('a', {
      ...{ 'fc1.weight': [[2, 3], weights], 'fc1.mask': [[2, 3, 1], [1, 0, 1, 0, 1, 1]] },
      ...{ 'fc2.weight': [[2, 3, 1], weights], 'fc2.mask': [[2, 3], [1, 0, 0, 0, 1, 1]] },
    }); // prettier-ignore
    const { layers, warnings } = await inspect(file);
    assert.deepEqual(layers.map(({ name, kept, positive }) => [name, kept, positive]), [['fc1', 4, 3], ['fc2', 3, 2]]); // prettier-ignore
    assert.equal(warnings, undefined);
    assert.deepEqual([...(await readNetworkState(file)).state.masks.get('fc1')!], [1, 0, 1, 0, 1, 1]);
  });

  it('leave out only their layer if they are not binary, and say so', async () => {
    const many = Array.from({ length: 70_000 }, () => 1);
    const file = await write('a', {
      ...{
        'soft.weight': [
          [2, 2],
          [1, 2, 3, 4],
        ],
        'soft.mask': [
          [2, 2],
          [1, 0, 0.5, 1],
        ],
      },
      ...{
        'late.weight': [[10, 7000], many],
        'late.mask': [
          [10, 7000],
          [...many.slice(1), 0.25],
        ],
      },
      ...{
        'hard.weight': [
          [2, 2],
          [1, 2, 3, 4],
        ],
        'hard.mask': [
          [2, 2],
          [1, 0, 0, 1],
        ],
      },
    });
    const found = await inspect(file);
    assert.deepEqual(found.layers.map(({ name, kept }) => [name, kept]), [['hard', 2]]); // prettier-ignore
    assert.deepEqual(found.warnings, [
      'layer "soft" is left out: mask "soft.mask" is not binary (it has the value 0.5).',
      'layer "late" is left out: mask "late.mask" is not binary (it has the value 0.25).',
    ]);
    assert.match(formatInspection(found), /\nwarning: layer "soft" is left out/);
    const comparison = await compareCheckpoints(file, file);
    assert.deepEqual(comparison.layers.map(({ name }) => name), ['hard']); // prettier-ignore
    checkOutput('comparison', comparison);
    await assert.rejects(readNetworkState(file), /layer "soft" is left out: .* All masks of a network must fit/);
  });
});

function layersOf({ layers }: Awaited<ReturnType<typeof inspect>>) {
  return layers.map(({ name, count, kept, positive, negative }) => [
    name.replace('module.', ''),
    count,
    kept,
    positive,
    negative,
  ]);
}
