import assert from 'node:assert/strict';
import { SignChanges } from '../../../engine/execution/signChanges';
import { emptyMasks } from '../../../engine/models/initialize';
import { buildArchitecture } from '../../../engine/models/registry';
import type { HostTensor, NetworkState } from '../../../engine/tensors';
import type { StoredState } from '../../../engine/training/trainer';

const DATA = { height: 1, width: 1, channels: 3, classes: 2 };
const architecture = buildArchitecture({ model: 'mlp', options: { hidden: [2], batchNorm: false } }, DATA);
const [LAYER] = [...emptyMasks(architecture).keys()] as [string];

/** A network whose only layer with a mask has these weights. */
function stateOf(weights: number[], mask: number[] = [1, 1, 1, 1, 1, 0]): NetworkState {
  const weight: HostTensor = { dtype: 'F32', shape: [2, 3], data: Float32Array.from(weights) };
  return { tensors: new Map([[`${LAYER}.weight`, weight]]), masks: new Map([[LAYER, Uint8Array.from(mask)]]) };
}

const storedIn = (saved: ReadonlyMap<string, HostTensor>) =>
  ({
    signs: (layer, into) => {
      const found = saved.get(layer);
      if (found?.dtype !== 'U8' || into.dtype !== 'U8') return Promise.resolve(false);
      into.data.set(found.data);
      return Promise.resolve(true);
    },
  }) satisfies Pick<StoredState, 'signs'> as StoredState;

// Weights: goes and comes back; flips; keeps its sign; starts at 0 and gets both signs; passes through 0; pruned.
const START = [1, 1, -1, 0, 1, 1];
const EPOCHS = [
  [-1, 1, -2, 1, 0, -1],
  [1, -1, -3, -1, 1, 1],
];

describe('the signs of a round', () => {
  it('count kept weights that had both signs, even if they came back', () => {
    const signs = new SignChanges(architecture);
    signs.start(stateOf(START));
    for (const weights of EPOCHS) signs.addEpoch(stateOf(weights));
    assert.deepEqual(signs.counts(), new Map([[LAYER, 3]]));
  });

  it('are counted from the start of each round', () => {
    const signs = new SignChanges(architecture);
    signs.start(stateOf(START));
    for (const weights of EPOCHS) signs.addEpoch(stateOf(weights));
    signs.start(stateOf(EPOCHS[1]!));
    assert.deepEqual(signs.counts(), new Map([[LAYER, 0]]));
    signs.addEpoch(stateOf(EPOCHS[1]!.map((weight) => -weight)));
    assert.deepEqual(signs.counts(), new Map([[LAYER, 5]]));
  });

  it('continue from a saved state', async () => {
    const [first, second] = [new SignChanges(architecture), new SignChanges(architecture)];
    first.start(stateOf(START));
    first.addEpoch(stateOf(EPOCHS[0]!));
    await second.load(storedIn(first.save()));
    second.addEpoch(stateOf(EPOCHS[1]!));
    assert.deepEqual(second.counts(), new Map([[LAYER, 3]]));
  });

  it('are unknown after a resume from a state without them', async () => {
    const signs = new SignChanges(architecture);
    await signs.load(storedIn(new Map()));
    signs.addEpoch(stateOf(START));
    assert.equal(signs.counts(), undefined);
    assert.equal(signs.save().size, 0);
  });
});
