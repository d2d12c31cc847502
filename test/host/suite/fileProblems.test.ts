import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { FileProblemsView } from '../../../extension/fileProblems';
import { replace, restoreAll } from './fakes';

describe('Problems of a run file', () => {
  const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  const file = path.join(folder, 'wrong.sign.json');
  const lines = ['{', '  "method": "asw",', '  "seed": -1', '}'];
  const problems = [
    { message: 'No such method.', range: { line: 2, column: 13, endLine: 2, endColumn: 18 } },
    { message: 'A negative seed.', range: { line: 3, column: 11, endLine: 3, endColumn: 13 } },
  ];
  let view: FileProblemsView;
  let shown: string[][];
  let pressed: string | undefined;

  beforeEach(() => {
    [shown, pressed] = [[], undefined];
    writeFileSync(file, lines.join('\n'));
    view = new FileProblemsView();
    replace(vscode.window, 'showErrorMessage', (...words: string[]) => {
      shown.push(words);
      return Promise.resolve(pressed);
    });
  });

  afterEach(async () => {
    restoreAll();
    view.dispose();
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    rmSync(file, { force: true });
  });

  /** Returns the problems of this extension in the Problems view. */
  const listed = () =>
    vscode.languages
      .getDiagnostics(vscode.Uri.file(file))
      .filter(({ source }) => source === 'Winning Sign')
      .map(({ message, range: { start, end } }) => [message, start.line, start.character, end.character]);

  it('appear in a notification that starts with the message, and all of them in Problems', async () => {
    await view.show({ file, problems });
    assert.deepEqual(shown, [['No such method. (wrong.sign.json, line 2; 1 more error)', 'Open File']]);
    assert.deepEqual(listed(), [
      ['No such method.', 1, 12, 17],
      ['A negative seed.', 2, 10, 12],
    ]);
    assert.notEqual(vscode.window.activeTextEditor?.document.uri.fsPath, file);
    view.clear(file);
    assert.deepEqual(listed(), []);
  });

  it('open the file at the first problem, and disappear when the file is edited', async () => {
    pressed = 'Open File';
    await view.show({ file, problems });
    const editor = vscode.window.activeTextEditor!;
    assert.equal(editor.document.uri.fsPath, file);
    assert.equal(editor.document.getText(editor.selection), '"asw"');
    assert.equal(listed().length, 2);
    await editor.edit((edit) => {
      edit.replace(editor.selection, '"aws"');
    });
    assert.deepEqual(listed(), []);
  });

  it('have no position if the file does not exist', async () => {
    const gone = path.join(folder, 'gone.sign.json');
    await view.show({ file: gone, problems: [{ message: 'No such method.' }] });
    assert.deepEqual(shown, [['No such method. (gone.sign.json)']]);
    assert.deepEqual(vscode.languages.getDiagnostics(vscode.Uri.file(gone)), []);
  });
});
