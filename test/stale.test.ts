import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './fixtures';

const SCRIPT = path.resolve('test/stale.mjs');

describe('test/stale.mjs', () => {
  const inFolder = temporaryFolder();

  it('removes only files without a source', () => {
    for (const folder of ['out/test', 'test']) mkdirSync(inFolder(folder), { recursive: true });
    for (const file of [
      'out/test/a.test.js',
      'out/test/a.test.js.map',
      'out/test/b.test.js',
      'out/x.tsbuildinfo',
      'test/a.test.ts',
    ])
      writeFileSync(inFolder(file), '');
    execFileSync(process.execPath, [SCRIPT], { cwd: inFolder() });
    const left = ['out/test/a.test.js', 'out/test/a.test.js.map', 'out/test/b.test.js', 'out/x.tsbuildinfo'];
    assert.deepEqual(
      left.map((file) => existsSync(inFolder(file))),
      [true, true, false, true],
    );
  });
});
