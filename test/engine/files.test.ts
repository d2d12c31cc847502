import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import promises from 'node:fs/promises';
import { MachineError } from '../../engine/errors';
import { createAtomically, makeFolder, renameOver, renameOverSync, writeAtomically } from '../../engine/files';
import { temporaryFolder } from '../fixtures';

describe('writeAtomically', () => {
  const inFolder = temporaryFolder();

  it('does not change the file if the guard throws immediately before the rename', async () => {
    writeFileSync(inFolder('state'), 'theirs');
    const guard = {
      check: () => {
        assert.equal(readdirSync(inFolder()).length, 2, 'all was written under another name');
        throw new Error('lost');
      },
    };
    await assert.rejects(writeAtomically(inFolder('state'), 'ours', guard), /lost/);
    assert.equal(readFileSync(inFolder('state'), 'utf8'), 'theirs');
    assert.deepEqual(readdirSync(inFolder()), ['state']);
  });
});

describe('createAtomically', () => {
  const inFolder = temporaryFolder();

  it('lets only one of several writers create a file, and leaves no temporary files', async () => {
    const texts = Array.from({ length: 20 }, (_, i) => `text ${i}`);
    const created = await Promise.all(texts.map((text) => createAtomically(inFolder('a'), text)));
    assert.equal(created.filter(Boolean).length, 1);
    assert.equal(readFileSync(inFolder('a'), 'utf8'), texts[created.indexOf(true)]);
    assert.deepEqual(readdirSync(inFolder()), ['a']);
  });

  it('works on a file system without hard links', async () => {
    const { link } = promises;
    promises.link = () => Promise.reject(Object.assign(new Error('EISDIR'), { code: 'EISDIR' })); // exFAT on Windows
    try {
      assert.deepEqual(await Promise.all(['a', 'b'].map((text) => createAtomically(inFolder(text), text))), [
        true,
        true,
      ]);
      assert.equal(await createAtomically(inFolder('a'), 'other'), false);
      assert.equal(readFileSync(inFolder('a'), 'utf8'), 'a');
      assert.deepEqual(readdirSync(inFolder()).sort(), ['a', 'b']);
    } finally {
      promises.link = link;
    }
  });
});

describe('makeFolder', () => {
  const inFolder = temporaryFolder();

  it('makes a folder with its parents, and keeps a folder that exists', async () => {
    await makeFolder(inFolder('a/b/c'));
    assert.ok(existsSync(inFolder('a/b/c')));
    await makeFolder(inFolder('a/b/c'));
  });

  it('reports a file with the name of the folder', async () => {
    writeFileSync(inFolder('file'), '');
    for (const folder of ['file', 'file/a/b'])
      await assert.rejects(
        makeFolder(inFolder(folder)),
        (error) => error instanceof MachineError && error.message.includes('file'),
      );
  });

  it('throws if the file system cannot create folders', async function () {
    if (!existsSync('/proc/self')) this.skip();
    await assert.rejects(makeFolder('/proc/nope/a/b'), /cannot be created.*Choose another directory/);
  });
});

describe('renameOver', () => {
  /** Returns a function that fails with these codes, one after another, and then succeeds. */
  function failing(...codes: string[]) {
    const attempts: [string, string][] = [];
    const rename = (from: string, to: string) => {
      attempts.push([from, to]);
      const code = codes[attempts.length - 1];
      return code === undefined ? Promise.resolve() : Promise.reject(Object.assign(new Error(code), { code }));
    };
    return { attempts, rename };
  }
  const waits = [0, 0, 0];

  it('tries again on Windows while another process blocks the file', async () => {
    const { attempts, rename } = failing('EPERM', 'EBUSY', 'EACCES');
    await renameOver('a', 'b', { rename, windows: true, waits });
    assert.deepEqual(attempts, Array(4).fill(['a', 'b']));
  });

  it('tries again in the synchronous version, too', () => {
    const codes = ['EPERM', 'EBUSY'];
    let attempts = 0;
    const rename = () => {
      const code = codes[attempts++];
      if (code !== undefined) throw Object.assign(new Error(code), { code });
    };
    renameOverSync('a', 'b', { rename, windows: true, waits });
    assert.equal(attempts, 3);
    attempts = 0;
    assert.throws(() => {
      renameOverSync('a', 'b', { rename, windows: false });
    }, /EPERM/);
  });

  it('throws the error if the file is blocked for too long', async () => {
    const { attempts, rename } = failing('EBUSY', 'EBUSY', 'EBUSY', 'EPERM');
    await assert.rejects(renameOver('a', 'b', { rename, windows: true, waits }), { code: 'EPERM' });
    assert.equal(attempts.length, 4);
  });

  it('does not try again after other errors, or on other systems', async () => {
    const missing = failing('ENOENT');
    await assert.rejects(renameOver('a', 'b', { rename: missing.rename, windows: true, waits }), { code: 'ENOENT' });
    assert.equal(missing.attempts.length, 1);
    const elsewhere = failing('EPERM');
    await assert.rejects(renameOver('a', 'b', { rename: elsewhere.rename, windows: false, waits }), { code: 'EPERM' });
    assert.equal(elsewhere.attempts.length, 1);
  });
});
