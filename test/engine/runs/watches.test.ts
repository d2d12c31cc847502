import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { once, EventEmitter } from 'node:events';
import { isRemote, nearestExisting, Watches } from '../../../engine/runs/watches';
import { temporaryFolder } from '../../fixtures';

describe('Watches', () => {
  const inFolder = temporaryFolder();
  const heard = new EventEmitter();
  let watches: Watches;

  beforeEach(() => {
    watches = new Watches((directory, name) => heard.emit('changed', directory, name));
  });
  afterEach(() => {
    watches.dispose();
    heard.removeAllListeners();
  });

  it('reports changes, in some directories only those of given names', async () => {
    assert.deepEqual(watches.replace(new Map([[inFolder(), new Set(['b'])]])), [inFolder()]);
    const changed = once(heard, 'changed');
    writeFileSync(inFolder('a'), '');
    writeFileSync(inFolder('b'), '');
    assert.deepEqual(await changed, [inFolder(), 'b']);
  });

  it('watches a directory again only if another directory has replaced it', () => {
    for (const name of ['a', 'b', 'c']) mkdirSync(inFolder(name));
    const both = new Map(['a', 'b'].map((name) => [inFolder(name), undefined]));
    assert.deepEqual(watches.replace(both), [inFolder('a'), inFolder('b')]);
    assert.deepEqual(watches.replace(both), []);
    rmSync(inFolder('b'), { recursive: true });
    renameSync(inFolder('c'), inFolder('b'));
    assert.deepEqual(watches.replace(both), [inFolder('b')]);
  });

  it('reports that a directory cannot be watched', () => {
    watches.replace(new Map([[inFolder(), undefined]]));
    assert.equal(watches.isBlind, isRemote(inFolder()));
    watches.replace(new Map([[inFolder('none'), undefined]]));
    assert.equal(watches.isBlind, true);
  });

  it('gives up the watch of a settled directory for one that changes, if there are too many', async () => {
    const names = ['a', 'b', 'c'];
    for (const name of names) mkdirSync(inFolder(name));
    const few = new Watches(
      (directory, name) => heard.emit('changed', directory, name),
      (directory) => directory !== inFolder('c'),
      2,
    );
    assert.deepEqual(
      few.replace(new Map(names.map((name) => [inFolder(name), undefined]))),
      names.map((name) => inFolder(name)),
    );
    assert.equal(few.isBlind, isRemote(inFolder()));
    const changed = once(heard, 'changed');
    writeFileSync(inFolder('a', 'x'), '');
    writeFileSync(inFolder('c', 'x'), '');
    assert.deepEqual(await changed, [inFolder('c'), 'x']);
    few.dispose();
  });

  it('looks only once for a settled directory if there are too many and none is settled', () => {
    const names = Array.from({ length: 30 }, (_, i) => String(i));
    for (const name of names) mkdirSync(inFolder(name));
    let asked = 0;
    const isSettled = () => {
      asked++;
      return false;
    };
    const few = new Watches(() => undefined, isSettled, 10);
    const begun = few.replace(new Map(names.map((name) => [inFolder(name), undefined])));
    few.dispose();
    assert.equal(begun.length, 10);
    assert.ok(asked <= names.length, `${asked} questions`);
  });

  it('watches the nearest existing folder of a missing directory', () => {
    assert.deepEqual(nearestExisting(inFolder('x', 'y')), { directory: inFolder(), name: 'x' });
  });
});
