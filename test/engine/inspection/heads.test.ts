/** Tests dead heads of attention against numpy, and that nothing is said where the number of heads is not certain. */
import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { layerNameOf } from '../../../engine/checkpoints/conventions';
import { HeadTally } from '../../../engine/inspection/headTally';
import { inspect } from '../../../engine/inspection/inspect';
import { formatInspection } from '../../../engine/terminal/formatCheckpoint';
import { fixture, readJson, temporaryFolder } from '../../fixtures';
import { checkOutput } from '../outputSchema';

type Truth = Record<string, [count: number, dead: number] | null>;

describe('heads of attention', () => {
  const inFolder = temporaryFolder();

  const headsIn = async (file: string) => {
    const inspection = await inspect(file);
    checkOutput('inspection', JSON.parse(JSON.stringify(inspection)));
    return new Map(inspection.layers.map(({ name, structure }) => [name, structure!.heads]));
  };

  for (const [file, truth] of Object.entries(readJson('overview/heads/heads.json') as Record<string, Truth>))
    it(`of ${file} are counted as by numpy`, async () => {
      const found = await headsIn(fixture(`overview/heads/${file}`));
      assert.equal(found.size, Object.keys(truth).length);
      for (const [tensor, expected] of Object.entries(truth)) {
        const heads = found.get(layerNameOf(tensor));
        assert.deepEqual(heads ? [heads.count, heads.dead] : null, expected, tensor);
      }
    });

  it('of a Keras model are counted from the shapes of its kernels', async () => {
    const found = await headsIn(fixture('keras/tfmot_parts.keras'));
    const heads = { count: 2, dead: 0, rule: 'the shapes of the kernels' };
    assert.deepEqual(found.get('attention/query'), heads);
  });

  it('are listed with the source of their number', async () => {
    const rules = async (file: string) =>
      [...(await headsIn(fixture(`overview/heads/${file}`))).values()].map((heads) => heads?.rule);
    const [queries, keys] = ['num_attention_heads in config.json', 'num_key_value_heads in config.json'];
    assert.deepEqual(await rules('llama/model.safetensors'), [queries, keys, keys, queries, undefined]);
    assert.deepEqual((await rules('llama.gguf')).slice(0, 2), [
      'llama.attention.head_count',
      'llama.attention.head_count_kv',
    ]);
    assert.equal((await rules('vit.safetensors'))[0], 'the model options of the run');
    assert.equal((await rules('flax.safetensors'))[0], 'the shapes of the kernels');
    const text = formatInspection(await inspect(fixture('overview/heads/vit.safetensors')));
    assert.match(text, /^dead heads \(no kept weight\): 1 of 3 in encoder/m);
  });

  const CONFIG = { model_type: 'llama', hidden_size: 16, num_attention_heads: 4, num_key_value_heads: 2, head_dim: 8 };
  const UNFIT: Record<string, string> = {
    'of another size': JSON.stringify({ ...CONFIG, hidden_size: 32 }),
    'with another depth': JSON.stringify({ ...CONFIG, head_dim: 4 }),
    'of several networks': JSON.stringify({ ...CONFIG, vision_config: {} }),
    'of an encoder and a decoder': JSON.stringify({ ...CONFIG, is_encoder_decoder: true }),
    'of another tool': JSON.stringify({ ...CONFIG, model_type: undefined }),
    'with a list': JSON.stringify({ ...CONFIG, num_attention_heads: [4, 4] }),
    'with 0 heads': JSON.stringify({ ...CONFIG, num_attention_heads: 0 }),
    'that is not JSON': '{',
  };
  for (const [what, text] of Object.entries(UNFIT))
    it(`are not known from a config.json ${what}`, async () => {
      copyFileSync(fixture('overview/heads/llama/model.safetensors'), inFolder('model.safetensors'));
      writeFileSync(inFolder('config.json'), text);
      const found = await headsIn(inFolder('model.safetensors'));
      assert.deepEqual([...found.values()].filter(Boolean), []);
    });

  it('are counted equally in pieces of any length', () => {
    const [count, inner] = [3, 4];
    const mask = Uint8Array.from({ length: 48 }, (_, i) => Number(Math.floor(i / inner) % count === 1 && i > 40));
    for (const length of [1, 3, 4, 5, 13, 48]) {
      const tally = new HeadTally({ count, inner, rule: '' });
      for (let from = 0; from < mask.length; from += length) tally.add(mask.subarray(from, from + length), from);
      assert.deepEqual(tally.found(), { count, dead: 2, rule: '' }, String(length));
    }
  });
});
