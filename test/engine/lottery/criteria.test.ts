import assert from 'node:assert/strict';
import { pruneAfter, type PruneOptions } from '../../../engine/lottery/criteria';
import { pruneByMagnitude } from '../../../engine/lottery/prune';
import { goalOf } from '../../../engine/lottery/scopes';
import { random } from '../../../engine/random';
import { sizeOf, type Masks, type NetworkState } from '../../../engine/tensors';

const SHAPES = { conv1: [8, 1, 3, 3], conv2: [16, 8, 3, 3], fc: [40, 64] };
const SCOPES = ['global', 'layer-wise', 'uniform', 'erk'] as const;
const CRITERIA = ['magnitude', 'random', 'shuffled'] as const;

function network(): NetworkState {
  const layers = Object.entries(SHAPES);
  return {
    tensors: new Map(
      layers.map(([name, shape], scale) => {
        const source = random(1, name);
        const data = Float32Array.from({ length: sizeOf(shape) }, () => source.normal() / (1 + scale));
        return [`${name}.weight`, { dtype: 'F32', shape, data }];
      }),
    ),
    masks: new Map(layers.map(([name, shape]) => [name, new Uint8Array(sizeOf(shape)).fill(1)])),
  };
}

const options = (more: Partial<PruneOptions> = {}): PruneOptions => {
  return { method: 'lrr', pruningFraction: 0.3, rounds: 4, seed: 5, ...more };
};
const countsOf = (masks: Masks) => [...masks.values()].map((mask) => mask.reduce((sum, bit) => sum + bit, 0));

describe('pruneAfter', () => {
  const state = network();

  it('prunes like the official code by default', () => {
    const pruned = pruneAfter(state, options(), 0);
    const { masks, before, requested, kept } = pruneByMagnitude(state, 0.3);
    assert.deepEqual(pruned, { masks, before, requested, kept });
  });

  for (const scope of SCOPES)
    for (const criterion of CRITERIA)
      it(`keeps the counts of the scope and never revives, ${scope} by ${criterion}`, () => {
        let now = state;
        for (let round = 0; round < 4; round++) {
          const layers = Object.values(SHAPES).map((shape, i) => ({ shape, kept: countsOf(now.masks)[i]! }));
          const goal = goalOf(layers, options({ scope }), round);
          const { masks, kept, requested } = pruneAfter(now, options({ scope, criterion }), round);
          if ('each' in goal) assert.deepEqual(countsOf(masks), goal.each);
          else assert.equal(kept, goal.together);
          assert.equal(requested, kept);
          for (const [name, mask] of masks)
            assert.ok(
              mask.every((bit, i) => bit <= now.masks.get(name)![i]!),
              name,
            );
          now = { ...now, masks };
        }
      });

  it('keeps the largest weights of each layer with a scope of layers', () => {
    const { masks } = pruneAfter(state, options({ scope: 'layer-wise' }), 0);
    for (const [name, mask] of masks) {
      const { data } = state.tensors.get(`${name}.weight`)!;
      const magnitudes = (bit: number) => [...data].map(Number).map(Math.abs).filter((_, i) => mask[i] === bit); // prettier-ignore
      assert.ok(Math.min(...magnitudes(1)) >= Math.max(...magnitudes(0)), name);
    }
  });

  it('keeps all ties, as in the official code', () => {
    const tied: NetworkState = {
      tensors: new Map([['fc.weight', { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -1, 1, 2, 0, 0) }]]),
      masks: new Map([['fc', new Uint8Array(6).fill(1)]]),
    };
    for (const scope of ['global', 'layer-wise', 'erk'] as const) {
      const { masks, requested, kept } = pruneAfter(tied, options({ scope, pruningFraction: 0.5 }), 0);
      assert.deepEqual([[...masks.get('fc')!], requested, kept], [[1, 1, 1, 1, 0, 0], 3, 4]);
    }
    const { kept } = pruneAfter(tied, options({ criterion: 'random', pruningFraction: 0.5 }), 0);
    assert.equal(kept, 3);
  });

  it('shuffles within each layer: same counts as by magnitude, other weights', () => {
    const magnitude = pruneAfter(state, options(), 0).masks;
    const shuffled = pruneAfter(state, options({ criterion: 'shuffled' }), 0).masks;
    assert.deepEqual(countsOf(shuffled), countsOf(magnitude));
    for (const [name, mask] of shuffled) assert.notDeepEqual(mask, magnitude.get(name));
  });

  it('draws random weights of all layers together, whatever their magnitude', () => {
    const { masks } = pruneAfter(state, options({ criterion: 'random', pruningFraction: 0.5 }), 0);
    countsOf(masks).forEach((kept, i) => {
      const size = sizeOf(Object.values(SHAPES)[i]!);
      assert.ok(Math.abs(kept - size / 2) < 3 * Math.sqrt(size), `${kept} of ${size}`);
    });
  });

  for (const criterion of ['random', 'shuffled'] as const)
    it(`draws from seed, round and layer, ${criterion}`, () => {
      const square = { dtype: 'F32', shape: [20, 20], data: new Float32Array(400).map((_, i) => i) } as const;
      const twins: NetworkState = {
        tensors: new Map(['a', 'b'].map((name) => [`${name}.weight`, square])),
        masks: new Map(['a', 'b'].map((name) => [name, new Uint8Array(400).fill(1)])),
      };
      const draw = (seed: number, round: number) => pruneAfter(twins, options({ criterion, scope: 'layer-wise', seed }), round).masks; // prettier-ignore
      assert.deepEqual(draw(1, 0), draw(1, 0));
      assert.notDeepEqual(draw(1, 0), draw(2, 0));
      assert.notDeepEqual(draw(1, 0), draw(1, 1));
      assert.notDeepEqual(draw(1, 0).get('a'), draw(1, 0).get('b'));
    });

  it('does not change its input', () => {
    for (const criterion of CRITERIA) pruneAfter(state, options({ criterion }), 0);
    assert.deepEqual(state, network());
  });
});
