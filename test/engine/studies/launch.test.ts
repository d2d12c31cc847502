import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startStudy } from '../../../engine/studies/launch';
import { CLI } from '../../../engine/runs/detached';
import { folderOf, logOf, placeText } from '../../../engine/studies/place';
import { temporaryFolder } from '../../fixtures';

describe('the start of a study in a process of its own', () => {
  const temporary = temporaryFolder();
  const study = () => ({ file: temporary('small.study.json'), name: 'small' });

  before(() => {
    assert.ok(
      !existsSync(CLI),
      'beside the compiled tests there is no program, so the tests can put another one there',
    );
  });
  afterEach(() => {
    rmSync(CLI, { force: true });
  });
  const program = (code: string) => {
    mkdirSync(path.dirname(CLI), { recursive: true });
    writeFileSync(CLI, code);
  };

  it('fails with the end of its log if the process dies without a message', async () => {
    program(`console.error('old'); process.exit(1)`);
    await assert.rejects(
      startStudy(study()),
      /ended at once \(exit code 1\)\. Its output is in .*study\.log\. It wrote:\nold$/,
    );
    program(`process.kill(process.pid, 'SIGKILL')`);
    await assert.rejects(startStudy(study()), /ended at once \(signal SIGKILL\)\..* It wrote nothing\.$/);
    rmSync(CLI);
    await assert.rejects(startStudy(study()), /Cannot find module/);
  });

  it('has the message of an error of the user, in the words of VS Code', async () => {
    program(`console.error('winning-sign: "' + process.env.WINNING_SIGN_WORDS + '" is wrong.'); process.exit(2)`);
    await assert.rejects(startStudy(study()), /^UserError: "window" is wrong\.$/);
  });

  it('passes on what is executed', async () => {
    program(`console.log(process.argv.slice(2).join(' ') + '\\n' + ${JSON.stringify(placeText(study()))})`);
    await startStudy(study(), { only: ['a'], retry: ['search', 'b-seed1'], cores: 2 });
    const said = readFileSync(logOf(study()), 'utf8');
    assert.match(said, /^study --only=a --retry=search --retry=b-seed1 --cores=2 -- run .*small\.study\.json$/m);
    await assert.rejects(startStudy(study(), { executor: 'slurm', retry: ['a'] }), /anew only on this machine/);
  });

  it('is no error if the process came to its end, though runs have failed', async () => {
    program(`console.log('Runs: 1 failed.'); console.log(${JSON.stringify(placeText(study()))}); process.exit(1)`);
    assert.deepEqual(await startStudy(study()), { log: logOf(study()) });
    assert.ok(existsSync(folderOf(study())));
  });
});
