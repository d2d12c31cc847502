/** Tests what `inspect` prints about the structure and the zeros of layers. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { inspect } from '../../../engine/inspection/inspect';
import { formatInspection } from '../../../engine/terminal/formatCheckpoint';
import type { HostTensor } from '../../../engine/tensors';
import { fixture, temporaryFolder } from '../../fixtures';
import { npyArray, npz } from '../npy';

describe('the text of inspect', () => {
  const inFolder = temporaryFolder();

  const textOf = async (tensors: Record<string, HostTensor>) => {
    await writeSafetensors(inFolder('x'), { tensors: new Map(Object.entries(tensors)), metadata: {} });
    return formatInspection(await inspect(inFolder('x')));
  };
  const floats = (shape: number[], values: ArrayLike<number>): HostTensor => ({
    ...{ dtype: 'F32', shape, data: Float32Array.from(values) },
  });
  const bytes = (shape: number[], values: ArrayLike<number>): HostTensor => ({
    ...{ dtype: 'U8', shape, data: Uint8Array.from(values) },
  });

  it('says which layers have an N:M pattern', async () => {
    const text = formatInspection(await inspect(fixture('overview/layers.safetensors')));
    assert.match(text, /^layer +mask +weights +kept +sparsity +\+ +− +N:M$/m);
    assert.match(text, /^two_of_four .* 2:4$/m);
    assert.match(text, /^four_of_eight .* 4:8$/m);
    assert.match(text, /^by_magnitude .* –$/m);
  });

  it('has no column for patterns if there are none, or only by chance', async () => {
    const sparse = Array.from({ length: 16 }, (_, i) => Number(i === 0));
    const text = await textOf({ 'a.weight': floats([1, 16], sparse), 'b.weight': floats([2, 2], [1, 2, 0, 4]) });
    assert.match(text, /^layer +mask +weights +kept +sparsity +\+ +−$/m);
  });

  it('counts kept weights that are 0, but not NaN', async () => {
    const layers = (a: number[]) => ({
      ...{ 'a.weight': floats([2, 3], a), 'a.mask': bytes([2, 3], [1, 1, 1, 1, 1, 0]) },
      'b.weight': floats([1, 3], [1, 0, 2]),
    });
    assert.match(await textOf(layers([0, -0, 2, -3, NaN, 0])), /^2 kept weights are 0\.$/m);
    assert.match(await textOf(layers([0, 1, 2, -3, Infinity, 0])), /^1 kept weight is 0\.$/m);
    assert.match(await textOf(layers([0, 1, 2, -3, 0, NaN])), /^2 kept weights are 0\.$/m);
    const halves = Uint16Array.of(0, 0x3c00, 0, 0x7e00, 0xbc00, 0x7e00); // 0, 1, 0, NaN, −1, NaN
    for (const [descr, weights] of [
      ['<f2', halves],
      ['<f8', Float64Array.of(0, 1, 0, NaN, -1, NaN)],
    ] as const) {
      const mask = npyArray('|u1', [2, 3], Uint8Array.of(1, 1, 1, 1, 1, 0));
      writeFileSync(inFolder('x.npz'), npz({ 'a.weight': npyArray(descr, [2, 3], weights), 'a.mask': mask }));
      assert.match(formatInspection(await inspect(inFolder('x.npz'))), /^2 kept weights are 0\.$/m, descr);
    }
    assert.doesNotMatch(await textOf(layers([1, 1, 2, -3, NaN, 0])), /kept weights? (is|are) 0/);
  });

  it('does not call zeros of quantized weights kept zeros', async () => {
    const text = formatInspection(await inspect(fixture('gguf/quantized.gguf')));
    assert.doesNotMatch(text, /kept weights? (is|are) 0/);
  });
});
