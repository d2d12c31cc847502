import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { askForRunFile } from '../../../extension/newRun';
import { replace, restoreAll } from './fakes';

type Item = vscode.QuickPickItem;
type InputOptions = vscode.InputBoxOptions;

describe('New Run', () => {
  const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  const made: string[] = [];
  /** Answers of the user to the lists, in order. Undefined cancels. */
  let picks: (string | undefined)[];
  let offered: { title: string; labels: string[] }[];
  let input: InputOptions | undefined;

  beforeEach(() => {
    [offered, input] = [[], undefined];
    replace(vscode.window, 'showQuickPick', (items: Item[], { title }: vscode.QuickPickOptions) => {
      offered.push({ title: title!, labels: items.map(({ label }) => label) });
      const wanted = picks.shift();
      return Promise.resolve(items.find(({ label }) => wanted !== undefined && label.startsWith(wanted)));
    });
  });

  afterEach(() => {
    restoreAll();
    for (const file of made.splice(0)) rmSync(file);
  });

  async function ask(...answers: (string | undefined)[]) {
    picks = answers;
    const answer = await askForRunFile();
    if (!answer) return undefined;
    made.push(answer.file.fsPath);
    const { file, complete } = answer;
    return {
      name: path.basename(file.fsPath),
      complete,
      content: JSON.parse(readFileSync(file.fsPath, 'utf8')) as unknown,
    };
  }

  function answersInput(text: string | undefined): void {
    replace(vscode.window, 'showInputBox', (options: InputOptions) => {
      input = options;
      return Promise.resolve(text);
    });
  }

  function opens(file: string | undefined): void {
    const chosen = file === undefined ? undefined : [vscode.Uri.file(file)];
    replace(vscode.window, 'showOpenDialog', () => Promise.resolve(chosen));
  }

  it('writes only the chosen fields, not the defaults', async () => {
    assert.deepEqual(await ask('A Winning Sign', 'MLP', 'Sample', '90 %'), {
      name: 'aws-mlp.sign.json',
      complete: true,
      content: { method: 'aws', model: 'mlp', dataset: 'sample', targetSparsity: 0.9 },
    });
    assert.deepEqual(
      offered.map(({ title }) => title),
      ['New Run (1/4)', 'New Run (2/4)', 'New Run (3/4)', 'New Run (4/4)'],
    );
  });

  it('does not replace a file, and does not ask for the sparsity of a dense run', async () => {
    const names = [await ask('Dense', 'MLP', 'Sample'), await ask('Dense', 'MLP', 'Sample')].map((run) => run?.name);
    assert.deepEqual(names, ['dense-mlp.sign.json', 'dense-mlp-2.sign.json']);
    assert.equal(offered.length, 6);
  });

  it('writes nothing if a question is not answered', async () => {
    const before = await vscode.workspace.findFiles('*.sign.json');
    const answers = ['Iterative', 'MLP', 'Sample', undefined];
    for (let given = 0; given < answers.length; given++)
      assert.equal(await ask(...answers.slice(0, given), undefined), undefined);
    opens(undefined);
    assert.equal(await ask('Dense', 'MLP', 'IDX'), undefined);
    answersInput(undefined);
    assert.equal(await ask('Iterative', 'MLP', 'Sample', 'Another'), undefined);
    assert.equal((await vscode.workspace.findFiles('*.sign.json')).length, before.length);
  });

  it('accepts every sparsity that a run can reach, and says why others are refused', async () => {
    answersInput('50');
    const run = await ask('Learning-rate', 'MLP', 'Sample', 'Another');
    assert.deepEqual(run?.content, { method: 'lrr', model: 'mlp', dataset: 'sample', targetSparsity: 0.5 });
    assert.equal(input?.validateInput?.('99.5'), undefined);
    assert.equal(input?.validateInput?.('100'), 'Enter a percentage above 0 and below 100.');
  });

  it('offers one-shot pruning, with a sparsity', async () => {
    const run = await ask('One-shot', 'MLP', 'Sample', '80 %');
    assert.deepEqual(run?.content, { method: 'one-shot', model: 'mlp', dataset: 'sample', targetSparsity: 0.8 });
  });

  it('writes the path of a network of the user', async () => {
    opens(path.join(folder, 'nets', 'mine.json'));
    assert.deepEqual(await ask('Dense', 'Own network', 'Sample'), {
      name: 'dense-mine.sign.json',
      complete: true,
      content: { method: 'dense', model: { model: 'layers', path: path.join('nets', 'mine.json') }, dataset: 'sample' },
    });
    opens(undefined);
    assert.equal(await ask('Dense', 'Own network'), undefined);
  });

  it('shows a network of the user', async () => {
    const file = path.join(folder, 'shown.json');
    const flat = { class_name: 'Flatten', config: { name: 'flat', batch_input_shape: [null, 4, 4, 1] } };
    const dense = { class_name: 'Dense', config: { name: 'last', units: 3 } };
    writeFileSync(file, JSON.stringify({ class_name: 'Sequential', config: { layers: [flat, dense] } }));
    made.push(file);
    await vscode.commands.executeCommand('winningSign.showNetwork', vscode.Uri.file(file));
    const text = vscode.window.activeTextEditor!.document.getText();
    assert.match(text, /^last +Dense +3 +51 {2}classifier, not pruned$/m);
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
  });

  it('writes paths in the workspace as relative paths, and leaves the names of arrays to the user', async () => {
    opens(path.join(folder, 'data', 'mnist'));
    const inside = await ask('Dense', 'MLP', 'IDX');
    assert.deepEqual(inside?.content, {
      method: 'dense',
      model: 'mlp',
      dataset: { format: 'idx', path: path.join('data', 'mnist') },
    });
    opens('/elsewhere/arrays.npz');
    const outside = await ask('Dense', 'MLP', 'NumPy');
    assert.equal(outside?.complete, false);
    const { dataset } = outside.content as { dataset: unknown };
    assert.deepEqual(dataset, {
      format: 'npz',
      path: '/elsewhere/arrays.npz',
      train: { images: 'x_train', labels: 'y_train' },
      test: { images: 'x_test', labels: 'y_test' },
    });
  });

  it('says what to do if no folder is open', async () => {
    replace(vscode.workspace, 'workspaceFolders', undefined);
    await assert.rejects(ask('Dense'), /No folder is open/);
  });
});
