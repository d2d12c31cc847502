import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import fileSystem from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Comparison } from '../../../engine/protocol';
import { UserError } from '../../../engine/errors';
import { fileAtRevision, revisionsOf } from '../../../engine/checkpoints/revision';
import { fixture, temporaryFolder } from '../../fixtures';
import { slowDown } from '../../slowFiles';
import { call } from '../reusedProcess';
import { start } from '../process';

const OLD = fixture('safetensors/aws_state_f32.safetensors');
const NEW = fixture('safetensors/aws_state_f16.safetensors');

describe('a file in a Git revision', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  const file = () => inFolder('ticket', 'model.safetensors');
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', inFolder(), '-c', 'user.name=A', '-c', 'user.email=a@b.example', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  const commit = (subject: string) => {
    git('add', '.');
    git('commit', '--quiet', '-m', subject);
  };
  let home: string | undefined;

  beforeEach(() => {
    home = process.env['WINNING_SIGN_HOME'];
    process.env['WINNING_SIGN_HOME'] = inFolder('home');
    git('init', '--quiet');
    writeFileSync(inFolder('.gitignore'), 'home\n.git-*\n');
    mkdirSync(inFolder('ticket'));
    copyFileSync(OLD, file());
    commit('Train the ticket');
    copyFileSync(NEW, file());
    commit('Halve its precision');
  });
  afterEach(() => {
    if (home === undefined) delete process.env['WINNING_SIGN_HOME'];
    else process.env['WINNING_SIGN_HOME'] = home;
  });

  it('has the bytes that were committed, and is copied only once', async () => {
    const copy = await fileAtRevision(file(), 'HEAD~1');
    assert.deepEqual(readFileSync(copy), readFileSync(OLD));
    assert.deepEqual(copy.split(path.sep).slice(-2), ['ticket@HEAD~1', 'model.safetensors']);
    utimesSync(copy, 1, 1);
    assert.equal(await fileAtRevision(file(), 'HEAD~1'), copy);
    assert.equal(statSync(copy).mtimeMs, 1000);
    assert.deepEqual(readFileSync(await fileAtRevision(file(), 'HEAD')), readFileSync(NEW));
  });

  it('is complete for each of several requests at the same time', async () => {
    const restore = slowDown(['rm', 'rename', 'chmod', 'open']);
    try {
      const copies = await Promise.all([1, 2, 3].map(() => fileAtRevision(file(), 'HEAD~1')));
      for (const copy of copies) assert.deepEqual(readFileSync(copy), readFileSync(OLD));
      assert.deepEqual(readdirSync(path.dirname(copies[0]!)), ['model.safetensors']);
    } finally {
      restore();
    }
  });

  it('is complete for several requests where a file that is only for reading cannot be replaced', async () => {
    const { rename } = fileSystem;
    fileSystem.rename = async (from, to) => {
      if (existsSync(String(to))) throw Object.assign(new Error('as on Windows'), { code: 'EPERM' });
      await rename(from, to);
    };
    try {
      const copies = await Promise.all([1, 2, 3].map(() => fileAtRevision(file(), 'HEAD~1')));
      for (const copy of copies) assert.deepEqual(readFileSync(copy), readFileSync(OLD));
    } finally {
      fileSystem.rename = rename;
    }
  });

  it('is listed with the subjects of its commits, newest first', async () => {
    const subjects = (await revisionsOf(file())).map(({ subject, author }) => `${author}: ${subject}`);
    assert.deepEqual(subjects, ['A: Halve its precision', 'A: Train the ticket']);
  });

  it('is listed without running the program that checks signatures', async () => {
    const checker = inFolder('.git', 'checker');
    writeFileSync(checker, `#!/bin/sh\ntouch "${inFolder('ran')}"\n`);
    chmodSync(checker, 0o755);
    git('config', 'log.showSignature', 'true');
    git('config', 'gpg.program', checker);
    const signature = 'gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----';
    const commitText = git('cat-file', 'commit', 'HEAD').replace('\n\n', `\n${signature}\n\n`);
    writeFileSync(inFolder('.git', 'signed'), `${commitText}\n`);
    git('reset', '--quiet', '--soft', git('hash-object', '-t', 'commit', '-w', inFolder('.git', 'signed')));
    assert.equal((await revisionsOf(file())).length, 2);
    assert.equal(existsSync(inFolder('ran')), false);
  });

  it('may have a name with characters of patterns', async () => {
    const odd = inFolder('ticket', 'm[o]del.safetensors');
    copyFileSync(NEW, odd);
    commit('Add a copy');
    assert.deepEqual((await revisionsOf(odd)).map(({ subject }) => subject), ['Add a copy']); // prettier-ignore
    assert.deepEqual(readFileSync(await fileAtRevision(odd, 'HEAD')), readFileSync(NEW));
  });

  it('gives the message of git if git fails', async () => {
    const blob = git('rev-parse', 'HEAD:ticket/model.safetensors');
    rmSync(inFolder('.git', 'objects', blob.slice(0, 2), blob.slice(2)));
    await assert.rejects(fileAtRevision(file(), 'HEAD'), (error: Error) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /model\.safetensors: git failed: fatal: /);
      return true;
    });
    writeFileSync(inFolder('.git', 'config'), '[core\n');
    await assert.rejects(fileAtRevision(file(), 'HEAD'), /model\.safetensors: git failed: .*config/);
  });

  it('is refused by name if it is a symbolic link in the revision', async () => {
    const target = git('rev-parse', 'HEAD:ticket/model.safetensors'); // any content
    git('update-index', '--cacheinfo', `120000,${target},ticket/model.safetensors`);
    git('commit', '--quiet', '-m', 'Link the ticket');
    await assert.rejects(
      fileAtRevision(file(), 'HEAD'),
      /is a symbolic link in HEAD\. Name the file that it points to/,
    );
  });

  it('comes with the mask file that the revision has', async () => {
    const mask = inFolder('ticket', 'mask.pth');
    const maskOf = async (revision: string) =>
      readFileSync(path.join(path.dirname(await fileAtRevision(file(), revision)), 'mask.pth'), 'utf8');
    for (const text of ['first', 'second']) {
      writeFileSync(mask, text);
      commit(`Write the ${text} mask`);
      assert.equal(await maskOf('HEAD'), text);
    }
    rmSync(mask);
    assert.equal(await maskOf('HEAD~1'), 'first');
    assert.equal(existsSync(path.join(path.dirname(await fileAtRevision(file(), 'HEAD~2')), 'mask.pth')), false);
  });

  it('can be compared by the command line', async () => {
    const { code, stdout } = await start(['compare', file(), '--revision', 'HEAD~1', '--json'], {
      WINNING_SIGN_HOME: inFolder('home'),
    }).ended;
    assert.equal(code, 0);
    const { a, b, total } = JSON.parse(stdout) as Comparison;
    assert.deepEqual([path.basename(path.dirname(a)), b], ['ticket@HEAD~1', file()]);
    assert.ok(total.keptBoth > 0 && total.onlyA === 0);
    const text = (await call('compare', file(), '--revision', 'HEAD~1')).stdout;
    assert.deepEqual(text.split('\n').slice(0, 2), [`A ${file()}@HEAD~1`, `B ${file()}`]);
    const failed = await call('compare', file(), '--revision', 'HEAD~1', '--state', 'ema');
    assert.ok(failed.stderr.includes(`${file()}@HEAD~1`) && !failed.stderr.includes('revisions'), failed.stderr);
  });

  it('gives an error that says what to do if it is not available', async () => {
    await assert.rejects(fileAtRevision(file(), 'v9'), /has no revision "v9"\. Name a commit/);
    await assert.rejects(fileAtRevision(file(), '--output=x'), /has no revision "--output=x"/);
    await assert.rejects(fileAtRevision(inFolder('other.pth'), 'HEAD'), /HEAD has no file .*other\.pth/);
    await assert.rejects(fileAtRevision(inFolder('no', 'a.pth'), 'HEAD'), /folder not found/);
    await assert.rejects(fileAtRevision(inFolder('a.index.json'), 'HEAD'), /only names other files/);
    const outside = path.join(os.tmpdir(), 'a.pth');
    await assert.rejects(fileAtRevision(outside, 'HEAD'), /is not in a Git repository/);
  });

  describe('that is a Git LFS pointer', () => {
    const bytes = readFileSync(OLD);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    beforeEach(() => {
      writeFileSync(file(), `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${bytes.length}\n`);
      commit('Keep the ticket in Git LFS');
    });

    it('is read from the LFS objects on this machine', async () => {
      const folder = inFolder('.git', 'lfs', 'objects', sha256.slice(0, 2), sha256.slice(2, 4));
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, sha256), bytes);
      const copy = await fileAtRevision(file(), 'HEAD');
      assert.deepEqual(readFileSync(copy), bytes);
      // a hard link would be read-only together with the object
      assert.deepEqual([statSync(copy).nlink, statSync(copy).mode & 0o777], [1, 0o444]);
    });

    it('gives an error with the command to run if the content is on another machine', async () => {
      await assert.rejects(fileAtRevision(file(), 'HEAD'), /is a Git LFS pointer.*git lfs fetch origin HEAD/);
    });
  });

  it('is removed after a week without use', async () => {
    const copy = await fileAtRevision(file(), 'HEAD~1');
    const old = new Date(Date.now() - 8 * 86_400_000);
    utimesSync(path.dirname(path.dirname(copy)), old, old);
    await fileAtRevision(file(), 'HEAD');
    assert.equal(existsSync(copy), false);
  });

  it('is required for one checkpoint, and refused for several', async () => {
    for (const args of [[file()], [file(), file(), '--revision', 'HEAD']]) {
      const { code, stderr } = await call('compare', ...args);
      assert.deepEqual(
        [code, stderr.includes('two or more checkpoints, or one checkpoint and a --revision')],
        [2, true],
      );
    }
  });
});
