import assert from 'node:assert/strict';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { compareCheckpoints } from '../../../engine/inspection/compare';
import { measureMarginals } from '../../../engine/inspection/marginals';
import { compareMatrix } from '../../../engine/inspection/matrix';
import { measureSeries } from '../../../engine/inspection/series';
import type { HostTensor } from '../../../engine/tensors';
import { formatMatrix } from '../../../engine/terminal/formatMatrix';
import { temporaryFolder } from '../../fixtures';
import { checkOutput } from '../outputSchema';

/** Numbers of weights: 25 · 25 and 25, which allow 20 % twice. */
const LAYERS: Record<string, number[]> = { 'conv.weight': [25, 25], 'fc.weight': [25, 25], 'fc.bias': [25] };

describe('a layer that is dense in some checkpoints', function () {
  this.timeout(30_000);
  const inFolder = temporaryFolder();
  /** Writes a level of iterative pruning, each of which prunes 20 %. Level 0 has no masks, as before pruning. */
  const write = async (level: number, layers = LAYERS) => {
    const tensors = new Map<string, HostTensor>();
    for (const [name, shape] of Object.entries(layers)) {
      const count = shape.reduce((product, length) => product * length, 1);
      const data = new Float32Array(count).fill(name.endsWith('bias') ? 0 : 1); // biases are often 0 at the start
      tensors.set(level === 0 ? name : `${name}_orig`, { dtype: 'F32', shape, data });
      const kept = Math.round(count * 0.8 ** level);
      const mask = Uint8Array.from({ length: count }, (_, i) => (i < kept ? 1 : 0));
      if (level > 0) tensors.set(`${name}_mask`, { dtype: 'U8', shape, data: mask });
    }
    await writeSafetensors(inFolder(`level_${level}.safetensors`), { tensors, metadata: {} });
    return inFolder(`level_${level}.safetensors`);
  };
  const shares = (checkpoints: Awaited<ReturnType<typeof measureSeries>>['checkpoints']) =>
    checkpoints.map(({ total }) => `${total.kept} / ${total.count}`);

  it('counts in a series, in any order of its files', async () => {
    const files = [await write(0), await write(1), await write(2)];
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 0, 2],
      [1, 2, 0],
    ]) {
      const series = await measureSeries({ targets: order.map((level) => files[level]!), asGiven: true });
      checkOutput('series', series);
      const expected = ['1275 / 1275', '1020 / 1275', '816 / 1275'];
      assert.deepEqual(shares(series.checkpoints), order.map((level) => expected[level]!)); // prettier-ignore
      assert.deepEqual([series.layers.map(({ name }) => name), series.warnings], [['conv', 'fc', 'fc.bias'], []]);
    }
  });

  it('counts in every pair of a matrix, and in a comparison of two', async () => {
    const files = [await write(0), await write(1), await write(2)];
    const { pairs } = await compareMatrix({ files });
    assert.deepEqual(pairs.map(({ layers, total }) => [layers, total?.count, total?.keptBoth]), [[3, 1275, 1020], [3, 1275, 816], [3, 1275, 816]]); // prettier-ignore
    const twice = await compareMatrix({ files: [files[0]!, files[0]!, files[2]!] });
    assert.deepEqual(twice.pairs.map(({ total }) => total?.count), [1275, 1275, 1275]); // prettier-ignore
    const comparison = await compareCheckpoints(files[0]!, files[1]!);
    assert.deepEqual([comparison.total.keptBoth, comparison.total.onlyA, comparison.unmatched], [1020, 255, []]);
    assert.deepEqual(comparison.leftOut.a, []);
    const { rows } = await measureMarginals({ file: files[0]!, against: files[1]!, layer: 'fc.bias' });
    assert.ok(rows.every((share) => share === 1));
  });

  it('is named if it does not exist in some files, because totals then count other weights', async () => {
    const { 'conv.weight': conv, ...rest } = LAYERS;
    const files = [await write(0, rest), await write(1), await write(2, { 'conv.weight': conv! })];
    const { warnings } = await measureSeries({ targets: files.slice(0, 2) });
    assert.match(
      warnings.join('\n'),
      /^layer "conv" of .*level_1.* is not in the series, whose layers are those of .*level_0/,
    );
    const { warnings: last } = await measureSeries({ targets: files.slice(1) });
    assert.match(last.join('\n'), /^layer "fc" is not in the total of .*level_2.*: there is no such layer in /);
    const text = formatMatrix(await compareMatrix({ files }));
    assert.match(text, /^left out: 1 – 2: 1 layer without a partner; 2 compared$/m);
    assert.match(text, /^left out: 2 – 3: 2 layers without a partner; 1 compared$/m);
  });
});
