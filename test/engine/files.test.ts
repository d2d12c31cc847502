import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { MachineError } from '../../engine/errors';
import { makeFolder } from '../../engine/files';
import { temporaryFolder } from '../fixtures';

describe('makeFolder', () => {
  const inFolder = temporaryFolder();

  it('makes a folder and those it lies in, and leaves one that is there', async () => {
    await makeFolder(inFolder('a/b/c'));
    assert.ok(existsSync(inFolder('a/b/c')));
    await makeFolder(inFolder('a/b/c'));
  });

  it('says that a file is in the way', async () => {
    writeFileSync(inFolder('file'), '');
    for (const folder of ['file', 'file/a/b'])
      await assert.rejects(
        makeFolder(inFolder(folder)),
        (error) => error instanceof MachineError && error.message.includes('file'),
      );
  });

  it('ends where a file system has no place for folders', async function () {
    if (!existsSync('/proc/self')) this.skip();
    await assert.rejects(makeFolder('/proc/nope/a/b'), /could not be made.*choose another directory/);
  });
});
