import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ListedRun } from '../../../engine/protocol';
import { Notices } from '../../../extension/notices';
import type { RunChange } from '../../../extension/runs';
import { summary } from '../../extension/summaries';
import { replace, restoreAll, settled } from './fakes';

describe('notifications in the window', () => {
  const running: ListedRun = { ...summary, status: 'running' };
  let shown: { severity: string; words: string[] }[];
  let commands: unknown[][];
  let logged: string[];
  let pressed: string | undefined;
  let changes: vscode.EventEmitter<RunChange>;
  let notices: Notices;

  beforeEach(() => {
    [shown, commands, logged, pressed] = [[], [], [], undefined];
    for (const [severity, name] of [
      ['information', 'showInformationMessage'],
      ['warning', 'showWarningMessage'],
      ['error', 'showErrorMessage'],
    ] as const)
      replace(vscode.window, name, (...words: string[]) => {
        shown.push({ severity, words });
        return Promise.resolve(pressed);
      });
    replace(vscode.commands, 'executeCommand', (...command: unknown[]) => Promise.resolve(commands.push(command)));
    changes = new vscode.EventEmitter();
    const log = { error: (error: unknown) => logged.push(String(error)) };
    const studies = { executes: (directory: string) => directory.includes('.study/') };
    notices = new Notices({ onDidChange: changes.event }, log, studies);
  });

  afterEach(() => {
    notices.dispose();
    restoreAll();
  });

  /** Reports a change of a run that was running before. */
  async function ends(after: Partial<ListedRun>): Promise<void> {
    changes.fire({ directory: '/runs/a', before: running, after: { ...running, ...after }, problemChanged: false });
    await settled();
  }

  it('appear once for a finished run, and open the run', async () => {
    pressed = 'Open';
    await ends({ status: 'done' });
    const done: ListedRun = { ...running, status: 'done' };
    changes.fire({ directory: '/runs/a', before: done, after: done, problemChanged: true });
    await settled();
    assert.deepEqual(shown, [{ severity: 'information', words: ['a is done: done.', 'Open'] }]);
    assert.deepEqual(commands, [['winningSign.openRun', '/runs/a']]);
    assert.deepEqual(logged, []);
  });

  it('do not appear for a run of a study, which has a notification of its own', async () => {
    const after: ListedRun = { ...running, status: 'done' };
    changes.fire({ directory: '/runs/gap.study/a', before: running, after, problemChanged: false });
    await settled();
    assert.deepEqual(shown, []);
  });

  it('do nothing if they are closed', async () => {
    await ends({ status: 'diverged', message: 'the loss is NaN' });
    assert.deepEqual(shown, [{ severity: 'warning', words: ['a diverged: the loss is NaN.', 'Open'] }]);
    assert.deepEqual(commands, []);
  });

  it('log a failed run with its directory, and open the log', async () => {
    pressed = 'Show Log';
    await ends({ status: 'failed', message: 'out of memory' });
    assert.deepEqual(shown, [{ severity: 'error', words: ['a failed: out of memory.', 'Show Log'] }]);
    assert.deepEqual(logged, ['a failed: out of memory. (/runs/a)']);
    assert.deepEqual(commands, [['winningSign.showLog', '/runs/a']]);
  });

  it('offer to resume an interrupted run only if the workspace is trusted', async () => {
    await ends({ status: 'interrupted' });
    replace(vscode.workspace, 'isTrusted', false);
    await ends({ status: 'interrupted' });
    assert.deepEqual(
      shown.map(({ words }) => words),
      [['a was interrupted.', 'Resume'], ['a was interrupted.']],
    );
  });

  it('do not appear after disposal', async () => {
    notices.dispose();
    await ends({ status: 'done' });
    assert.deepEqual(shown, []);
  });
});
