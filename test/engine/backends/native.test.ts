/** Tests the C++ sources of Winning Sign's operations without TensorFlow. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { sourceFolder } from '../../../engine/backends/tensorflow/sources';
import { findCompiler } from '../../../engine/install/addon';
import { temporaryFolder } from '../../fixtures';

const execute = promisify(execFile);
const SOURCE = path.resolve('test/engine/backends/throwingParts.cc');

describe('the sources of operations', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();

  it('pass what a part throws to the caller, and run parts again afterwards', async function () {
    const compiler = await findCompiler().catch(() => undefined);
    if (compiler === undefined) this.skip();
    const program = inFolder('parts');
    await execute(compiler, ['-std=c++17', '-pthread', `-I${sourceFolder()}`, SOURCE, '-o', program]);
    const { stdout } = await execute(program, { env: { ...process.env, TF_NUM_INTRAOP_THREADS: '4' } });
    assert.ok(Number(stdout) > 1, `${stdout.trim()} of 4 threads`);
  });

  it('contain no array whose length is a member of a parameter, which only some compilers accept', () => {
    // G++ accepts them, even with -pedantic-errors and -Werror=vla. Clang does not.
    for (const name of readdirSync(sourceFolder()))
      assert.doesNotMatch(readFileSync(path.join(sourceFolder(), name), 'utf8'), /\[\w+\.[A-Z_]+\]/, name);
  });
});
