import assert from 'node:assert/strict';
import { HandMatches } from '../../extension/handMatches';

function memory() {
  const values = new Map<string, unknown>();
  return {
    get: <T>(key: string, otherwise?: T) => (values.get(key) ?? otherwise) as T,
    update: (key: string, value: unknown) => Promise.resolve(void values.set(key, structuredClone(value))),
  };
}

describe('layers that were matched by hand', () => {
  it('are stored for the pair of files, in either order', () => {
    const workspace = memory();
    new HandMatches(workspace).set({ a: '/a.pt', b: '/b.pt', map: [['conv', 'stem']] });
    const reopened = new HandMatches(workspace);
    assert.deepEqual(reopened.of('/a.pt', '/b.pt'), [['conv', 'stem']]);
    assert.deepEqual(reopened.of('/b.pt', '/a.pt'), [['stem', 'conv']]);
    assert.deepEqual(reopened.among(['/a.pt', '/c.pt', '/b.pt']), [
      { a: '/a.pt', b: '/b.pt', map: [['conv', 'stem']] },
    ]);
    reopened.set({ a: '/b.pt', b: '/a.pt', map: [] });
    assert.deepEqual(reopened.of('/a.pt', '/b.pt'), []);
  });

  it('of the pair that was changed longest ago are forgotten after 500 pairs', () => {
    const matches = new HandMatches(memory());
    for (let i = 0; i <= 500; i++) matches.set({ a: '/a.pt', b: `/${i}.pt`, map: [['x', 'y']] });
    assert.deepEqual(matches.of('/a.pt', '/0.pt'), []);
    assert.equal(matches.of('/a.pt', '/1.pt').length, 1);
  });
});
