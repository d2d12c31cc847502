import assert from 'node:assert/strict';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { compareCheckpoints } from '../../../engine/inspection/compare';
import { describeCheckpoint } from '../../../engine/inspection/describe';
import { measureMarginals } from '../../../engine/inspection/marginals';
import { drawPicture } from '../../../engine/inspection/picture';
import type { Picture } from '../../../engine/protocol';
import { formatComparison } from '../../../engine/terminal/formatCheckpoint';
import type { StateDict } from '../../../engine/tensors';
import { matchingSentences } from '../../../engine/vocabulary/matching';
import { fixture, readJson, temporaryFolder } from '../../fixtures';
import { checkOutput } from '../outputSchema';
import { madeState } from './made';

const PREFIXES: Record<string, string> = { compiled: '_orig_mod.', ddp: 'module.', lightning: 'model.' };

describe('matching layers of two checkpoints', () => {
  const inFolder = temporaryFolder();
  const write = async (name: string, tensors: StateDict) => {
    await writeSafetensors(inFolder(name), { tensors, metadata: {} });
    return inFolder(name);
  };

  for (const [name, prefix] of Object.entries(PREFIXES))
    it(`07: ignores the prefix ${prefix} and reports it`, async () => {
      const truth = readJson('cases/07-prefixes/truth.json') as { flipped: number; kept: number; layers: number };
      const [plain, prefixed] = ['plain', name].map((file) => fixture(`cases/07-prefixes/${file}.safetensors`));
      const there = await compareCheckpoints(plain!, prefixed!);
      assert.deepEqual([there.layers.length, there.unmatched], [truth.layers, []]);
      assert.deepEqual([there.total.flipped, there.total.keptBoth], [truth.flipped, truth.kept]);
      assert.deepEqual(there.layers[0]?.match, { by: 'prefix', nameB: `${prefix}conv1`, leftB: prefix });
      assert.deepEqual(matchingSentences(there.layers), [`3 layers are matched by name without “${prefix}” in B.`]);
      const back = await compareCheckpoints(prefixed!, plain!);
      assert.deepEqual([back.total.flipped, back.layers[0]?.match?.leftA], [truth.flipped, prefix]);
    });

  it('ignores different wrappers in both checkpoints', async () => {
    const [a, b] = ['compiled', 'ddp'].map((file) => fixture(`cases/07-prefixes/${file}.safetensors`));
    const { layers, total } = await compareCheckpoints(a!, b!);
    assert.equal(total.flipped, 0);
    assert.deepEqual(matchingSentences(layers), [
      '3 layers are matched by name without “_orig_mod.” in A and “module.” in B.',
    ]);
  });

  it('reads a Keras kernel in the order of PyTorch, and a PyTorch kernel in the order of Keras', async () => {
    const { torch, keras } = await bothLayouts(write);
    const { layers, total, unmatched } = await compareCheckpoints(torch, keras);
    assert.deepEqual(unmatched, []);
    assert.deepEqual([total.iou, total.signAgreement, total.keptBoth > 50], [1, 1, true]);
    assert.deepEqual(
      layers.map(({ name, match }) => [name, match?.nameB, match?.axesB]),
      [
        ['model.conv', 'params/conv', [3, 2, 0, 1]],
        ['model.fc', 'params/fc', [1, 0]],
      ],
    );
    const back = await compareCheckpoints(keras, torch);
    assert.deepEqual([back.total.iou, back.total.signAgreement], [1, 1]);
    assert.deepEqual(back.layers[0]?.match?.axesB, [2, 3, 1, 0]);
    checkOutput('comparison', back);
  });

  it('draws the partner that the comparison found', async () => {
    const { torch, keras } = await bothLayouts(write);
    const region = { x: 0, y: 0, width: 9, height: 4 };
    const picture = await drawPicture({ file: torch, against: keras, layer: 'model.conv', region, maxSize: 16 });
    const cells = Buffer.from(picture.bytes, 'base64');
    const [same, flipped, onlyA, onlyB] = [0, 1, 2, 3].map((plane) => cells.subarray(36 * plane, 36 * (plane + 1)));
    assert.ok(same!.some((share) => share === 255));
    for (const plane of [flipped, onlyA, onlyB]) assert.ok(plane!.every((share) => share === 0));
    const request = { layer: 'model.conv', region, maxSize: 16, orderOf: torch };
    const [one, other] = await Promise.all([torch, keras].map((file) => drawPicture({ ...request, file })));
    assert.deepEqual(kept(other!), kept(one!), 'the other file is drawn in the same order');
    const shares = await Promise.all([torch, keras].map((file) => measureMarginals({ ...request, file })));
    assert.deepEqual(shares[1], shares[0]);
  });

  it('describes and draws a layer that is dense in a file, in the order of this file', async () => {
    const { torch, keras } = await bothLayouts(write);
    const pruned = (await describeCheckpoint(torch)).layers.find(({ name }) => name === 'model.fc')!;
    const weight = { dtype: 'F32' as const, shape: [16, 5], data: Float32Array.from({ length: 80 }, (_, i) => i + 1) };
    const other = { dtype: 'F32' as const, shape: [3, 3], data: Float32Array.from([0, 1, 2, 3, 4, 5, 6, 7, 8]) };
    const state: StateDict = new Map([
      ['params/conv/kernel', other],
      ['params/fc/kernel', weight],
    ]);
    const dense = await write('dense', state);
    const header = await describeCheckpoint(dense);
    assert.deepEqual(
      header.layers.map(({ name }) => name),
      ['params/conv'],
    );
    const [layer] = header.dense!;
    assert.deepEqual([layer!.name, layer!.rows, layer!.columns, layer!.layout], ['params/fc', 16, 5, 'IO']);
    assert.deepEqual([pruned.rows, pruned.columns], [5, 16]);
    const region = { x: 0, y: 0, width: 5, height: 16 };
    for (const file of [dense, torch, keras]) {
      const picture = await drawPicture({ file, orderOf: dense, layer: 'params/fc', region, maxSize: 16 });
      assert.deepEqual([picture.width, picture.height], [5, 16], file);
    }
    const again = await write('again', state);
    assert.ok(
      kept(await drawPicture({ file: again, orderOf: dense, layer: 'params/fc', region, maxSize: 16 })).every(
        (share) => share === 255,
      ),
    );
  });

  it('compares layers that the user matches, by the name of a layer or of a tensor', async () => {
    const [a, b] = await Promise.all(
      ['one', 'two'].map((name) => write(name, madeState(1, { [name]: [4, 4] }).tensors)),
    );
    const { layers, total } = await compareCheckpoints(a!, b!, { map: [['one', 'two.weight']] });
    assert.deepEqual(layers[0]?.match, { by: 'map', nameB: 'two' });
    assert.equal(total.iou, 1);
    await assert.rejects(
      compareCheckpoints(a!, b!, { map: [['one', 'three']] }),
      /two has no layer "three".* Correct --map/,
    );
  });

  for (const isSame of [true, false])
    it(`names the former partners of layers that are matched by hand, ${isSame ? 'in one file' : 'in two files'}`, async () => {
      const tensors = madeState(1, { one: [4, 4], two: [4, 4], three: [4, 4] }).tensors;
      const a = await write('a', tensors);
      const b = isSame ? a : await write('b', tensors);
      const comparison = await compareCheckpoints(a, b, { map: [['one', 'two']] });
      assert.deepEqual(
        comparison.layers.map(({ name, match }) => [name, match?.nameB]),
        [
          ['one', 'two'],
          ['three', undefined],
        ],
      );
      assert.deepEqual(comparison.unmatched, [
        { name: 'two', side: 'a', reason: `"two" in ${b} is matched with "one" by hand` },
        { name: 'one', side: 'b', reason: `"one" in ${a} is matched with "two" by hand` },
      ]);
      const text = formatComparison(comparison);
      assert.match(text, /^one ↔ two +\d/m);
      assert.match(text, /^not compared: two of A: "two" in /m);
    });

  it('does not guess if several layers have the same name without wrappers', async () => {
    const shapes = { 'model.fc': [3, 3], 'module.fc': [3, 3] };
    const a = await write('a', madeState(1, shapes).tensors);
    const b = await write('b', madeState(1, { fc: [3, 3] }).tensors);
    const { layers, unmatched } = await compareCheckpoints(a, b);
    assert.deepEqual([layers.length, unmatched.length], [0, 3]);
  });
});

/** Returns the kept share of each cell. */
function kept({ bytes, width, height }: Picture): number[] {
  return [...Buffer.from(bytes, 'base64').subarray(0, width * height)];
}

/** Writes the same network twice, in the layouts of PyTorch and of Flax. */
async function bothLayouts(write: (name: string, tensors: StateDict) => Promise<string>) {
  const state = madeState(3, { 'model.conv': [4, 1, 3, 3], 'model.fc': [5, 16] });
  const [conv, fc] = ['model.conv.weight', 'model.fc.weight'].map(
    (name) => state.tensors.get(name)!.data as Float32Array,
  );
  const kernel = new Float32Array(36); // HWIO
  for (let out = 0; out < 4; out++) for (let at = 0; at < 9; at++) kernel[at * 4 + out] = conv![out * 9 + at]!;
  const dense = Float32Array.from({ length: 80 }, (_, i) => fc![(i % 5) * 16 + Math.floor(i / 5)]!);
  const flax: StateDict = new Map([
    ['params/conv/kernel', { dtype: 'F32', shape: [3, 3, 1, 4], data: kernel }],
    ['params/fc/kernel', { dtype: 'F32', shape: [16, 5], data: dense }],
  ]);
  return { torch: await write('torch', state.tensors), keras: await write('flax', flax) };
}
