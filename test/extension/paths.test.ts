import assert from 'node:assert/strict';
import { PathMap } from '../../extension/paths';

describe('A map of paths', () => {
  it('finds a file by every spelling of its path on Windows, and keeps the first spelling', () => {
    const map = new PathMap<number>(true);
    map.set('C:\\Study\\runs\\aws', 1);
    map.set('c:/study/runs/AWS', 2);
    assert.deepEqual([map.keys(), map.values()], [['C:\\Study\\runs\\aws'], [2]]);
    assert.equal(map.get('c:\\study\\runs\\aws\\'), 2);
    map.delete('C:\\STUDY\\RUNS\\aws');
    assert.equal(map.has('C:\\Study\\runs\\aws'), false);
  });

  it('distinguishes upper and lower case on other systems', () => {
    const map = new PathMap<number>(false);
    map.set('/runs/a', 1);
    map.set('/runs/A', 2);
    assert.deepEqual([map.get('/runs/a'), map.get('/runs/A'), map.get('/runs/b')], [1, 2, undefined]);
  });
});
