import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { DoctorCheck } from '../../../engine/protocol';
import type { Evaluation } from '../../../engine/vocabulary/evaluation';
import { VARIANT_NAMES } from '../../../engine/vocabulary/transferVariants';
import { addFinishedRun } from '../finishedRun';
import { eventsOf, eventsOfType, runnerOf, until } from '../workspace';
import { replace, restoreAll } from './fakes';

const { executeCommand } = vscode.commands;

describe('Commands', () => {
  const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  const runs = path.join(folder, '.winning-sign');
  const inFolder = (name: string) => vscode.Uri.file(path.join(folder, name));
  const checkpoint = (search: string, round: number) =>
    path.join(search, eventsOfType(search, 'round')[round]!.checkpoint);
  /** Makes a separate finished search for each test, because its name is in titles of tabs. */
  const finished = (name: string) => addFinishedRun({ runs }, name);

  afterEach(() => {
    restoreAll();
    return executeCommand('workbench.action.closeAllEditors');
  });

  it('run a file: its panel opens, and three rounds of 20 % prune 0, 20, 36 and 48.8 %', async () => {
    const search = await executeCommand<string>('winningSign.runFile', inFolder('quick.sign.json'));
    assert.equal(search, path.join(runs, 'quick'));
    await until(() => tabs().some((tab) => isPanel(tab) && tab.label === 'quick'), { what: 'the panel' });
    await ended(search);
    const sparsities = eventsOfType(search, 'round').map(({ sparsity }) => sparsity.prunable);
    [0, 0.2, 0.36, 0.488].forEach((expected, round) => {
      assert.ok(Math.abs(sparsities[round]! - expected) < 1e-4, `round ${round}: ${sparsities[round]}`);
    });
  });

  it('stop a run with a saved state, and resume it', async () => {
    const long = await executeCommand<string>('winningSign.runFile', inFolder('long.sign.json'));
    await until(() => eventsOfType(long, 'round').length > 0, { what: 'round 0' });
    await stopped(long);
    await executeCommand('winningSign.resume', long);
    await until(() => eventsOfType(long, 'resumed').length > 0, { what: 'the resumed run' });
    assert.ok(runnerOf(long));
    await stopped(long);
  });

  it('transfer a signed mask: the new run keeps the sparsity of the ticket', async () => {
    const search = finished('transferred');
    const transfer = { checkpoint: checkpoint(search, 3), variant: 'signed-mask', seed: 7 };
    const directory = await executeCommand<string>('winningSign.transfer', transfer);
    const { result } = await ended(directory);
    assert.equal(result?.kind, 'train');
    assert.equal(result.sparsity.prunable, eventsOfType(search, 'round')[3]!.sparsity.prunable);
    assert.ok(result.test.accuracy > 50, `accuracy ${result.test.accuracy} %`);
  });

  it('transfer: asks for the variant, the seed and what the variant offers besides', async () => {
    const ticket = checkpoint(finished('asked'), 3);
    const wanted = ['Signed mask, random magnitudes', 'Scale of', 'layer', 'Classifier', 'new', 'Seed of', '$(play)'];
    const shown: string[][] = [];
    replace(vscode.window, 'showQuickPick', (items: vscode.QuickPickItem[]) => {
      shown.push(items.map(({ label }) => label));
      const label = wanted.shift()!;
      return Promise.resolve(items.find((item) => item.label.startsWith(label)));
    });
    const seeds = ['7', '8'];
    replace(vscode.window, 'showInputBox', () => Promise.resolve(seeds.shift()));
    const directory = await executeCommand<string>('winningSign.transfer', ticket);
    await ended(directory);
    const { source } = JSON.parse(readFileSync(path.join(directory, 'run.json'), 'utf8')) as { source: object };
    const { variant, magnitudeSeed, rescale, classifier } = source as Record<string, unknown>;
    assert.deepEqual({ variant, magnitudeSeed, rescale, classifier }, { variant: 'random-magnitudes', magnitudeSeed: 8, rescale: 'layer', classifier: 'new' }); // prettier-ignore
    assert.equal(shown[0]!.length, VARIANT_NAMES.length);
    assert.deepEqual(shown[1]!.map((label) => label.split(':')[0]), ['$(play) Start the transfer', 'Scale of the kept weights', 'Seed of the magnitudes', 'Classifier', 'Initialization of the checkpoint', 'Model and data']); // prettier-ignore
  });

  it('refuse an argument with a choice that does not exist', async () => {
    const search = finished('refused');
    const [a, b] = [checkpoint(search, 2), checkpoint(search, 3)];
    const errors: string[] = [];
    replace(vscode.window, 'showErrorMessage', (message: string) => Promise.resolve(void errors.push(message)));
    const ticket = { checkpoint: b, seed: 7, variant: 'signed-mask' };
    assert.equal(await executeCommand('winningSign.transfer', { ...ticket, variant: 'mask' }), undefined);
    assert.equal(await executeCommand('winningSign.transfer', { ...ticket, rescale: 'layers' }), undefined);
    assert.equal(await executeCommand('winningSign.connectivity', { a, b, points: 3, masks: 'all' }), undefined);
    const sentences = [/"variant" is "mask"; it must be "signed-mask"/, /"rescale" is "layers"/, /"masks" is "all"/];
    assert.equal(errors.length, 3, errors.join());
    for (const [i, sentence] of sentences.entries()) assert.match(errors[i]!, sentence);
  });

  it('measure connectivity: the ends of the curve are the two checkpoints', async () => {
    const search = finished('measured');
    const pair = { a: checkpoint(search, 2), b: checkpoint(search, 3), points: 3 };
    const directory = await executeCommand<string>('winningSign.connectivity', pair);
    const { result } = await ended(directory);
    assert.equal(result?.kind, 'connectivity');
    assert.match(result.barrier.definition, /\w/);
    const points = eventsOfType(directory, 'point');
    assert.deepEqual(points.map(({ alpha }) => alpha).sort(), [0, 0.5, 1]);
    // Batch-norm statistics are re-estimated along the curve, so its ends are near the accuracies of the rounds, but not equal to them.
    const tests = eventsOfType(search, 'round').map(({ test }) => test.accuracy);
    assert.ok(Math.abs(points.find(({ alpha }) => alpha === 1)!.test.accuracy - tests[2]!) < 3);
    assert.ok(Math.abs(points.find(({ alpha }) => alpha === 0)!.test.accuracy - tests[3]!) < 3);
  });

  it('measure barriers between checkpoints: pair by pair, and not again', async () => {
    const search = finished('in-turn');
    const files = [1, 2, 3].map((round) => checkpoint(search, round));
    const request = { files, pairs: 'consecutive', points: 3 };
    const directories = await executeCommand<string[]>('winningSign.barriers', request);
    assert.deepEqual(directories.map(outcomeOf), ['done', 'done']);
    const [first, second] = directories.map((one) => eventsOf(one).map(({ time }) => time));
    assert.ok(second![0]! >= first!.at(-1)!, 'the second begins after the end of the first');
    await until(() => tabs().some(({ label }) => label.startsWith('Connectivity: ')), { what: 'the panel' });
    replace(vscode.window, 'showQuickPick', () => Promise.resolve(undefined));
    const again = await executeCommand<string[]>('winningSign.barriers', undefined, files.map((file) => vscode.Uri.file(file))); // prettier-ignore
    assert.equal(again, undefined, 'the pairs are asked for');
    assert.deepEqual(await executeCommand<string[]>('winningSign.barriers', request), directories);
  });

  it('measure a loss surface through three checkpoints', async () => {
    const search = finished('surface');
    const files = [1, 2, 3].map((round) => checkpoint(search, round));
    const directory = await executeCommand<string>('winningSign.lossSurface', { files, points: 2 });
    const { result } = await ended(directory);
    assert.equal(result?.kind, 'surface');
    assert.equal(eventsOfType(directory, 'cell').length, 2 * 2 + 3);
    await until(() => tabs().some((tab) => isPanel(tab)), { what: 'the panel' });
  });

  it('compare two checkpoints side by side', async () => {
    const search = finished('compared');
    await executeCommand('winningSign.compare', { a: checkpoint(search, 1), b: checkpoint(search, 2) });
    await until(() => tabs().some(({ label }) => label === 'compared/round-01 ↔ compared/round-02'), {
      what: 'the panel',
    });
  });

  it('compare a checkpoint with its version in a Git revision', async () => {
    const file = checkpoint(finished('versioned'), 1);
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@b.example', ...args], { cwd: path.dirname(file) });
    git('init', '--quiet');
    git('add', path.basename(file));
    git('commit', '--quiet', '-m', 'Prune once');
    copyFileSync(checkpoint(path.dirname(path.dirname(file)), 2), file);
    const shown: string[] = [];
    replace(vscode.window, 'showQuickPick', (items: vscode.QuickPickItem[]) => {
      shown.push(...items.map(({ label }) => label));
      return Promise.resolve(items[0]);
    });
    await executeCommand('winningSign.compareRevision', vscode.Uri.file(file));
    assert.deepEqual(shown, ['$(git-commit) Prune once', '$(edit) Another commit, branch or tag…']);
    await until(
      () => tabs().some(({ label }) => /^versioned@[0-9a-f]{7,}\/round-01 ↔ versioned\/round-01$/.test(label)),
      { what: 'the panel' },
    );
  });

  it('open the checkpoints of a folder as a series', async () => {
    const search = finished('followed');
    await executeCommand('winningSign.openSeries', vscode.Uri.file(path.join(search, 'checkpoints')));
    await until(() => tabs().some(({ label }) => label === 'Series: checkpoints'), { what: 'the panel' });
  });

  it('write a report about the selected checkpoints', async () => {
    const search = finished('reported');
    const files = [1, 2].map((round) => vscode.Uri.file(checkpoint(search, round)));
    replace(vscode.window, 'showSaveDialog', () => Promise.resolve(inFolder('report.html')));
    replace(vscode.window, 'showInformationMessage', () => Promise.resolve(undefined));
    const written = await executeCommand<string>('winningSign.report', files[0], files);
    assert.equal(written, inFolder('report.html').fsPath);
    assert.match(readFileSync(written, 'utf8'), /round-01\.safetensors and round-02\.safetensors both keep/);
  });

  it('continue a search from the round of a checkpoint', async () => {
    const file = checkpoint(finished('continued'), 2);
    const own = inFolder('further.sign.json'); // its name is that of the new directory
    copyFileSync(inFolder('quick.sign.json').fsPath, own.fsPath);
    const pick = (items: vscode.QuickPickItem[]) => items.find(({ label }) => label === 'further.sign.json');
    replace(vscode.window, 'showQuickPick', (items: vscode.QuickPickItem[]) => Promise.resolve(pick(items)));
    const directory = await executeCommand<string>('winningSign.continueSearch', file);
    await ended(directory);
    assert.deepEqual(
      eventsOfType(directory, 'round').map(({ round }) => round),
      [3],
    );
    assert.ok(existsSync(path.join(directory, 'checkpoints/init.safetensors')), 'the initialization of that run');
    rmSync(own.fsPath);
  });

  it('export, import and evaluate a checkpoint', async () => {
    const file = checkpoint(finished('exported'), 1);
    const saved: string[] = [];
    replace(vscode.window, 'showSaveDialog', ({ defaultUri }: vscode.SaveDialogOptions) => {
      saved.push(path.basename(defaultUri!.fsPath));
      return Promise.resolve(inFolder(`saved-${saved.length}.${saved.length === 1 ? 'pth' : 'safetensors'}`));
    });
    replace(vscode.window, 'showQuickPick', ([first]: vscode.QuickPickItem[]) => Promise.resolve(first));
    replace(vscode.window, 'showInformationMessage', () => Promise.resolve(undefined));
    const written = await executeCommand<string>('winningSign.exportCheckpoint', { checkpoint: file, form: 'pth' });
    assert.equal(written, inFolder('saved-1.pth').fsPath);
    const imported = await executeCommand<string>('winningSign.importCheckpoint', vscode.Uri.file(written));
    assert.equal(imported, inFolder('saved-2.safetensors').fsPath);
    assert.deepEqual(saved, ['round-01.pth', 'saved-1.safetensors']);
    const { accuracy, split } = await executeCommand<Evaluation>('winningSign.evaluateCheckpoint', file);
    assert.equal(accuracy, eventsOfType(path.dirname(path.dirname(file)), 'round')[1]!.test.accuracy);
    assert.equal(split, 'test');
  });

  it('open a checkpoint of a run in the editor of masks and signs by default', async () => {
    await executeCommand('vscode.open', vscode.Uri.file(checkpoint(finished('opened'), 1)));
    const tab = await until(() => tabs().find(({ label }) => label === 'round-01.safetensors'), { what: 'the editor' });
    assert.ok(tab.input instanceof vscode.TabInputCustom);
    assert.equal(tab.input.viewType, 'winningSign.checkpoint');
  });

  it('open checkpoints of other tools by their file names, and can open other files', async () => {
    const { extensionPath } = vscode.extensions.getExtension('winning-sign.winning-sign')!;
    const fixtures = path.join(extensionPath, 'test/fixtures');
    const viewTypes = { 'official_aws.pth.tar': 'winningSign.checkpoint', 'masks.npz': 'winningSign.anyCheckpoint' };
    for (const [name, viewType] of Object.entries(viewTypes)) {
      const source = path.join(fixtures, name.endsWith('.npz') ? 'numpy' : 'pytorch', name);
      const elsewhere = inFolder(name);
      await vscode.workspace.fs.copy(vscode.Uri.file(source), elsewhere);
      await executeCommand('winningSign.openCheckpoint', elsewhere.fsPath);
      const tab = await until(() => tabs().find(({ label }) => label === name), { what: 'the editor' });
      assert.ok(tab.input instanceof vscode.TabInputCustom);
      assert.equal(tab.input.viewType, viewType);
    }
  });

  it('show the sign flips of a run', async () => {
    await executeCommand('winningSign.showFlips', finished('flipped'));
    await until(() => tabs().some(({ label }) => label === 'Sign flips: flipped'), { what: 'the panel' });
  });

  it('examine the machine', async () => {
    const checks = await executeCommand<DoctorCheck[]>('winningSign.doctor');
    assert.ok(checks.length > 0);
    for (const { name, ok, remedy } of checks) assert.ok(ok || remedy, `${name} fails without a remedy`);
  });

  it('save a run file that is changed in an editor that is not active, before it is run', async () => {
    const file = inFolder('changed.sign.json');
    writeFileSync(file.fsPath, '{"method": "aws"}');
    await vscode.window.showTextDocument(file, { preview: false });
    const edit = new vscode.WorkspaceEdit();
    edit.insert(file, new vscode.Position(0, 1), '"sede": 1, ');
    await vscode.workspace.applyEdit(edit);
    await vscode.window.showTextDocument(inFolder('quick.sign.json'), { preview: false });
    assert.equal(await executeCommand('winningSign.runFile', file), undefined);
    assert.equal(readFileSync(file.fsPath, 'utf8'), '{"sede": 1, "method": "aws"}');
    rmSync(file.fsPath);
  });

  it('start no run from a run file with a misspelt field', async () => {
    assert.equal(await executeCommand('winningSign.runFile', inFolder('misspelt.sign.json')), undefined);
    assert.ok(!existsSync(path.join(folder, '.winning-sign', 'misspelt')));
    const own = () =>
      vscode.languages
        .getDiagnostics(inFolder('misspelt.sign.json'))
        .filter(({ source }) => source === 'Winning Sign')
        .map(({ message }) => message);
    assert.deepEqual(await until(() => (own().length > 0 ? own() : undefined), { what: 'the problem' }), [
      'Unknown field "pruningFractoin". Did you mean "pruningFraction"?',
    ]);
  });
});

async function ended(directory: string) {
  const found = await until(() => eventsOfType(directory, 'ended')[0], {
    what: `the end of ${directory}`,
    seconds: 100,
  });
  assert.equal(found.outcome, 'done', found.message);
  return found;
}

async function stopped(directory: string): Promise<void> {
  await executeCommand('winningSign.stop', directory);
  await until(() => runnerOf(directory) === undefined, { what: `the end of the process of ${directory}` });
  assert.equal(outcomeOf(directory), 'stopped');
}

function outcomeOf(directory: string): string | undefined {
  const last = eventsOf(directory).at(-1);
  return last?.type === 'ended' ? last.outcome : undefined;
}

function tabs(): vscode.Tab[] {
  return vscode.window.tabGroups.all.flatMap((group) => group.tabs);
}

function isPanel(tab: vscode.Tab): boolean {
  return tab.input instanceof vscode.TabInputWebview && tab.input.viewType.endsWith('winningSign.panel');
}
