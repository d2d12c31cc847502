/** Tests what `inspect` prints about the structure of layers. */
import assert from 'node:assert/strict';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { inspect } from '../../../engine/inspection/inspect';
import { formatInspection } from '../../../engine/terminal/formatCheckpoint';
import type { HostTensor } from '../../../engine/tensors';
import { fixture, temporaryFolder } from '../../fixtures';

describe('the text of inspect', () => {
  const inFolder = temporaryFolder();

  const textOf = async (tensors: Record<string, HostTensor>) => {
    await writeSafetensors(inFolder('x'), { tensors: new Map(Object.entries(tensors)), metadata: {} });
    return formatInspection(await inspect(inFolder('x')));
  };
  const floats = (shape: number[], values: ArrayLike<number>): HostTensor => ({
    ...{ dtype: 'F32', shape, data: Float32Array.from(values) },
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
});
