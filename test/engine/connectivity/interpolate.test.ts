import assert from 'node:assert/strict';
import { masksEqual } from '../../../engine/connectivity/combine';
import { alphas, interpolate, measureBarrier, measureBarriers } from '../../../engine/connectivity/interpolate';
import type { CurvePoint } from '../../../engine/protocol';
import { floats, type NetworkState } from '../../../engine/tensors';
import { NETWORKS, readOracle, type CurveOracle, type Network } from '../oracle';

describe('measureBarrier', () => {
  for (const network of NETWORKS)
    for (const [name, curve] of curvesOf(network))
      it(`agrees with the official curve ${name} of ${network}`, () => {
        const points = curve.test_error.map((error, i) => pointAt(i / 10, { error, loss: curve.test_loss[i]! }));
        const barrier = (quantity: 'error' | 'loss', baseline: 'mean of the ends' | 'chord between the ends') =>
          measureBarrier(points, { quantity, split: 'test', baseline }).value;
        assertClose(barrier('error', 'mean of the ends'), curve.barrier_error_vs_mean);
        assertClose(barrier('error', 'chord between the ends'), curve.barrier_error_vs_chord);
        assertClose(barrier('loss', 'mean of the ends'), curve.barrier_loss_vs_mean);
        assertClose(barrier('loss', 'chord between the ends'), curve.barrier_loss_vs_chord);
      });

  it('reports by default the largest test error above the mean of the ends, and its α', () => {
    const points = [
      pointAt(0, { error: 10, loss: 1 }),
      pointAt(0.5, { error: 40, loss: 9 }),
      pointAt(1, { error: 20, loss: 2 }),
    ];
    const [barrier] = measureBarriers(points);
    assert.deepEqual([barrier.value, barrier.alpha, barrier.quantity, barrier.split], [25, 0.5, 'error', 'test']);
    assert.match(
      barrier.definition,
      /largest test error above the mean of the ends, in percentage points, over 3 points/,
    );
  });

  it('does not take rounding for a barrier', () => {
    // 207, 172 and 137 wrong images of 300 are on a line, but not in double precision.
    const errors = [207, 172, 137].map((wrong) => 100 - (100 * (300 - wrong)) / 300);
    assert.ok(errors[1]! > (errors[0]! + errors[2]!) / 2);
    const points = errors.map((error, i) => pointAt(i / 2, { error, loss: 1 }));
    const barrier = measureBarrier(points, { quantity: 'error', split: 'test', baseline: 'chord between the ends' });
    assert.deepEqual([barrier.value, barrier.alpha], [0, 0]);
  });
});

describe('interpolate', () => {
  const a = stateOf([1, -2, 3, 4], [1, 1, 0, 1]);
  const b = stateOf([3, 2, 8, -4], [1, 1, 0, 0]);

  it('returns the masked weights of B at α = 0 and those of A at α = 1', () => {
    assert.deepEqual([...floats(interpolate(a, b, 0).tensors, 'fc.weight')], [3, 2, 0, 0]);
    assert.deepEqual([...floats(interpolate(a, b, 1).tensors, 'fc.weight')], [1, -2, 0, 4]);
    assert.deepEqual([...floats(interpolate(a, b, 0.25).tensors, 'fc.weight')], [2.5, 1, 0, 1]);
  });

  it('interpolates biases and ψ too, and keeps the weights that either network keeps', () => {
    const half = interpolate(a, b, 0.5);
    assert.deepEqual([...floats(half.tensors, 'norm.weight')], [2]);
    assert.deepEqual([...half.masks.get('fc')!], [1, 1, 0, 1]);
    assert.equal(masksEqual(a, b), false);
    assert.equal(masksEqual(a, a), true);
  });
});

it('alphas returns both ends', () => {
  assert.deepEqual(alphas(5), [0, 0.25, 0.5, 0.75, 1]);
  assert.equal(alphas(11)[3], 0.3);
});

it('interpolate and masksEqual treat a network without masks as one that keeps every weight', () => {
  const masked = stateOf([1, 2, 3, 4], [1, 0, 1, 1]);
  const bare = { ...stateOf([5, 6, 7, 8], []), masks: new Map() };
  for (const [a, b] of [
    [masked, bare],
    [bare, masked],
  ] as const) {
    assert.equal(masksEqual(a, b), false);
    assert.deepEqual(interpolate(a, b, 0.5).masks.get('fc'), Uint8Array.of(1, 1, 1, 1));
  }
  assert.deepEqual(floats(interpolate(masked, bare, 0.5).tensors, 'fc.weight'), Float32Array.of(3, 3, 5, 6));
});

function curvesOf(network: Network): [string, CurveOracle][] {
  const { curves } = readOracle(network).interpolation;
  return Object.entries(curves).flatMap(([name, curve]) => ('f64' in curve ? [[name, curve.f64]] : []));
}

function pointAt(alpha: number, { error, loss }: { error: number; loss: number }): CurvePoint {
  const measured = { loss, accuracy: 100 - error };
  return { alpha, train: measured, test: measured };
}

function stateOf(weights: number[], mask: number[]): NetworkState {
  return {
    tensors: new Map([
      ['fc.weight', { dtype: 'F32', shape: [2, 2], data: Float32Array.from(weights) }],
      ['norm.weight', { dtype: 'F32', shape: [1], data: Float32Array.of(weights[0]!) }],
    ]),
    masks: new Map([['fc', Uint8Array.from(mask)]]),
  };
}

function assertClose(actual: number, expected: number) {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} is not ${expected}`);
}
