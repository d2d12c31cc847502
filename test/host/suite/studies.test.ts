import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Params, StudyRunRow, StudyStatus, StudySummary } from '../../../engine/protocol';
import { FileProblemsView } from '../../../extension/fileProblems';
import { StudyChecks } from '../../../extension/studies/checks';
import { askForExecutor } from '../../../extension/studies/executor';
import { retryStudy } from '../../../extension/studies/runCommands';
import { askForStudyFile } from '../../../extension/studies/newStudy';
import { Studies } from '../../../extension/studies';
import { FakeEngine, replace, restoreAll, settled } from './fakes';

const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
const summary: StudySummary = {
  ...{ file: path.join(folder, 'gap.study.json'), name: 'gap', folder: path.join(folder, '.winning-sign/gap.study') },
  ...{ counts: { done: 1, running: 1 }, executing: true, stopping: false },
};

describe('The list of studies', () => {
  it('follows the workspace folders, changes, and a restart of the engine', async () => {
    const list = {
      studies: [summary],
      problems: [{ file: path.join(folder, 'bad.study.json'), message: 'Line 1: no.' }],
    };
    const engine = new FakeEngine({ 'studies/follow': () => list });
    const studies = new Studies(engine);
    const seen: (boolean | undefined)[] = [];
    studies.onDidChange(({ file, after }) => {
      if (file === summary.file) seen.push(after?.executing);
    });
    await studies.ready();
    assert.deepEqual(engine.asked, [{ method: 'studies/follow', params: { folders: [folder] } }]);
    assert.deepEqual(studies.problems(), list.problems);
    assert.ok(studies.executes(path.join(summary.folder, 'dense')));
    assert.ok(!studies.executes(path.join(folder, '.winning-sign/dense')));
    engine.tell('studies/changed', { file: summary.file, summary: { ...summary, executing: false } });
    assert.ok(studies.executes(path.join(summary.folder, 'dense')), 'its last runs may be reported after its end');
    list.studies = [];
    engine.restart();
    await settled();
    assert.deepEqual(studies.all(), []);
    assert.deepEqual(seen, [true, false, undefined]);
    studies.dispose();
  });
});

describe('New Study', () => {
  afterEach(restoreAll);

  it('offers each template with its question and its scales, and proposes a free name', async () => {
    const made: Params<'study/new'>[] = [];
    const engine = new FakeEngine({
      'study/templates': () => ({
        templates: [
          { name: 'gap', question: 'Is there a gap?', scales: ['demo', 'paper'] },
          { name: 'official/cifar100', question: 'What is published?', scales: ['paper'] },
        ],
        scales: [
          { name: 'demo', description: 'In minutes.' },
          { name: 'paper', description: 'For a cluster.' },
        ],
      }),
      'study/new': (request) => {
        made.push(request);
        return { file: request.file };
      },
    });
    const offered: string[][] = [];
    replace(vscode.window, 'showQuickPick', (items: vscode.QuickPickItem[]) => {
      offered.push(items.map(({ label, detail }) => `${label}: ${detail}`));
      return Promise.resolve(items.at(-1));
    });
    replace(vscode.window, 'showInputBox', (options: vscode.InputBoxOptions) => {
      const { value } = options;
      for (const wrong of ['', 'a/b', '.hidden']) assert.ok(options.validateInput!(wrong), wrong);
      assert.equal(options.validateInput!(value!), undefined);
      return Promise.resolve(value);
    });
    const file = path.join(folder, 'cifar100.study.json');
    assert.equal(await askForStudyFile(engine), file);
    assert.deepEqual(offered, [
      ['gap: Is there a gap?', 'official/cifar100: What is published?'],
      ['paper: For a cluster.'],
    ]);
    assert.deepEqual(made, [{ template: 'official/cifar100', scale: 'paper', file }]);
  });
});

describe('Run Again What Failed', () => {
  afterEach(restoreAll);

  it('offers the nodes with runs that failed or diverged, and starts them anew', async () => {
    const file = path.join(folder, 'gap.study.json');
    const row = (node: string, status: StudyStatus): StudyRunRow => ({
      ...{ name: `${node}-${status}`, node, status, kind: 'training', axes: {}, needs: [], directory: '' },
    });
    const runs = [row('dense', 'done'), row('search', 'failed'), row('search', 'done'), row('ticket', 'diverged')];
    const engine = new FakeEngine({
      'study/snapshot': () => ({ ...summary, axes: {}, runs, tables: [] }),
      'study/start': () => ({ file }),
    });
    const shown: unknown[] = [];
    const services = {
      engine,
      ...{ panels: { show: (state: unknown) => shown.push(state) }, fileProblems: { clear: () => undefined } },
      studies: { ready: () => Promise.resolve(), started: () => undefined, all: () => [], ofFolder: () => undefined },
    };
    let offered: vscode.QuickPickItem[] = [];
    replace(vscode.window, 'showQuickPick', (items: vscode.QuickPickItem[]) => {
      offered = items;
      return Promise.resolve(items.slice(0, 1));
    });
    await retryStudy(services, file);
    assert.deepEqual(
      offered.map(({ label, description, picked }) => [label, description, picked]),
      [
        ['search', '1 failed', true],
        ['ticket', '1 diverged', true],
      ],
    );
    assert.deepEqual(engine.asked.at(-1), { method: 'study/start', params: { file, retry: ['search'] } });
    assert.deepEqual(shown, [{ view: 'study', file }]);
    runs.splice(1);
    await assert.rejects(retryStudy(services, file), /no run failed or diverged/);
  });
});

describe('Where a study runs', () => {
  afterEach(restoreAll);

  it('is asked if a Slurm profile is beside its file', async () => {
    const home = vscode.Uri.file(path.join(folder, 'on-a-cluster'));
    const file = path.join(home.fsPath, 'gap.study.json');
    const profile = path.join(home.fsPath, 'long.slurm.json');
    const offered: string[][] = [];
    replace(vscode.window, 'showQuickPick', (items: vscode.QuickPickItem[]) => {
      offered.push(items.map(({ label }) => label));
      return Promise.resolve(items.at(-1));
    });
    await vscode.workspace.fs.writeFile(vscode.Uri.file(file), Buffer.from('{}'));
    try {
      assert.deepEqual(await askForExecutor(file, 'Run Study'), {});
      await vscode.workspace.fs.writeFile(vscode.Uri.file(profile), Buffer.from('{}'));
      assert.deepEqual(await askForExecutor(file, 'Run Study'), { executor: 'slurm', profile });
      assert.deepEqual(offered, [['This machine', 'Slurm: long']]);
    } finally {
      await vscode.workspace.fs.delete(home, { recursive: true });
    }
  });
});

describe('Mistakes in a study file', () => {
  const MADE_UP = 'A made-up mistake.';

  it('are marked while the user types, for the text of the editor', async () => {
    const range = { line: 1, column: 1, endLine: 1, endColumn: 2 };
    const texts: string[] = [];
    const engine = new FakeEngine({
      'study/check': ({ text }) => {
        texts.push(text);
        return { problems: text.includes('nodes') ? [] : [{ message: MADE_UP, range }] };
      },
    });
    const view = new FileProblemsView();
    const uri = vscode.Uri.file(path.join(folder, 'typed.study.json'));
    await vscode.workspace.fs.writeFile(uri, Buffer.from('{}'));
    const checks = new StudyChecks(engine, view);
    const marks = () =>
      vscode.languages
        .getDiagnostics(uri)
        .filter(({ message }) => message === MADE_UP) // the extension itself also checks the file
        .map(({ message }) => message);
    const changed = (count: number) =>
      new Promise<void>((resolve) => {
        const subscription = vscode.languages.onDidChangeDiagnostics(() => {
          if (marks().length !== count) return;
          subscription.dispose();
          resolve();
        });
      });
    try {
      const marked = changed(1);
      const editor = await vscode.window.showTextDocument(uri);
      await marked;
      assert.deepEqual(marks(), [MADE_UP]);
      const cleared = changed(0);
      await editor.edit((edit) => {
        edit.insert(new vscode.Position(0, 1), '"nodes": 1');
      });
      await cleared;
      assert.deepEqual(marks(), []);
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    } finally {
      checks.dispose();
      view.dispose();
      await vscode.workspace.fs.delete(uri);
    }
  });
});
