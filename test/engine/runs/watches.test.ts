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

  it('tells of changes, and of those of some names only', async () => {
    assert.deepEqual(watches.replace(new Map([[inFolder(), new Set(['b'])]])), [inFolder()]);
    const changed = once(heard, 'changed');
    writeFileSync(inFolder('a'), '');
    writeFileSync(inFolder('b'), '');
    assert.deepEqual(await changed, [inFolder(), 'b']);
  });

  it('begins anew where another directory has the name, and only there', () => {
    for (const name of ['a', 'b', 'c']) mkdirSync(inFolder(name));
    const both = new Map(['a', 'b'].map((name) => [inFolder(name), undefined]));
    assert.deepEqual(watches.replace(both), [inFolder('a'), inFolder('b')]);
    assert.deepEqual(watches.replace(both), []);
    rmSync(inFolder('b'), { recursive: true });
    renameSync(inFolder('c'), inFolder('b'));
    assert.deepEqual(watches.replace(both), [inFolder('b')]);
  });

  it('is blind to a directory that cannot be watched', () => {
    watches.replace(new Map([[inFolder(), undefined]]));
    assert.equal(watches.isBlind, isRemote(inFolder()));
    watches.replace(new Map([[inFolder('none'), undefined]]));
    assert.equal(watches.isBlind, true);
  });

  it('knows where a missing directory will appear', () => {
    assert.deepEqual(nearestExisting(inFolder('x', 'y')), { directory: inFolder(), name: 'x' });
  });
});
