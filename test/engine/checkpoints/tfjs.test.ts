/** Models of TensorFlow.js against what was put into them, and checkpoints of TensorFlow, which do not open. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, writeFileSync } from 'node:fs';
import { openCheckpoint } from '../../../engine/checkpoints/open';
import { readValues } from '../../../engine/checkpoints/reader';
import { compareCheckpoints } from '../../../engine/inspection/compare';
import { inspect } from '../../../engine/inspection/inspect';
import { fixture, readJson, temporaryFolder } from '../../fixtures';

interface Truth {
  tensors: Record<string, { dtype: string; shape: number[]; sha256: string; mean: number; l2: number }>;
}

describe('a TensorFlow.js model', () => {
  const temporary = temporaryFolder();
  const written = (model: object, bin: Uint8Array) => {
    writeFileSync(temporary('w.bin'), bin);
    writeFileSync(temporary('model.json'), JSON.stringify(model));
    return temporary('model.json');
  };

  for (const kind of ['f32', 'f16', 'uint8'])
    it(`quantized to ${kind} has the values of every weight`, async () => {
      const { tensors } = readJson(`tfjs/${kind}/model.json.truth.json`) as Truth;
      const reader = await openCheckpoint(fixture(`tfjs/${kind}/model.json`));
      assert.deepEqual(
        reader.tensors.map(({ name, dtype, shape }) => [name, dtype, shape]),
        Object.entries(tensors).map(([name, { dtype, shape }]) => [name, dtype, shape]),
      );
      for (const tensor of reader.tensors) {
        const { sha256, mean, l2 } = tensors[tensor.name]!;
        const values = Array.from(await readValues(reader, tensor));
        assert.ok(Math.abs(values.reduce((sum, value) => sum + value / values.length, 0) - mean) < 1e-6, tensor.name);
        assert.ok(Math.abs(Math.hypot(...values) - l2) < 1e-5, tensor.name);
        const bytes = await reader.bytes(tensor.name);
        if (kind !== 'uint8') assert.equal(createHash('sha256').update(bytes).digest('hex'), sha256, tensor.name);
      }
      await reader.close();
    });

  it('is read by any range, over the ends of its files', async () => {
    for (const kind of ['f32', 'f16', 'uint8']) {
      const reader = await openCheckpoint(fixture(`tfjs/${kind}/model.json`));
      for (const { name } of reader.tensors) {
        const whole = await reader.bytes(name);
        const count = whole.length / 4;
        const [from, to] = [Math.floor(count / 3), Math.ceil((2 * count) / 3)];
        assert.deepEqual(await reader.bytes(name, from, to), whole.slice(4 * from, 4 * to), name);
      }
      await reader.close();
    }
  });

  it('has the layers and signs of the Keras model that it was made from', async () => {
    const keras = fixture('keras/model_v3.keras');
    const { total, unmatched } = await compareCheckpoints(keras, fixture('tfjs/f32/model.json'));
    assert.deepEqual([total.count, total.iou, total.signAgreement, unmatched], [216 + 72 + 128, 1, 1, []]);
    const { layers } = await inspect(fixture('tfjs/f32/model.json'));
    assert.deepEqual(
      layers.map(({ name, layout, kept }) => [name, layout, kept]),
      [
        ['stem', 'HWIO', 87],
        ['dw', 'HWIM', 72],
        ['pw', 'HWIO', 51],
      ],
    );
  });

  it('counts zeros that quantization may have made as kept', async () => {
    const weights = [
      { name: 'a/kernel', shape: [2, 2], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -1 } },
      { name: 'b/kernel', shape: [1, 2], dtype: 'float32', quantization: { dtype: 'uint16', scale: 1, min: 0 } },
    ];
    const model = { format: 'layers-model', modelTopology: {}, weightsManifest: [{ paths: ['w.bin'], weights }] };
    const { layers, tensors } = await inspect(written(model, Uint8Array.of(0, 2, 4, 6, 0, 1, 0, 0)));
    assert.deepEqual(layers.map(({ maskRule, kept, positive, negative }) => [maskRule, kept, positive, negative])[0], [
      'quantized',
      4,
      2,
      1,
    ]);
    assert.deepEqual(
      tensors.map(({ min, max }) => [min, max]),
      [
        [-1, 2],
        [0, 256],
      ],
    );
  });

  it('of a graph has the layers that its nodes name', async () => {
    const constant = (name: string) => ({ name, op: 'Const' });
    const node = [
      ...['conv_w', 'dense_w', 'out_w', 'mean', 'variance', 'table'].map(constant),
      { name: 'read', op: 'Identity', input: ['conv_w'] },
      { name: 'conv', op: '_FusedConv2D', input: ['x', 'read:0'] },
      { name: 'norm', op: 'FusedBatchNormV3', input: ['conv', 's', 'o', 'mean', 'variance'] },
      { name: 'dense', op: 'MatMul', input: ['norm', 'dense_w'] },
      { name: 'out', op: '_FusedMatMul', input: ['dense', 'out_w'], attr: { transpose_b: { b: true } } },
      { name: 'again', op: 'Identity', input: ['again'] },
      { name: 'loop', op: 'MatMul', input: ['x', 'again'] },
    ];
    const weights = Object.entries({
      conv_w: [1, 1, 2, 3],
      dense_w: [3, 2],
      out_w: [4, 2],
      mean: [3],
      variance: [3],
      table: [2, 2],
    }).map(([name, shape]) => ({ name, shape, dtype: 'float32' }));
    const values = new Float32Array(6 + 6 + 8 + 3 + 3 + 4).map((_, i) => (i % 2 === 0 ? 0 : i));
    const model = { format: 'graph-model', modelTopology: { node }, weightsManifest: [{ paths: ['w.bin'], weights }] };
    const { layers, sparsity } = await inspect(written(model, new Uint8Array(values.buffer)));
    assert.deepEqual(
      layers.map(({ name, layout, kept, count }) => [name, layout, kept, count]),
      [
        ['conv_w', 'HWIO', 3, 6],
        ['dense_w', 'IO', 3, 6],
        ['out_w', 'OI', 4, 8],
      ],
    );
    assert.equal(sparsity.all, 10 / 24); // mean and variance are no parameters
  });

  it('gives no two weights the same name', async () => {
    const names = ['prune_low_magnitude_a/kernel', 'a/kernel', 'prune_low_magnitude_b/kernel'];
    const weights = names.map((name) => ({ name, shape: [2, 2], dtype: 'float32' }));
    const model = { format: 'layers-model', modelTopology: {}, weightsManifest: [{ paths: ['w.bin'], weights }] };
    const values = Float32Array.from({ length: 12 }, (_, i) => Math.floor(i / 4) + 1);
    const { tensors } = await inspect(written(model, new Uint8Array(values.buffer)));
    assert.deepEqual(
      tensors.map(({ name, mean }) => [name, mean]),
      [
        ['prune_low_magnitude_a/kernel', 1],
        ['a/kernel', 2],
        ['b/kernel', 3],
      ],
    );
  });
});

describe('a TensorFlow checkpoint', () => {
  const temporary = temporaryFolder();

  it('is recognized, and the sentence says how to convert it', async () => {
    copyFileSync(fixture('tf/ckpt.index'), temporary('renamed'));
    writeFileSync(temporary('checkpoint'), 'model_checkpoint_path: "ckpt"\n');
    for (const file of [temporary('renamed'), temporary('checkpoint'), fixture('tf/ckpt.data-00000-of-00001')])
      await assert.rejects(openCheckpoint(file), {
        name: 'UserError',
        message: /TensorFlow checkpoint.*\. Convert the checkpoint in Python: .*\.$/,
      });
  });
});
