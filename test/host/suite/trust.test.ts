import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { addFinishedRun } from '../finishedRun';
import { eventsOfType, until } from '../workspace';
import { replace, restoreAll } from './fakes';

describe('an untrusted workspace', () => {
  const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  const runs = path.join(folder, '.winning-sign');
  let errors: string[];

  beforeEach(() => {
    errors = [];
    replace(vscode.workspace, 'isTrusted', false);
    replace(vscode.window, 'showErrorMessage', (message: string) => Promise.resolve(errors.push(message)));
  });

  afterEach(async () => {
    restoreAll();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('refuses commands that run or install something, and nothing is written', async () => {
    const run = addFinishedRun({ runs }, 'untrusted');
    const [, checkpoint] = eventsOfType(run, 'round').map((round) => path.join(run, round.checkpoint));
    const commands: [string, unknown][] = [
      ['newRun', undefined],
      ['runFile', vscode.Uri.file(path.join(folder, 'quick.sign.json'))],
      ['stop', run],
      ['resume', run],
      ['transfer', { checkpoint, variant: 'signed-mask', seed: 7 }],
      ['connectivity', { a: checkpoint, b: checkpoint, points: 3 }],
      ['barriers', { files: [checkpoint, checkpoint], points: 3 }],
      ['lossSurface', { files: [checkpoint, checkpoint, checkpoint], points: 3 }],
      ['compareRevision', checkpoint],
      ['installTensorFlow', undefined],
      ['uninstallTensorFlow', undefined],
      ['getDataset', undefined],
      ['importCheckpoint', checkpoint],
      ['evaluateCheckpoint', checkpoint],
      ['continueSearch', checkpoint],
    ];
    const before = readdirSync(runs);
    for (const [command, argument] of commands) {
      errors = [];
      await vscode.commands.executeCommand(`winningSign.${command}`, argument);
      assert.equal(errors.length, 1, command);
      assert.match(
        errors[0]!,
        /This workspace is not trusted, so it cannot start or change runs\. Trust it first/,
        command,
      );
    }
    assert.deepEqual(readdirSync(runs), before);
  });

  it('shows runs and checkpoints', async () => {
    const run = addFinishedRun({ runs }, 'looked-at');
    const label = 'looked-at/round-01 ↔ looked-at/round-02';
    const [, a, b] = eventsOfType(run, 'round').map((round) => path.join(run, round.checkpoint));
    await vscode.commands.executeCommand('winningSign.openRun', run);
    await vscode.commands.executeCommand('winningSign.compare', { a, b });
    const tabs = () => vscode.window.tabGroups.all.flatMap((group) => group.tabs).map((tab) => tab.label);
    await until(() => tabs().includes('looked-at') && tabs().includes(label), { what: 'the two panels' });
    assert.deepEqual(errors, []);
  });
});
