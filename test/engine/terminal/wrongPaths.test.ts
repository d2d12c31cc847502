/** Tests that each verb says in a sentence what is wrong with a path, and which one was meant. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from '../../fixtures';
import { callIn } from '../reusedProcess';
import { makeLargeStudy } from '../studies/manyRuns';

const ACTIONS = ['plan', 'run', 'status', 'stop', 'table', 'figure', 'report'];

describe('a path that is not what a verb needs', function () {
  this.timeout(120_000);
  const temporary = temporaryFolder();

  /** Returns the message of an error of the user. */
  const refused = async (...args: string[]) => {
    const { code, stdout, stderr } = await callIn(temporary('.'), ...args, '--json');
    const { error } = JSON.parse(stdout || '{}') as { error?: { kind?: string } };
    assert.deepEqual([code, error?.kind ?? 'input'], [2, 'input'], `${args.join(' ')}: ${stdout}${stderr}`);
    assert.doesNotMatch(stderr + stdout, /\n {4}at |EISDIR|ENOENT|ENOTDIR/, args.join(' '));
    return stderr;
  };

  it('is a folder, a file that does not exist, or one below a file', async () => {
    await makeLargeStudy(temporary('.'), 1);
    for (const action of ACTIONS) {
      assert.match(
        await refused('study', action, '.'),
        /is a folder, not a study file\. Name one of its study files: large\.study\.json\./,
      );
      assert.match(
        await refused('study', action, 'large'),
        /large: The file does not exist\. Did you mean large\.study\.json\?/,
      );
    }
    const place = '.winning-sign/large.study';
    assert.match(
      await refused('study', 'status', place),
      /It has the runs of a study\. Name the file of that study: .*large\.study\.json\./,
    );
    mkdirSync(temporary('empty'));
    assert.match(await refused('study', 'status', 'empty'), /It has no study file \(NAME\.study\.json\)/);
    assert.match(await refused('study', 'status', 'lrage.study.json'), /Did you mean large\.study\.json\?/);
    assert.match(await refused('study', 'status', 'large.study.json/x'), /a part of its path is a file/);
    await refused('study', 'status', 'nothing/like/this.study.json');
  });

  it('is the place of a new study that cannot be written', async () => {
    const message = await refused('study', 'new', 'motivation', '--out', 'nope/x.study.json');
    assert.match(message, /nope is not a folder\. Create this folder, or choose another file\./);
    if (process.getuid?.() === 0) return; // root may write anywhere
    mkdirSync(temporary('locked'));
    chmodSync(temporary('locked'), 0o500);
    assert.match(await refused('study', 'new', 'motivation', '--out', 'locked/x.study.json'), /permission denied/);
  });

  it('is a study file or a run file where a run or a checkpoint is needed', async () => {
    await makeLargeStudy(temporary('.'), 1);
    for (const verb of ['show', 'stop', 'resume', 'inspect', 'evaluate'])
      assert.match(
        await refused(verb, 'large.study.json'),
        /is a study file, not a .*: .* study status large\.study\.json/,
      );
    writeFileSync(temporary('small.sign.json'), '{}');
    assert.match(await refused('show', 'small.sign.json'), /Run it with: .* run small\.sign\.json/);
    const directory = path.join('.winning-sign', 'small');
    mkdirSync(temporary(directory), { recursive: true });
    writeFileSync(temporary(path.join(directory, 'run.json')), '{}');
    for (const verb of ['show', 'stop', 'resume'])
      assert.match(
        await refused(verb, 'small.sign.json'),
        /Its run is in \.winning-sign.small\. Name that directory\./,
      );
    assert.match(
      await refused('inspect', 'small.sign.json'),
      /\.winning-sign.small is a run directory, not a checkpoint/,
    );
  });
});
