import assert from 'node:assert/strict';
import { isWithin, pathKey } from '../../../engine/vocabulary/filePaths';

describe('Paths', () => {
  it('are compared on Windows without case, slashes either way', () => {
    const spellings = ['c:\\Work\\runs', 'C:\\work\\RUNS', 'c:/work/runs', 'C:\\Work\\runs\\'];
    assert.equal(new Set(spellings.map((file) => pathKey(file, true))).size, 1);
    assert.equal(pathKey('C:\\', true), 'c:\\');
  });

  it('are compared elsewhere as they are', () => {
    assert.notEqual(pathKey('/work/Runs', false), pathKey('/work/runs', false));
    assert.equal(pathKey('/work/runs/', false), '/work/runs');
    assert.equal(pathKey('/', false), '/');
    assert.equal(pathKey('/a\\b', false), '/a\\b');
  });

  it('lie below a folder only by whole names', () => {
    assert.ok(isWithin('c:\\work', 'C:\\WORK\\runs', true));
    assert.ok(isWithin('/work', '/work', false));
    assert.ok(isWithin('/', '/work', false));
    assert.ok(!isWithin('/work', '/workshop', false));
    assert.ok(!isWithin('/Work', '/work/runs', false));
  });
});
