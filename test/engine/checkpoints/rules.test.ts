import assert from 'node:assert/strict';
import { chooseLayers } from '../../../engine/checkpoints/layers';
import { readerOf } from '../../../engine/checkpoints/reader';
import { readNetworkState } from '../../../engine/checkpoints/state';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { describeCheckpoint } from '../../../engine/inspection/describe';
import { inspect } from '../../../engine/inspection/inspect';
import { formatInspection } from '../../../engine/terminal/formatCheckpoint';
import { leftOutTexts } from '../../../engine/vocabulary/layerRules';
import { fixture, readJson, temporaryFolder } from '../../fixtures';
import { checkOutput } from '../outputSchema';

const LLM = fixture('cases/12-llm-linear-only/llm.safetensors');

/** Chooses among tensors whose values are all 1. */
function choose(shapes: Record<string, number[]>, layerRule: string) {
  const tensors = Object.entries(shapes).map(([name, shape]) => ({
    ...{ name, shape, dtype: 'float32' as const },
    fill: (into: Uint8Array) => {
      new Float32Array(into.buffer, into.byteOffset, into.byteLength / 4).fill(1);
      return Promise.resolve();
    },
  }));
  const reader = readerOf(tensors, { file: 'x', format: '', metadata: {}, close: () => Promise.resolve() });
  return chooseLayers({ ...reader, layerRule });
}

describe('rules for prunable layers', () => {
  const inFolder = temporaryFolder();

  for (const name of ['cifar100_resnet50', 'imagenet_resnet18', 'imagenet_mlpmixer'])
    it(`official: chooses in ${name} what the official code prunes`, async () => {
      const { entries } = readJson(`oracles/arch/${name}.json`) as { entries: [string, number[], string, boolean][] };
      const shapes = Object.fromEntries(entries.map(([tensor, shape]) => [tensor, shape]));
      const { layers } = await choose(shapes, 'official');
      const pruned = entries.flatMap(([tensor, , , prunable]) => (prunable ? [tensor] : []));
      assert.deepEqual(layers.map(({ weight }) => weight.name), pruned); // prettier-ignore
    });

  it('12: decoder: counts the linear layers in the blocks, which published numbers are about', async () => {
    const truth = readJson('cases/12-llm-linear-only/truth.json') as Record<'pruned_layers' | 'all', Counted>;
    const found = await inspect({ file: LLM, layers: 'decoder' });
    checkOutput('inspection', found);
    const { pruned_layers: blocks, all } = truth;
    assert.deepEqual(found.weights, { pruned: blocks.zeros, prunable: blocks.count, all: all.count });
    assert.deepEqual(found.sparsity, { prunable: blocks.sparsity, all: all.sparsity });
    assert.deepEqual(leftOutTexts(found.leftOut), ['lm_head, model.embed_tokens (outside the blocks of the decoder)']);
    const text = formatInspection(found);
    assert.match(
      text,
      /sparsity 50\.0 % of 5888 prunable weights, 23\.9 % of all 12336 parameters\nprunable: rule “decoder”/,
    );
    assert.match(text, /\nleft out: lm_head, model\.embed_tokens \(outside/);
    assert.equal((await describeCheckpoint({ file: LLM, layers: 'decoder' })).leftOut.length, 2);
  });

  it('counts every matrix, or the layers and tensors that a pattern names', async () => {
    const all = await inspect({ file: LLM, layers: 'matrices' });
    assert.equal(all.weights.prunable, 5888 + 2 * 3200);
    const pattern = await inspect({ file: LLM, layers: 'model.layers.?.mlp.*, lm_head.weight' });
    assert.deepEqual([pattern.rule, pattern.layers.length], ['model.layers.?.mlp.*, lm_head.weight', 7]);
    await assert.rejects(inspect({ file: LLM, layers: 'mlp' }), {
      name: 'UserError',
      message: /llm\.safetensors: the rule "mlp" chooses no layer\. It has "lm_head", .* and 11 more\./,
    });
  });

  it('counts weights that are stored once under two names once', async () => {
    const { weights, leftOut } = await inspect(fixture('cases/38-pth-strides/plain.pt'));
    assert.deepEqual(
      leftOut.flatMap(({ name, reason }) => (name === 'head' ? [reason] : [])),
      ['the same weights as emb.weight'],
    );
    assert.equal(weights.all, 162 + 200 + 28 + 15 + 48 + 16);
  });

  it('says no percentage where nothing was recognized', async () => {
    const data = new Float32Array(4).fill(1);
    await writeSafetensors(inFolder('a'), {
      tensors: new Map([['x.bias', { dtype: 'F32', shape: [4], data }]]),
      metadata: {},
    });
    const found = await inspect(inFolder('a'));
    assert.deepEqual(found.sparsity, { prunable: NaN, all: NaN });
    checkOutput('inspection', JSON.parse(JSON.stringify(found)));
    assert.doesNotMatch(formatInspection(found), /%/);
  });

  it('is one for inspecting and for transfers', async () => {
    for (const name of [
      '31-half-removed/half',
      '09-open-lth/checkpoint',
      '07-prefixes/plain',
      '12-llm-linear-only/llm',
    ]) {
      const file = fixture(`cases/${name}.safetensors`);
      const { layers } = await inspect(file);
      const { state } = await readNetworkState(file);
      const kept = [...state.masks].map(([layer, mask]) => [layer, mask.reduce((sum, bit) => sum + bit, 0)]);
      assert.deepEqual(layers.map((layer) => [layer.name, layer.kept]), kept); // prettier-ignore
    }
  });
});

interface Counted {
  count: number;
  zeros: number;
  sparsity: number;
}
