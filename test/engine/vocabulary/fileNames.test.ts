import assert from 'node:assert/strict';
import { columnNamesOf, namesOf } from '../../../engine/vocabulary/fileNames';

describe('names of files', () => {
  it('are file names if these differ', () => {
    assert.deepEqual(namesOf(['/x/a.pt']), ['a.pt']);
    assert.deepEqual(namesOf(['/x/a.pt', '/y/b.pt']), ['a.pt', 'b.pt']);
    assert.deepEqual(namesOf([]), []);
  });

  it('are the shortest ends of paths that differ, without an end that all share', () => {
    assert.deepEqual(namesOf(['/runs/aws/round-03.pth', '/runs/lrr/round-03.pth']), ['aws', 'lrr']);
    assert.deepEqual(namesOf(['/x/c/a.pt', '/y/c/a.pt', '/y/c/b.pt']), ['x/c/a.pt', 'y/c/a.pt', 'y/c/b.pt']);
    assert.deepEqual(namesOf(['/x/c/a.pt', '/y/c/a.pt', '/y/d/a.pt']), ['x/c', 'y/c', 'y/d']);
    assert.deepEqual(namesOf(['C:\\runs\\imp\\final.pt', 'C:\\runs\\dense\\final.pt']), ['imp', 'dense']);
  });

  it('are never empty', () => {
    assert.deepEqual(namesOf(['/x/a.pt', '/y/x/a.pt']), ['x', 'y/x']);
    assert.deepEqual(namesOf(['x/a.pt', 'y/x/a.pt']), ['x', 'y/x']);
    assert.deepEqual(namesOf(['a.pt', 'x/a.pt']), ['a.pt', 'x/a.pt']);
  });

  it('are equal for equal paths', () => {
    assert.deepEqual(namesOf(['/x/a.pt', '/x/a.pt']), ['a.pt', 'a.pt']);
    assert.deepEqual(namesOf(['/x/a.pt', '/x/a.pt', '/y/a.pt']), ['x', 'x', 'y']);
  });
});

describe('names of columns', () => {
  it('are what distinguishes the files, with whole numbers', () => {
    assert.deepEqual(columnNamesOf(['/a/checkpoint_iter1.pth.tar', '/a/checkpoint_iter10.pth.tar']), ['1', '10']);
    assert.deepEqual(columnNamesOf(['/l/level_0/main/it0.pth', '/l/level_1/main/it0.pth']), ['0', '1']);
    assert.deepEqual(columnNamesOf(['/a/x-0.1.pt', '/a/x-0.25.pt']), ['0.1', '0.25']);
    assert.deepEqual(columnNamesOf(['/a/dense.pt', '/a/pruned.pt']), ['dense', 'pruned']);
    assert.deepEqual(columnNamesOf(['/a/x.pt', '/a/x.h5']), ['pt', 'h5']);
    assert.deepEqual(columnNamesOf(['/a/x.pt']), ['x']);
    assert.deepEqual(columnNamesOf(['/a/x.pt', '/a/x.pt']), ['x', 'x']);
    assert.deepEqual(columnNamesOf([]), []);
  });
});
