import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { erkDensities } from '../../../engine/lottery/erk';
import { keepCount } from '../../../engine/lottery/prune';
import { goalOf, plannedGoals, type ScopeOptions } from '../../../engine/lottery/scopes';
import { sizeOf } from '../../../engine/tensors';
import { fixture } from '../../fixtures';

/** Sizes 72, 1152, 4608 and 18432. */
const SHAPES = [8, 16, 32, 64].map((outputs, i, all) => [outputs, all[i - 1] ?? 1, 3, 3]);
const SIZES = SHAPES.map(sizeOf);
const ALL = 24264;

const lrr = (more: Partial<ScopeOptions>): ScopeOptions => ({
  method: 'lrr',
  pruningFraction: 0.2,
  rounds: 5,
  ...more,
});
const full = (shapes = SHAPES) => shapes.map((shape) => ({ shape, kept: sizeOf(shape) }));
const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);

function eachOf(options: ScopeOptions, round = 0, layers = full()): number[] {
  const goal = goalOf(layers, options, round);
  assert.ok('each' in goal);
  return goal.each;
}

describe('erkDensities', () => {
  const { cases } = JSON.parse(readFileSync(fixture('oracles/erk.json'), 'utf8')) as {
    cases: { name: string; shapes: number[][]; density: number; densities: number[] }[];
  };
  for (const { name, shapes, density, densities } of cases)
    it(`has the densities of the published formula, ${name} at ${density}`, () => {
      const ours = erkDensities(shapes, density);
      ours.forEach((one, layer) => {
        assert.ok(Math.abs(one - densities[layer]!) < 1e-12, `layer ${layer}: ${one}`);
      });
    });
});

describe('goalOf', () => {
  it('counts all layers together by default', () => {
    assert.deepEqual(goalOf(full(), lrr({}), 0), { together: keepCount(ALL, 0.2) });
    assert.deepEqual(goalOf(full(), lrr({ scope: 'global' }), 4), { together: keepCount(ALL, 0.2) });
  });

  it('counts each layer for layer-wise', () => {
    assert.deepEqual(
      eachOf(lrr({ scope: 'layer-wise' })),
      SIZES.map((size) => Math.floor((size * 8) / 10)),
    );
  });

  it('keeps the first layer dense for uniform, and gives all others the same density', () => {
    const each = eachOf(lrr({ scope: 'uniform' }));
    const total = keepCount(ALL, 0.2);
    assert.equal(each[0], SIZES[0]);
    assert.equal(sum(each), total);
    const density = (total - SIZES[0]!) / (ALL - SIZES[0]!);
    each.slice(1).forEach((kept, i) => {
      assert.ok(Math.abs(kept - density * SIZES[i + 1]!) < 1, `${kept}`);
    });
  });

  it('divides the count by the densities of erk', () => {
    for (const pruningFraction of [0.2, 0.5, 0.9]) {
      const each = eachOf(lrr({ scope: 'erk', pruningFraction }));
      const total = keepCount(ALL, pruningFraction);
      assert.equal(sum(each), total);
      const densities = erkDensities(SHAPES, total / ALL);
      each.forEach((kept, i) => {
        assert.ok(Math.abs(kept - densities[i]! * SIZES[i]!) < 1, `${kept}`);
      });
    }
  });

  it('keeps exactly the target in the last round, never fewer before, and never more than is left', () => {
    for (const scope of ['global', 'layer-wise', 'uniform', 'erk'] as const)
      for (const targetSparsity of [0.1, 0.5, 0.875, 0.93]) {
        const options = { method: 'lrr', scope, targetSparsity, pruningFraction: 0.2 } as const;
        const totals = plannedGoals(full(), options).map(({ goal }) =>
          'each' in goal ? sum(goal.each) : goal.together,
        );
        const target =
          scope === 'layer-wise'
            ? sum(SIZES.map((size) => keepCount(size, targetSparsity)))
            : keepCount(ALL, targetSparsity);
        assert.equal(totals.at(-1), target, `${scope} ${targetSparsity}`);
        assert.ok(totals.every((total, i) => total >= target && total <= (totals[i - 1] ?? ALL)));
      }
  });

  it('never gives a layer more weights than it has left', () => {
    for (const scope of ['layer-wise', 'uniform', 'erk'] as const) {
      const options = { method: 'aws', scope, targetSparsity: 0.98, pruningFraction: 0.1 } as const;
      let left = SIZES;
      for (const { goal } of plannedGoals(full(), options)) {
        assert.ok('each' in goal);
        goal.each.forEach((kept, i) => {
          assert.ok(kept <= left[i]!, `${scope}: ${kept} of ${left[i]}`);
        });
        left = goal.each;
      }
    }
  });

  it('moves what does not fit into the layers that have room', () => {
    const layers = full().map(({ shape }, i) => ({ shape, kept: i === 2 ? 100 : sizeOf(shape) }));
    const each = eachOf(lrr({ scope: 'uniform', pruningFraction: 0.01 }), 0, layers);
    assert.equal(each[2], 100);
    assert.equal(sum(each), keepCount(ALL - 4508, 0.01));
  });

  it('prunes once to the target for one-shot', () => {
    const options = { method: 'one-shot', pruningFraction: 0.2, targetSparsity: 0.9 } as const;
    assert.deepEqual(plannedGoals(full(), options), [{ round: 0, goal: { together: keepCount(ALL, 0.9) } }]);
  });

  it('are planned from the layers and the round that a search continues from', () => {
    const left = full().map(({ shape }) => ({ shape, kept: 40 }));
    const goals = plannedGoals(left, lrr({ scope: 'layer-wise', pruningFraction: 0.5 }), 3);
    assert.deepEqual(goals, [
      { round: 3, goal: { each: [20, 20, 20, 20] } },
      { round: 4, goal: { each: [10, 10, 10, 10] } },
    ]);
  });

  it('handles networks with one layer, and layers without a weight', () => {
    const one = [[10, 20]];
    assert.deepEqual(eachOf(lrr({ scope: 'erk' }), 0, full(one)), [160]);
    assert.deepEqual(eachOf(lrr({ scope: 'layer-wise' }), 0, full(one)), [160]);
    assert.deepEqual(eachOf(lrr({ scope: 'uniform' }), 0, full(one)), [200]);
    const empty = full().map(({ shape }) => ({ shape, kept: 0 }));
    for (const scope of ['layer-wise', 'uniform', 'erk'] as const)
      assert.deepEqual(eachOf(lrr({ scope }), 0, empty), [0, 0, 0, 0]);
  });
});
