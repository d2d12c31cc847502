import assert from 'node:assert/strict';
import { networkAt, planeThrough, spansPlane, type Three } from '../../../engine/connectivity/plane';
import { planePoints } from '../../../engine/vocabulary/surfaceGrid';
import { floats, type NetworkState } from '../../../engine/tensors';

/** A network with two weights, and running statistics that are not parameters. */
function at(x: number, y: number): NetworkState {
  return {
    tensors: new Map([
      ['fc.weight', { dtype: 'F32', shape: [1, 2], data: Float32Array.of(x, y) }],
      ['bn.running_mean', { dtype: 'F32', shape: [1], data: Float32Array.of(100 * x) }],
    ]),
    masks: new Map(),
  };
}

const weights = (network: NetworkState) => [...floats(network.tensors, 'fc.weight')];

describe('the plane through three networks', () => {
  const states: Three = [at(1, 1), at(3, 1), at(2, 4)];
  const plane = planeThrough(states);

  it('has an axis from A to B, and one at a right angle to it, as long as the height of C', () => {
    assert.deepEqual(plane, { x: 0.5, width: 2, height: 3 });
    assert.equal(spansPlane(plane), true);
  });

  it('has A, B and C at their places, and every other network between and beyond them', () => {
    const place = (x: number, y: number) => weights(networkAt(states, plane, { x, y }, 'union'));
    assert.deepEqual([place(0, 0), place(1, 0), place(plane.x, 1)], states.map(weights));
    assert.deepEqual(place(0.25, 0.5), [1.5, 2.5]);
    assert.deepEqual(place(-0.5, -1), [0, -2]);
  });

  it('is spanned neither by equal networks nor by networks on one line', () => {
    assert.equal(spansPlane(planeThrough([at(1, 1), at(1, 1), at(2, 4)])), false);
    assert.equal(spansPlane(planeThrough([at(1, 1), at(3, 1), at(9, 1)])), false);
  });

  it('compares weights after masking', () => {
    const masked = { ...at(2, 4), masks: new Map([['fc', Uint8Array.of(1, 0)]]) };
    assert.deepEqual(planeThrough([at(1, 1), at(3, 1), masked]), { x: 0.5, width: 2, height: 1 });
  });

  it('is measured at A, B and C, and on a grid with a margin of 0.2 around them', () => {
    const points = planePoints({ x: 1.5, width: 1, height: 1 }, 3);
    assert.equal(points.length, 3 + 9);
    assert.deepEqual(
      points.slice(0, 3).map(({ x, y, end }) => [x, y, end]),
      [[0, 0, 'a'], [1, 0, 'b'], [1.5, 1, 'c']], // prettier-ignore
    );
    const grid = points.slice(3);
    assert.ok(grid.every(({ end }) => end === undefined));
    assert.deepEqual([...new Set(grid.map(({ x }) => x.toFixed(6)))], ['-0.200000', '0.750000', '1.700000']);
    assert.deepEqual([...new Set(grid.map(({ y }) => y.toFixed(6)))], ['-0.200000', '0.500000', '1.200000']);
  });
});
