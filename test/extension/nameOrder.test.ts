import assert from 'node:assert/strict';
import { NameOrder } from '../../extension/nameOrder';

const named = (name: string, folder = '/runs') => ({ name, directory: `${folder}/${name}` });

describe('The order of runs by name', () => {
  it('compares numbers as numbers, and runs of one name by their directories', () => {
    const order = new NameOrder();
    for (const run of [named('aws-10'), named('lrr'), named('aws-2', '/b'), named('aws-2', '/a')]) order.add(run);
    assert.deepEqual(order.directories(), ['/a/aws-2', '/b/aws-2', '/runs/aws-10', '/runs/lrr']);
  });

  it('stays when many and few runs are added and removed', () => {
    const order = new NameOrder();
    const runs = Array.from({ length: 500 }, (_, place) => named(`run-${(place * 7919) % 500}`));
    for (const run of runs.slice(0, 300)) order.add(run);
    assert.equal(order.directories().length, 300);
    for (const run of runs.slice(300)) {
      order.add(run);
      order.directories();
    }
    assert.deepEqual(
      order.directories(),
      Array.from({ length: 500 }, (_, place) => `/runs/run-${place}`),
    );
    for (const run of runs) order.remove(run);
    assert.deepEqual(order.directories(), []);
  });
});
