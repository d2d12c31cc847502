import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { measureSeries } from '../../../engine/inspection/series';
import { formatSeries } from '../../../engine/terminal/seriesVerb';
import { fixture, temporaryFolder } from '../../fixtures';
import { cliJson } from '../process';
import { checkOutput } from '../outputSchema';

const INIT = [1, 1, 1, 1, -1, -1, -1, -1];

describe('a series of checkpoints', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  const write = async (name: string, weights: number[], mask?: number[], prefix = '') => {
    const shape = [2, 4];
    mkdirSync(path.dirname(inFolder(name)), { recursive: true });
    await writeSafetensors(inFolder(name), {
      tensors: new Map([
        [`${prefix}fc1.weight`, { dtype: 'F32', shape, data: Float32Array.from(weights) }],
        ...(mask ? ([[`${prefix}fc1.mask`, { dtype: 'U8', shape, data: Uint8Array.from(mask) }]] as const) : []),
      ]),
      metadata: {},
    });
    return inFolder(name);
  };
  const writeThree = async () => {
    const init = await write('init.safetensors', INIT);
    await write('checkpoint_iter0.pth.tar', [1, 1, 1, -1, -1, -1, -1, 1], [1, 1, 1, 1, 1, 1, 1, 1]);
    await write('checkpoint_iter2.pth.tar', [-1, 1, 1, 1, -1, -1, -1, 1], [1, 1, 0, 1, 0, 1, 1, 1], 'module.');
    await write('checkpoint_iter10.pth.tar', [-1, -1, 1, 1, -1, -1, -1, 1], [1, 1, 1, 0, 0, 0, 0, 1]);
    return init;
  };

  it('counts kept and regrown weights, flips, and the agreement with an initialization', async () => {
    const init = await writeThree();
    const series = await measureSeries({ targets: [inFolder()], init });
    checkOutput('series', series);
    assert.deepEqual(
      series.checkpoints.map(({ file }) => path.basename(file)),
      ['checkpoint_iter0.pth.tar', 'checkpoint_iter2.pth.tar', 'checkpoint_iter10.pth.tar'],
    );
    assert.deepEqual([series.layers, series.skipped], [[{ name: 'fc1', count: 8 }], [init]]);
    const numbers = series.checkpoints.map(({ total, layers }) => {
      assert.deepEqual(layers, [total]);
      const { kept, keptSinceFirst, flippedSinceFirst, keptSincePrevious, flippedSincePrevious, regrown } = total;
      const since = [keptSinceFirst, flippedSinceFirst, keptSincePrevious, flippedSincePrevious];
      return [kept, ...since, regrown, total.keptWithInit, total.sameSignAsInit];
    });
    assert.deepEqual(numbers, [
      [8, 8, 0, 0, 0, 0, 8, 6],
      [6, 6, 2, 6, 2, 0, 6, 4],
      [4, 4, 2, 3, 1, 1, 4, 1],
    ]);
  });

  it('is a table of the network, and one of its layers', async () => {
    const init = await writeThree();
    const series = await measureSeries({ targets: [inFolder()], init });
    const text = formatSeries(series, 'kept');
    assert.match(text, /^checkpoint_iter10\.pth\.tar +50\.0 % +50\.0 % +33\.3 % +25\.0 % +25\.0 %$/m);
    assert.match(text, /^fc1 +100 % +75\.0 % +50\.0 %$/m);
    assert.match(text, /not in the series: init\.safetensors/);
    assert.match(formatSeries(series, 'flipped-first'), /^fc1 +0 % +33\.3 % +50\.0 %$/m);
  });

  it('is read from the levels of open_lth, or from files in natural or given order', async () => {
    for (const level of [0, 2, 10])
      for (const epoch of [0, 9, 160])
        await write(`level_${level}/main/model_ep${epoch}_it0.pth`, INIT, [1, 1, 1, 1, 1, 1, 1, level > 2 ? 0 : 1]);
    const { checkpoints, skipped } = await measureSeries({ targets: [inFolder()] });
    const models = [0, 2, 10].map((level) => inFolder(`level_${level}/main/model_ep160_it0.pth`));
    assert.deepEqual([checkpoints.map(({ file }) => file), skipped.length], [models, 6]);
    const reversed = models.toReversed();
    const filesOf = async (asGiven: boolean) => (await measureSeries({ targets: reversed, asGiven })).checkpoints.map(({ file }) => file); // prettier-ignore
    assert.deepEqual([await filesOf(false), await filesOf(true)], [models, reversed]);
  });

  it('keeps the order of files without numbers, and refuses a folder of them', async () => {
    const names = ['plain', 'ddp', 'lightning'].map((name) => `${name}.safetensors`);
    for (const name of names) await write(name, INIT);
    const { checkpoints } = await measureSeries({ targets: names.map((name) => inFolder(name)) });
    assert.deepEqual(
      checkpoints.map(({ file }) => path.basename(file)),
      names,
    );
    await assert.rejects(
      measureSeries({ targets: [inFolder()] }),
      /are not a series, .* name the files in their order/,
    );
  });

  it('applies the choices of the user to every file of the series, also if the initialization is one of them', async () => {
    const names = ['a_0.safetensors', 'a_1.safetensors', 'a_2.safetensors'];
    for (const name of names) {
      const tensors = ['fc1', 'fc2'].map((layer) => [`${layer}.weight`, { dtype: 'F32', shape: [2, 4], data: Float32Array.from(INIT) }] as const); // prettier-ignore
      await writeSafetensors(inFolder(name), { tensors: new Map(tensors), metadata: {} });
    }
    const series = await measureSeries({ targets: [inFolder()], init: inFolder('a_0.safetensors'), layers: 'fc2' });
    assert.deepEqual(series.layers, [{ name: 'fc2', count: 8 }]);
    assert.deepEqual(series.checkpoints.map(({ total }) => [total.count, total.keptWithInit]), [[8, 8], [8, 8], [8, 8]]); // prettier-ignore
  });

  it('leaves out the parts of divided checkpoints', async () => {
    for (const part of [1, 2, 3]) await write(`model-0000${part}-of-00003.safetensors`, INIT);
    await assert.rejects(measureSeries({ targets: [inFolder()] }), /fewer than two checkpoints/);
    await writeThree();
    assert.equal((await measureSeries({ targets: [inFolder()] })).checkpoints.length, 3);
  });

  it('uses the mask file of each model', async () => {
    const model = fixture('pruning/imp_lrr_lts/model_resnet_5.pt');
    const { checkpoints } = await measureSeries({ targets: [model, fixture('pruning/open_lth/level_4/main/model_ep160_it0.pth')] }); // prettier-ignore
    assert.deepEqual(checkpoints.map(({ total }) => total.kept), [1980, 1980]); // prettier-ignore
  });

  it('needs two checkpoints, and is a verb', async () => {
    writeFileSync(inFolder('notes.txt'), '');
    await assert.rejects(measureSeries({ targets: [inFolder()] }), /fewer than two checkpoints\. Name a folder/);
    await assert.rejects(measureSeries({ targets: [await write('a.pt', INIT)] }), /only one checkpoint/);
    await writeThree();
    checkOutput('series', await cliJson('series', inFolder(), '--layers', 'matrices'));
  });
});
