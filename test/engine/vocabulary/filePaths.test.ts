import assert from 'node:assert/strict';
import { isWithin, pathKey } from '../../../engine/vocabulary/filePaths';

describe('Paths', () => {
  it('are compared without case and direction of slashes on Windows', () => {
    const spellings = ['c:\\Study\\runs', 'C:\\study\\RUNS', 'c:/study/runs', 'C:\\Study\\runs\\'];
    assert.equal(new Set(spellings.map((file) => pathKey(file, true))).size, 1);
    assert.equal(pathKey('C:\\', true), 'c:\\');
  });

  it('are compared exactly on other systems', () => {
    assert.notEqual(pathKey('/study/Runs', false), pathKey('/study/runs', false));
    assert.equal(pathKey('/study/runs/', false), '/study/runs');
    assert.equal(pathKey('/', false), '/');
    assert.equal(pathKey('/a\\b', false), '/a\\b');
  });

  it('are below a folder only if whole names are equal', () => {
    assert.ok(isWithin('c:\\work', 'C:\\WORK\\runs', true));
    assert.ok(isWithin('/study', '/study', false));
    assert.ok(isWithin('/', '/study', false));
    assert.ok(!isWithin('/study', '/studying', false));
    assert.ok(!isWithin('/Study', '/study/runs', false));
  });
});
