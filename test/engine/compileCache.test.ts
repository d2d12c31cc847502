/** Tests that the programs start from compiled code that an earlier start has left, and also where that is impossible. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { temporaryFolder } from '../fixtures';
import { start } from './process';

/** Node.js has a compile cache from version 22.1 on. */
const hasCache = 'enableCompileCache' in module;

describe('compiled code of the programs', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  const home = () => inFolder('home');
  const version = async (env: Record<string, string> = {}) => {
    const { code, stdout, stderr } = await start(['--version'], { WINNING_SIGN_HOME: home(), ...env }).ended;
    assert.deepEqual([code, stderr], [0, '']);
    return stdout;
  };
  /** Returns the files of the cache. Its folder may have a folder for each version of Node.js. */
  const kept = () => {
    const folder = inFolder('home', 'compiled');
    if (!existsSync(folder)) return [];
    const found = readdirSync(folder, { recursive: true, withFileTypes: true });
    return found.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  };

  it('is kept below the home of Winning Sign, where Node.js has a cache, and used again', async () => {
    const first = await version();
    const files = kept();
    assert.equal(files.length > 0, hasCache);
    assert.equal(await version(), first);
    assert.deepEqual(kept(), files);
  });

  it('is made again if it is damaged', async () => {
    const first = await version();
    for (const file of kept()) writeFileSync(file, 'damaged');
    assert.equal(await version(), first);
  });

  it('is not needed: a program starts if its folder cannot be made, or if the user turns the cache off', async () => {
    writeFileSync(home(), 'a file in the place of the folder');
    const first = await version();
    if (process.platform === 'linux') assert.equal(await version({ WINNING_SIGN_HOME: '/proc/none/home' }), first);
    rmSync(home());
    assert.equal(await version({ NODE_DISABLE_COMPILE_CACHE: '1' }), first);
    assert.deepEqual(kept(), []);
  });
});
