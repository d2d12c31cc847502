import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { DoctorCheck } from '../../../engine/protocol';
import { eventsOf, eventsOfType, runnerOf, until } from '../workspace';

const { executeCommand } = vscode.commands;

/** One run from its file to a ticket: each test goes on from the one before. */
describe('Commands', function () {
  this.bail(true);
  const folder = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  const inFolder = (name: string) => vscode.Uri.file(path.join(folder, name));
  let search = '';
  const checkpoint = (round: number) => path.join(search, eventsOfType(search, 'round')[round]!.checkpoint);

  it('run a file: three rounds of 20 % leave 0, 20, 36 and 48.8 % pruned', async () => {
    search = (await executeCommand<string>('winningSign.runFile', inFolder('quick.sign.json')))!;
    assert.equal(search, path.join(folder, '.winning-sign', 'quick'));
    await ended(search);
    const sparsities = eventsOfType(search, 'round').map(({ sparsity }) => sparsity.prunable);
    [0, 0.2, 0.36, 0.488].forEach((expected, round) => {
      assert.ok(Math.abs(sparsities[round]! - expected) < 1e-4, `round ${round}: ${sparsities[round]}`);
    });
  });

  it('open a panel for the run they started', async () => {
    await until(() => tabs().some((tab) => isPanel(tab) && tab.label === 'quick'), { what: 'the panel' });
  });

  it('stop a run, which saves its state, and resume it', async () => {
    const long = await executeCommand<string>('winningSign.runFile', inFolder('long.sign.json'));
    await until(() => eventsOfType(long, 'round').length > 0, { what: 'round 0' });
    await executeCommand('winningSign.stop', long);
    assert.equal(outcomeOf(long), 'stopped');
    assert.equal(runnerOf(long), undefined);
    await executeCommand('winningSign.resume', long);
    await until(() => eventsOfType(long, 'resumed').length > 0, { what: 'the resumed run' });
    assert.ok(runnerOf(long));
    await executeCommand('winningSign.stop', long);
    assert.equal(outcomeOf(long), 'stopped');
  });

  it('transfer a signed mask: the new run keeps the sparsity of the ticket', async () => {
    const transfer = { checkpoint: checkpoint(3), variant: 'signed-mask', seed: 7 };
    const directory = await executeCommand<string>('winningSign.transfer', transfer);
    const { result } = await ended(directory);
    assert.equal(result?.kind, 'train');
    assert.equal(result.sparsity.prunable, eventsOfType(search, 'round')[3]!.sparsity.prunable);
    assert.ok(result.test.accuracy > 50, `accuracy ${result.test.accuracy} %`);
  });

  it('measure connectivity: the ends of the curve are the two checkpoints', async () => {
    const pair = { a: checkpoint(2), b: checkpoint(3), points: 3 };
    const directory = await executeCommand<string>('winningSign.connectivity', pair);
    const { result } = await ended(directory);
    assert.equal(result?.kind, 'connectivity');
    assert.match(result.barrier.definition, /\w/);
    const points = eventsOfType(directory, 'point');
    assert.deepEqual(points.map(({ alpha }) => alpha).sort(), [0, 0.5, 1]);
    // Statistics of batch norm are estimated anew along the curve, so its ends are near the rounds' accuracies, not on them.
    const tests = eventsOfType(search, 'round').map(({ test }) => test.accuracy);
    assert.ok(Math.abs(points.find(({ alpha }) => alpha === 1)!.test.accuracy - tests[2]!) < 3);
    assert.ok(Math.abs(points.find(({ alpha }) => alpha === 0)!.test.accuracy - tests[3]!) < 3);
  });

  it('compare two checkpoints side by side', async () => {
    await executeCommand('winningSign.compare', { a: checkpoint(1), b: checkpoint(2) });
    await until(() => tabs().some(({ label }) => label === 'quick/round-01 ↔ quick/round-02'), { what: 'the panel' });
  });

  it('open a checkpoint of a run in the editor of masks and signs by default', async () => {
    await executeCommand('vscode.open', vscode.Uri.file(checkpoint(1)));
    const tab = await until(() => tabs().find(({ label }) => label === 'round-01.safetensors'), { what: 'the editor' });
    assert.ok(tab.input instanceof vscode.TabInputCustom);
    assert.equal(tab.input.viewType, 'winningSign.checkpoint');
  });

  it('leave any other safetensors file to its own editor, and offer theirs', async () => {
    const elsewhere = inFolder('elsewhere.safetensors');
    await vscode.workspace.fs.copy(vscode.Uri.file(checkpoint(1)), elsewhere);
    await executeCommand('winningSign.openCheckpoint', elsewhere.fsPath);
    const tab = await until(() => tabs().find(({ label }) => label === 'elsewhere.safetensors'), {
      what: 'the editor',
    });
    assert.ok(tab.input instanceof vscode.TabInputCustom);
    assert.equal(tab.input.viewType, 'winningSign.anyCheckpoint');
  });

  it('show the sign flips of a run', async () => {
    await executeCommand('winningSign.showFlips', search);
    await until(() => tabs().some(({ label }) => label === 'Sign flips: quick'), { what: 'the panel' });
  });

  it('examine the machine', async () => {
    const checks = await executeCommand<DoctorCheck[]>('winningSign.doctor');
    assert.ok(checks.length > 0);
    for (const { name, ok, remedy } of checks) assert.ok(ok || remedy, `${name} fails without a remedy`);
  });

  it('start nothing from a run file with a misspelt field', async () => {
    assert.equal(await executeCommand('winningSign.runFile', inFolder('misspelt.sign.json')), undefined);
    assert.ok(!existsSync(path.join(folder, '.winning-sign', 'misspelt')));
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
