import assert from 'node:assert/strict';
import { keepCount, pruneByMagnitude } from '../../../engine/lottery/prune';
import { random } from '../../../engine/random';
import type { NetworkState } from '../../../engine/tensors';
import { hashOf, NETWORKS, readJson, readOracle, readRound1, readState, type PruneOracle } from '../oracle';

describe('pruneByMagnitude', () => {
  const { cases } = readJson('prune_ties.json') as {
    cases: {
      weights: number[][];
      mask_before: number[][];
      mask_after: number[][];
      k: number;
      threshold: number;
      kept: number;
    }[];
  };
  cases.forEach((tied, i) => {
    it(`keeps ties like the official code (case ${i}: keeps ${tied.kept} for k = ${tied.k})`, () => {
      const { masks, requested, kept, threshold } = pruneByMagnitude(stateOf(tied.weights, tied.mask_before), 0.2);
      assert.deepEqual(
        [...masks.values()].map((mask) => [...mask]),
        tied.mask_after,
      );
      assert.deepEqual(
        { requested, kept, threshold },
        { requested: tied.k, kept: tied.kept, threshold: tied.threshold },
      );
    });
  });

  for (const network of NETWORKS)
    for (const method of ['lrr', 'aws'] as const)
      it(`reproduces the official masks of ${network} after round 0 of ${method}`, async () => {
        const oracle = readOracle(network).methods[method].prune1;
        checkPruned(pruneByMagnitude(await readState(network, `${method}_round0`), 0.2), oracle);
      });

  for (const network of NETWORKS)
    it(`reproduces the second prune of ${network} under aws`, async () => {
      const state = await readRound1(network, 'aws');
      checkPruned(pruneByMagnitude(state, 0.2), readOracle(network).methods.aws.prune2);
    });

  function checkPruned(pruned: ReturnType<typeof pruneByMagnitude>, oracle: PruneOracle) {
    assert.equal(pruned.before, oracle.survivors_before);
    assert.equal(pruned.requested, oracle.k);
    assert.equal(pruned.kept, oracle.kept);
    assert.equal(pruned.threshold, oracle.threshold);
    for (const { name, kept } of oracle.per_layer)
      assert.equal(
        pruned.masks.get(name)!.reduce((sum, bit) => sum + bit, 0),
        kept,
        name,
      );
    for (const [name, hash] of Object.entries(oracle.mask_sha256 ?? {})) {
      const data = pruned.masks.get(name.replace(/\.(fixed_m|weight)$/, ''))!;
      assert.equal(hashOf({ dtype: 'U8', shape: [], data }), hash, name);
    }
  }

  it('never revives a weight, and prunes the smallest magnitudes of either sign', () => {
    const pruned = pruneByMagnitude(stateOf([[-9, 1, -2, 3, -0.5]], [[0, 1, 1, 1, 1]]), 0.5);
    assert.deepEqual([...pruned.masks.get('0')!], [0, 0, 1, 1, 0]);
  });

  it('keeps all weights at fraction 0, none at fraction 1, and an empty mask unchanged', () => {
    const state = stateOf([[1, -2, 0]], [[1, 1, 1]]);
    assert.deepEqual([...pruneByMagnitude(state, 0).masks.get('0')!], [1, 1, 1]);
    assert.deepEqual([...pruneByMagnitude(state, 1).masks.get('0')!], [0, 0, 0]);
    assert.deepEqual([...pruneByMagnitude(stateOf([[1, 2]], [[0, 0]]), 0.5).masks.get('0')!], [0, 0]);
  });

  it('keeps the same k largest weights as sorting does, with zeros, infinities and denormals', () => {
    const source = random(1, 'kinds');
    const special = [0, -0, Infinity, -Infinity, 1e-45, -1e-45, 3.4e38];
    const draw = () => (source.below(8) === 0 ? special[source.below(special.length)]! : source.normal() * 0.01);
    for (const fraction of [0.01, 0.2, 0.5, 0.77, 0.99]) {
      const weights = [1, 70_001, 999].map((size) => Array.from({ length: size }, () => Math.fround(draw())));
      const masks = weights.map((layer) => layer.map(() => Math.min(1, source.below(4))));
      const pruned = pruneByMagnitude(stateOf(weights, masks), fraction);
      const survivors = weights.flatMap((layer, l) => layer.filter((_, i) => masks[l]![i] === 1).map(Math.abs));
      const threshold = survivors.sort((a, b) => b - a)[pruned.requested - 1]!;
      assert.equal(pruned.threshold, threshold);
      weights.forEach((layer, l) => {
        const expected = layer.map((weight, i) => Number(masks[l]![i] === 1 && Math.abs(weight) >= threshold));
        assert.deepEqual([...pruned.masks.get(String(l))!], expected);
      });
    }
  });

  it('does not change its input', () => {
    const state = stateOf([[1, 2, 3]], [[1, 1, 1]]);
    pruneByMagnitude(state, 0.5);
    assert.deepEqual([...state.masks.get('0')!], [1, 1, 1]);
  });
});

describe('keepCount', () => {
  it('returns ⌊(1 − fraction) · count⌋ without floating-point errors', () => {
    // In floating point, (1 − 0.9) · 10 is 0.9999999999999998, and 0.8 · 85 is 68.00000000000001.
    const cases: [number, number, number][] = [
      [10, 0.9, 1],
      [85, 0.2, 68],
      [100, 0.99, 1],
      [270256, 0.2, 216204],
      [7, 0.3, 4],
      [5, 1e-7, 4],
      [0, 0.5, 0],
    ];
    for (const [count, fraction, kept] of cases)
      assert.equal(keepCount(count, fraction), kept, `${count} × (1 − ${fraction})`);
  });
});

function stateOf(weights: number[][], masks: number[][]): NetworkState {
  return {
    tensors: new Map(
      weights.map((data, i) => [`${i}.weight`, { dtype: 'F32', shape: [data.length], data: Float32Array.from(data) }]),
    ),
    masks: new Map(masks.map((mask, i) => [String(i), Uint8Array.from(mask)])),
  };
}
