import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { CLI } from '../../../engine/runs/detached';
import { startRunner } from '../../../engine/runs/launch';
import { paths } from '../../../engine/runs/paths';
import { temporaryFolder } from '../../fixtures';

describe('the start of a run in a process of its own', () => {
  const temporary = temporaryFolder();
  const program = (code: string) => {
    mkdirSync(path.dirname(CLI), { recursive: true });
    writeFileSync(CLI, code);
  };

  before(() => {
    assert.ok(!existsSync(CLI), 'beside the compiled tests there is no program, so the tests put another one there');
  });
  afterEach(() => {
    rmSync(CLI, { force: true });
  });

  it('fails with the end of its output if the process dies without a word in the log of the run', async () => {
    appendFileSync(paths.log(temporary()), 'of an earlier process\n');
    program(`console.error('Killed'); process.exit(137)`);
    await assert.rejects(
      startRunner(temporary()),
      /The process of the run ended at once \(exit code 137\)\. Its output is in .*runner\.log\. It wrote:\nKilled$/,
    );
  });

  it('has the message of an error of the user, in the words of VS Code', async () => {
    program(`console.error('winning-sign: "' + process.env.WINNING_SIGN_WORDS + '" is wrong.'); process.exit(2)`);
    await assert.rejects(startRunner(temporary()), /^UserError: "window" is wrong\.$/);
  });

  it('is no error if the log of the run says how it ended', async () => {
    program(`require('fs').appendFileSync(${JSON.stringify(paths.events(temporary()))}, '{}\\n'); process.exit(1)`);
    await startRunner(temporary());
  });
});
