import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { RunRecord } from '../../../engine/protocol';
import { addFinishedRun } from '../finishedRun';
import { eventsOfType, runnerOf, until } from '../workspace';
import { replace, restoreAll } from './fakes';

const { executeCommand } = vscode.commands;

describe('Commands about existing runs', () => {
  const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  const runs = path.join(folder, '.winning-sign');
  let asked: string[];
  let errors: string[];

  /** Answers the questions of modal dialogs with these buttons, in order. */
  function answer(...buttons: (string | undefined)[]): void {
    asked = [];
    errors = [];
    replace(vscode.window, 'showWarningMessage', (message: string, { detail = '' }: vscode.MessageOptions) => {
      asked.push([message, detail].join('\n'));
      return Promise.resolve(buttons.shift());
    });
    replace(vscode.window, 'showErrorMessage', (message: string) => {
      errors.push(message);
      return Promise.resolve(undefined);
    });
  }

  const recordOf = (directory: string) =>
    JSON.parse(readFileSync(path.join(directory, 'run.json'), 'utf8')) as RunRecord;

  afterEach(() => {
    restoreAll();
    return executeCommand('workbench.action.closeAllEditors');
  });

  it('delete asks first, and keeps the runs if the user does not confirm', async () => {
    const [a, b] = [addFinishedRun({ runs }, 'kept-a'), addFinishedRun({ runs }, 'kept-b')];
    answer(undefined);
    await executeCommand('winningSign.deleteRuns', { directory: a }, [{ directory: a }, { directory: b }]);
    assert.equal(asked.length, 1);
    assert.match(asked[0]!, /^Delete 2 runs\?\n.*kept-a[^]*kept-b[^]*Their checkpoints and logs are deleted\./);
    assert.ok(existsSync(a) && existsSync(b));
  });

  it('delete moves the run to the trash, and asks again where there is none', async () => {
    const directory = addFinishedRun({ runs }, 'deleted');
    answer('Move to Trash', 'Delete Permanently'); // this machine may have no trash
    await executeCommand('winningSign.deleteRuns', { directory });
    assert.match(asked[0]!, /^Delete .*deleted\?\nIts checkpoints and its log are deleted\./);
    if (asked.length > 1) assert.match(asked[1]!, /could not be moved to the trash\. Delete it permanently\?/);
    assert.ok(!existsSync(directory));
    const again = addFinishedRun({ runs }, 'deleted');
    answer('Move to Trash', undefined);
    await executeCommand('winningSign.deleteRuns', { directory: again });
    assert.equal(existsSync(again), asked.length > 1, 'without a trash it is deleted only after the second question');
  });

  it('delete asks once, with their number, before it deletes several runs permanently', async () => {
    const directories = ['one', 'two'].map((name) => addFinishedRun({ runs }, `trashless-${name}`));
    answer('Move to Trash', undefined);
    const rows = directories.map((directory) => ({ directory }));
    await executeCommand('winningSign.deleteRuns', rows[0], rows);
    if (asked.length > 1) {
      assert.match(asked[1]!, /^2 runs could not be moved to the trash\. Delete all 2 permanently\?\n.*one\n.*two/);
      assert.ok(directories.every((directory) => existsSync(directory)));
      answer('Move to Trash', 'Delete Permanently');
      await executeCommand('winningSign.deleteRuns', rows[0], rows);
    }
    assert.ok(!directories.some((directory) => existsSync(directory)));
  });

  it('delete refuses a row that is not a run', async () => {
    answer('Move to Trash', 'Delete Permanently');
    await executeCommand('winningSign.deleteRuns', { file: '/x.safetensors' }, [{ file: '/x.safetensors' }]);
    assert.deepEqual([asked, errors], [[], ['The selected row is not a run, so it cannot be deleted. Select a run.']]);
  });

  it('delete refuses a run that is running, without a question', async () => {
    const directory = await executeCommand<string>('winningSign.runFile', vscode.Uri.file(path.join(folder, 'long.sign.json'))); // prettier-ignore
    await until(() => runnerOf(directory), { what: 'the runner' });
    answer('Move to Trash', 'Delete Permanently');
    await executeCommand('winningSign.deleteRuns', { directory });
    assert.deepEqual(asked, []);
    assert.deepEqual(errors, ['long is running, so it cannot be deleted. Stop it first.']);
    await executeCommand('winningSign.stop', directory);
    await until(() => runnerOf(directory) === undefined, { what: 'the end of the run' });
    assert.ok(existsSync(path.join(directory, 'run.json')));
  });

  it('duplicate opens a run file with the same options, which makes the same run', async () => {
    const directory = addFinishedRun({ runs }, 'original');
    const file = await executeCommand<string>('winningSign.duplicateRun', { directory });
    assert.equal(file, path.join(folder, 'original.sign.json'));
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, file);
    const options = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    assert.deepEqual(Object.keys(options).slice(0, 3), ['method', 'model', 'dataset']);
    const { version, name, kind, madeIn, ...recorded } = recordOf(directory);
    for (const [field, value] of Object.entries(options))
      assert.deepEqual(recorded[field as keyof typeof recorded], value, field);
    assert.equal(options['epochsPerRound'], 1, 'options that are not the default are in the file');
    rmSync(file);
  });

  it('other seed runs a search again with the next seed that is free, and nothing else', async () => {
    const directory = addFinishedRun({ runs }, 'seeded');
    const proposed: (string | undefined)[] = [];
    replace(vscode.window, 'showInputBox', ({ value }: vscode.InputBoxOptions) => {
      proposed.push(value);
      return Promise.resolve('7');
    });
    const made = await executeCommand<string>('winningSign.otherSeed', { directory });
    await until(() => eventsOfType(made, 'ended')[0], { what: 'the end', seconds: 100 });
    const { seed } = recordOf(directory);
    assert.equal(path.basename(made), 'seeded-seed7');
    assert.ok(Number(proposed[0]) > seed);
    assert.deepEqual(withoutNames({ ...recordOf(made), seed }), withoutNames(recordOf(directory)));
  });

  it('other seed transfers the same ticket in the same way', async () => {
    const search = addFinishedRun({ runs }, 'ticket');
    const checkpoint = path.join(search, eventsOfType(search, 'round')[3]!.checkpoint);
    const transfer = { checkpoint, variant: 'mask-only', seed: 4, rescale: 'layer' };
    const first = await executeCommand<string>('winningSign.transfer', transfer);
    await until(() => eventsOfType(first, 'ended')[0], { what: 'the end', seconds: 100 });
    const second = await executeCommand<string>('winningSign.otherSeed', { directory: first, seed: 5 });
    await until(() => eventsOfType(second, 'ended')[0], { what: 'the end', seconds: 100 });
    assert.deepEqual(withoutNames({ ...recordOf(second), seed: 4 }), withoutNames(recordOf(first)));
    assert.equal(recordOf(second).seed, 5);
  });

  it('open the run file of a run', async () => {
    const directory = addFinishedRun({ runs }, 'shown');
    await executeCommand('winningSign.openRunFile', { directory });
    assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, path.join(directory, 'run.json'));
  });

  it('compare and connect the final checkpoints of two selected runs', async () => {
    const [a, b] = [addFinishedRun({ runs }, 'left'), addFinishedRun({ runs }, 'right')];
    const finals = [a, b].map((run) => path.join(run, eventsOfType(run, 'round')[3]!.checkpoint));
    const rows = finals.map((file) => ({ files: [file] }));
    await executeCommand('winningSign.compare', rows[0], rows);
    const isCompared = ({ label }: vscode.Tab) => label === 'left/round-03 ↔ right/round-03';
    await until(() => vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).some(isCompared), { what: 'the panel' });
  });
});

function withoutNames({ name, madeIn, ...rest }: RunRecord): object {
  return rest;
}
