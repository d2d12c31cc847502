import assert from 'node:assert/strict';
import { readNetworkState, tensorsWithMasks } from '../../../engine/checkpoints/state';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { pruneByMagnitude } from '../../../engine/lottery/prune';
import { initialize } from '../../../engine/models/initialize';
import { buildArchitecture } from '../../../engine/models/registry';
import { temporaryFolder } from '../../fixtures';

describe('the mask of in_proj_weight', () => {
  const inFolder = temporaryFolder();

  it('is pruned with the other layers, written as PyTorch names it, and read back', async () => {
    const options = { dim: 6, depth: 1, heads: 2 };
    const data = { height: 8, width: 8, channels: 1, classes: 3 };
    const initial = initialize(buildArchitecture({ model: 'vit', options }, data), 1);
    const pruned = { tensors: initial.tensors, masks: pruneByMagnitude(initial, 0.2).masks };
    const layer = 'encoder.layers.encoder_layer_0.self_attention.in_proj_weight';
    assert.ok(pruned.masks.get(layer)!.includes(0));
    const tensors = tensorsWithMasks(pruned);
    assert.ok(tensors.has(`${layer}_mask`));
    await writeSafetensors(inFolder('vit.safetensors'), { tensors, metadata: {} });
    const { state } = await readNetworkState(inFolder('vit.safetensors'));
    for (const [name, mask] of pruned.masks) assert.deepEqual(state.masks.get(name), mask, name);
  });
});
