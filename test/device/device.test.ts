/**
 * Tests the scripts for GPU machines on a machine without a GPU. Verifies the package. Runs check.sh with a stub of Node that answers like
 * each part.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { temporaryFolder } from '../fixtures';

const PACK = path.resolve('test/device/pack.sh');
const CHECK = path.resolve('test/device/check.sh');

const hasTools = process.platform === 'linux' && ['xz', 'tar', 'git'].every((tool) => which(tool));

function which(tool: string): boolean {
  return spawnSync(tool, ['--version']).status === 0;
}

describe('the scripts for a machine with a GPU', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();

  before(function () {
    if (hasTools) return;
    console.log('    skipped: they need Linux with xz, tar and git.');
    this.skip();
  });

  it('are valid bash', () => {
    for (const script of [PACK, CHECK]) execFileSync('bash', ['-n', script]);
  });

  it('bundle a bench that starts outside of this repository (bundle.mjs)', function () {
    if (!existsSync('node_modules/webgpu')) return this.skip();
    execFileSync(process.execPath, ['test/device/bundle.mjs', inFolder()]);
    const usage = execFileSync(process.execPath, ['out/test/bench/main.js', '--help'], {
      cwd: inFolder(),
      encoding: 'utf8',
    });
    assert.match(usage, /^usage: npm run bench/);
    const images = gunzipSync(readFileSync(inFolder('dist/engine/sample/t10k-images-idx3-ubyte.gz')));
    assert.equal(images.length, 16 + images.readUInt32BE(4) * 28 * 28);
  });

  describe('pack.sh --verify', () => {
    const verify = () => spawnSync('bash', [PACK, '--verify', inFolder('package')], { encoding: 'utf8' });
    const packed = (...args: string[]) =>
      execFileSync('tar', ['-cJPf', inFolder('package/files.tar.xz'), '-C', inFolder(), ...args]);

    beforeEach(() => {
      mkdirSync(inFolder('package'));
      mkdirSync(inFolder('files'));
      writeFileSync(inFolder('files/a'), 'a');
    });

    it('prints the size of a good package', () => {
      packed('files');
      const { status, stdout } = verify();
      assert.equal(status, 0);
      assert.match(stdout, /package: 0\.0 MiB; with the sources \d+\.\d of 64 MiB/);
    });

    it('refuses links, in the folder and in the archive', () => {
      symlinkSync('a', inFolder('files/link'));
      packed('files');
      assert.match(verify().stderr, /links do not travel: .*files\/link -> a/);
      symlinkSync('nowhere', inFolder('package/link'));
      assert.match(verify().stderr, /links do not travel: .*package\/link/);
    });

    it('refuses paths that lead out of the package', () => {
      packed(inFolder('files/a'));
      const { status, stderr } = verify();
      assert.equal(status, 1);
      assert.match(stderr, /paths lead out of the package: \/.*files\/a/);
    });

    it('refuses a package that is too large to transfer', () => {
      writeFileSync(inFolder('package/node.xz'), '');
      truncateSync(inFolder('package/node.xz'), 65 * 2 ** 20);
      const { status, stderr } = verify();
      assert.equal(status, 1);
      assert.match(stderr, /more than the 64 MiB/);
    });
  });

  interface Summary {
    parts: { name: string; outcome: string }[];
    tests: { passed: number; failed: number };
    bench: { name: string }[];
  }

  /** Runs check.sh with a stub of Node that answers like each part. */
  function check(usable: boolean): { status: number | null; summary: Summary; files: string[] } {
    const backends = JSON.stringify({ backends: [{ name: 'webgpu', usable, device: 'A card', version: '1' }] });
    const row = JSON.stringify({ name: 'gpu/mixer/float32', ratio: 0.5, ours: 2, theirs: 1, unit: 'ms', note: '' });
    const stub = `#!/usr/bin/env bash
      case "$*" in
        --version) echo v0 ;;
        -e*|*summarize.mjs*) exec '${process.execPath}' "$@" ;;
        *'cli.js backends'*) echo '${backends}' ;;
        *cli.js\\ bench*) sleep 600 ;;
        *mocha*) printf '    ✔ one\\n    1) two\\n'; exit 1 ;;
        *bench/main.js*) echo '${row}' ;;
        *cli.js\\ run*) exit 3 ;;
      esac`;
    mkdirSync(inFolder('files/test/device'), { recursive: true });
    cpSync('test/device/summarize.mjs', inFolder('files/test/device/summarize.mjs'));
    writeFileSync(inFolder('node'), stub);
    cpSync(CHECK, inFolder('check.sh'));
    execFileSync('bash', ['-c', 'tar -cJf files.tar.xz -C files . && xz node'], { cwd: inFolder() });
    const env = { ...process.env, CHECK_SECONDS: '30', CHECK_PYTHON: 'no-such-python', CHECK_SCALE: 'full' };
    const { status } = spawnSync('bash', [inFolder('check.sh'), inFolder('out')], { env });
    const summary = JSON.parse(readFileSync(inFolder('out/summary.json'), 'utf8')) as Summary;
    return { status, summary, files: readdirSync(inFolder('out')) };
  }

  it('continue after a part that fails or takes too long, and report it (check.sh)', () => {
    const { status, summary, files } = check(true);
    assert.equal(status, 1);
    assert.deepEqual(
      summary.parts.map(({ name, outcome }) => `${name}: ${outcome}`),
      [
        ...['backends: passed', 'oracles: failed with code 1', 'runs: failed with code 1'],
        ...['profile: timed out', 'bench: passed'],
      ],
    );
    assert.deepEqual(summary.tests, { passed: 1, failed: 1 });
    assert.equal(summary.bench[0]!.name, 'gpu/mixer/float32');
    assert.equal(files.length, 8);
    assert.match(
      readFileSync(inFolder('out/summary.txt'), 'utf8'),
      /gpu\/mixer\/float32 +500\.00\/s +1000\.00\/s +0\.50/,
    );
  });

  it('run no further part on a machine without WebGPU, and report it (check.sh)', () => {
    const { status, summary } = check(false);
    assert.equal(status, 1);
    const [backends, ...others] = summary.parts.map(({ outcome }) => outcome);
    assert.equal(backends, 'failed with code 1');
    assert.deepEqual(new Set(others), new Set(['not run: WebGPU is not usable']));
  });
});
