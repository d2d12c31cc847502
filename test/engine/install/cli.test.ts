import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { temporaryFolder } from '../../fixtures';
import { start } from '../process';
import { makeFakes } from './fakes';

describe('winning-sign backends', function () {
  this.timeout(30_000);
  if (process.platform !== 'linux') return;
  const inFolder = temporaryFolder();

  const backends = async (...args: string[]) => {
    const { python, compiler } = makeFakes(inFolder());
    const env = { WINNING_SIGN_HOME: inFolder('home'), CXX: compiler };
    const ended = start(['backends', ...args], { ...env, PATH: `${inFolder('bin')}:${process.env['PATH']}` }).ended;
    return { ...(await ended), python };
  };

  it('downloads nothing without a terminal, and prints what it would download', async () => {
    const { code, stderr, python } = await backends('install', 'tensorflow');
    assert.equal(code, 2);
    assert.ok(stderr.includes(`of ${python} (Python 3.11.7)`));
    assert.match(stderr, /tensorflow-cpu 2\.21\.0 +0\.00 MB +file:.*tensorflow_cpu-2\.21\.0/);
    assert.match(
      stderr,
      /Cannot ask for consent without a terminal\..*run “winning-sign backends install tensorflow --yes”/,
    );
    assert.ok(!existsSync(inFolder('home')));
  });

  it('suggests commands in the form that the user typed', async () => {
    const typed = async (npm: string) => {
      const env = { WINNING_SIGN_HOME: inFolder('home'), npm_command: npm, WINNING_SIGN_COMMAND: '' };
      return (await start(['backends', 'install', 'webgpu'], env).ended).stderr;
    };
    assert.match(await typed('exec'), /run “npx winning-sign backends install webgpu --yes”/);
    assert.match(await typed(''), /run “node dist\/engine\/cli\.js backends install webgpu --yes”/);
  });

  it('reports that there is nothing to uninstall', async () => {
    const { code, stdout } = await backends('uninstall', 'tensorflow', '--json');
    assert.deepEqual([code, JSON.parse(stdout)], [0, { removed: null }]);
  });

  it('lists the accepted arguments after a wrong one', async () => {
    assert.match(
      (await backends('instal')).stderr,
      /Write list, measure, “install NAME” or “uninstall NAME”, where NAME is tensorflow or webgpu/,
    );
    assert.match(
      (await backends('uninstall', 'torch')).stderr,
      /backends uninstall torch: the name must be tensorflow or webgpu/,
    );
  });

  it('prints the same with “list” as without an argument', async () => {
    const [plain, listed] = [await backends('--json'), await backends('list', '--json')];
    assert.equal(plain.stdout, listed.stdout);
    assert.match(plain.stdout, /run “winning-sign backends install tensorflow”/);
  });
});
