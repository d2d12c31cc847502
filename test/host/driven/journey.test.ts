import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { RunRecord } from '../../../engine/protocol';
import { barrierWords } from '../../../engine/vocabulary/barrierWords';
import { percent, significant } from '../../../engine/vocabulary/numbers';
import { makeFakes } from '../../engine/install/fakes';
import { addFinishedRun } from '../finishedRun';
import { installHost } from '../host/install';
import { driveWindow } from '../window';
import { eventsOf, eventsOfType, runnerOf, until, type Workspace } from '../workspace';

/** Tests what a researcher does with mouse and keyboard. */
describe('A researcher', () => {
  const extension = process.env['WINNING_SIGN_EXTENSION']!;
  /** Fakes of pip and a compiler that download nothing. */
  const installers = mkdtempSync(path.join(os.tmpdir(), 'winning-sign-installers-'));
  const driven = driveWindow(() => {
    const { bin, compiler, python } = makeFakes(installers);
    symlinkSync(python, path.join(bin, 'python'));
    // Sets a fake virtual environment. VS Code takes PATH from the user's shell, but does not change the virtual environment.
    const env = { VIRTUAL_ENV: installers, CXX: compiler, WINNING_SIGN_HOME: path.join(installers, 'home') };
    return { extension, env };
  });

  after(() => {
    rmSync(installers, { recursive: true, force: true });
  });

  /** Runs `long.sign.json` until it has saved something; returns its directory. */
  async function startLongRun(): Promise<string> {
    const { window, directoryOf } = driven;
    await window.openFile('long.sign.json');
    await window.command('Winning Sign: Run This File');
    const directory = directoryOf('long');
    await until(() => eventsOfType(directory, 'epoch').length > 0, { what: 'the first epoch' });
    await window.row('long').waitFor();
    return directory;
  }

  it('starts a run from the palette, which also writes a run file', async () => {
    const { window, workspace, directoryOf } = driven;
    await window.command('Winning Sign: New Run');
    await window.pick('A Winning Sign (AWS)');
    await window.pick('MLP');
    await window.pick('Sample');
    await window.pick('50 %');
    await until(() => runnerOf(directoryOf('aws-mlp')), { what: 'the runner' });
    const file = JSON.parse(readFileSync(path.join(workspace.folder, 'aws-mlp.sign.json'), 'utf8')) as unknown;
    assert.deepEqual(file, { method: 'aws', model: 'mlp', dataset: 'sample', targetSparsity: 0.5 });
    await window.row('aws-mlp').waitFor();
    await window.status().filter({ hasText: 'aws-mlp' }).waitFor();
    await window.panel((text) => text.includes('aws') && text.includes('running'), 'that aws-mlp is running');
  });

  it('stops a run from its row', async () => {
    const { window } = driven;
    const directory = await startLongRun();
    await window.until(window.row(/long.*stopped/), () => window.rowAction('long', 'Stop'));
    assert.equal(runnerOf(directory), undefined);
    await window.status().waitFor({ state: 'hidden' });
  });

  it('runs a file and sees its rounds appear below it', async () => {
    const { window } = driven;
    await window.openFile('quick.sign.json');
    await window.command('Winning Sign: Run This File');
    await window.row('quick').waitFor();
    await window.unfold('quick');
    for (const round of [0, 1, 2, 3]) await window.row(`round ${round}`).waitFor();
    await window.row(/quick.*51 % kept/).waitFor();
  });

  it('sees the accuracies of events.jsonl in the panel', async () => {
    const { window, workspace } = driven;
    const rounds = eventsOfType(addFinishedRun(workspace, 'finished'), 'round');
    assert.equal(rounds.length, 4);
    await window.row('finished').click();
    const shown = rounds.map(({ test }) => `${significant(test.accuracy)} %`);
    await window.panel((text) => shown.every((accuracy) => text.includes(accuracy)), shown.join(', '));
  });

  it('opens a checkpoint and sees what its layers keep', async () => {
    const { window, workspace } = driven;
    const { layers } = eventsOfType(addFinishedRun(workspace, 'finished'), 'round')[3]!;
    await window.unfold('finished');
    await window.row('round 3').click();
    const shown = layers.map(({ kept, count }) => percent(kept / count));
    await window.panel((text) => shown.every((share) => text.includes(share)), shown.join(', '));
  });

  it('sees how many signs flipped since the initialization', async () => {
    const { window, workspace } = driven;
    const { layers } = eventsOfType(addFinishedRun(workspace, 'finished'), 'round')[3]!;
    addFinishedRun(workspace, 'another'); // with one run there is nothing to choose
    for (const run of ['finished', 'another']) await window.row(run).waitFor();
    await window.command('Winning Sign: Show Sign Flips');
    await window.pick('finished');
    const [kept, flipped] = [
      sum(layers.map((layer) => layer.kept)),
      sum(layers.map((layer) => layer.flippedFromInit!)),
    ];
    const finding = `After round 3, ${percent(1 - flipped / kept)} of the kept weights have the sign`;
    await window.panel((text) => text.includes(finding), finding);
  });

  it('compares two rounds selected in the tree', async () => {
    const { window, workspace } = driven;
    addFinishedRun(workspace, 'finished');
    await window.unfold('finished');
    await window.until(window.tab('finished/round-01 ↔ finished/round-03'), async () => {
      await window.row('round 1').click();
      await window.row('round 3').click({ modifiers: ['Control'] });
      await window.menu(window.row('round 3'), 'Compare Signed Masks');
    });
    await window.panel(
      (text) => text.includes('only A') && text.includes('flipped'),
      'what only A kept and what flipped',
    );
  });

  it('transfers the signed mask onto a new initialization', async () => {
    const { window, workspace } = driven;
    addFinishedRun(workspace, 'finished');
    await window.unfold('finished');
    await window.until(window.choice('Signed mask'), async () => {
      await window.row('round 3').click();
      await window.menu(window.row('round 3'), 'Transfer Signed Mask');
    });
    await window.pick('Signed mask');
    await window.answer('Seed of the new initialization', '7');
    await window.pick('Start the transfer');
    const directory = await until(() => madeBy(workspace, 'train'), { what: 'the run of the transfer' });
    const ended = await until(() => eventsOfType(directory, 'ended')[0], { what: 'its end' });
    assert.ok(ended.result?.kind === 'train');
    const accuracy = `${significant(ended.result.test.accuracy)} %`;
    await window.panel((text) => text.includes(accuracy), accuracy);
  });

  it('measures the barrier between two rounds', async () => {
    const { window, workspace } = driven;
    addFinishedRun(workspace, 'finished');
    await window.unfold('finished');
    const points = 'Number of points on the interpolation';
    await window.until(window.prompt(points), async () => {
      await window.row('round 2').click();
      await window.row('round 3').click({ modifiers: ['Control'] });
      await window.menu(window.row('round 3'), 'Measure Connectivity');
    });
    await window.answer(points, '5');
    await window.pick('Batch norm: exact average');
    await window.pick('moving average');
    await window.pick('Measure');
    const directory = await until(() => madeBy(workspace, 'connectivity'), { what: 'the run of the measurement' });
    const ended = await until(() => eventsOfType(directory, 'ended')[0], { what: 'its end' });
    assert.ok(ended.result?.kind === 'connectivity');
    assert.match(ended.result.normalization, /as in the official code/);
    const words = barrierWords(ended.result, 5);
    await window.panel((text) => text.includes(words.slice(1)), words); // the panel begins with a capital letter
  });

  it('sees the run in tree and panel again after the window was reloaded', async () => {
    const { window, workspace } = driven;
    addFinishedRun(workspace, 'finished');
    const runner = runnerOf(await startLongRun());
    // A panel that was never shown has no state to restore.
    await window.panel((text) => text.includes('aws') && text.includes('running'), 'that long is running');
    await window.reload();
    await window.status().filter({ hasText: 'long' }).waitFor();
    await window.row('finished').waitFor();
    assert.equal(runnerOf(driven.directoryOf('long')), runner);
    await window.tab(/^long$/).click();
    await window.panel((text) => text.includes('aws') && text.includes('running'), 'that long is running');
  });

  it('sees all further changes in tree and panel after the engine process was killed', async () => {
    const { window } = driven;
    const directory = await startLongRun();
    const panel = await window.panel(
      (text) => text.includes('aws') && text.includes('running'),
      'that long is running',
    );
    const epochs = () => eventsOfType(directory, 'epoch').length;
    const engine = await until(() => engineOf(extension), { what: 'the engine' });
    process.kill(engine, 'SIGSTOP'); // from now on it tells nothing, as if it were dead
    const before = epochs();
    await until(() => epochs() > before + 2, { what: 'epochs that it does not tell' });
    process.kill(engine, 'SIGKILL');
    await until(() => ![undefined, engine].includes(engineOf(extension)), { what: 'another engine' });
    await window.until(window.row(/long.*stopped/), () => window.rowAction('long', 'Stop'));
    await panel.locator('[role=status]', { hasText: 'stopped' }).waitFor();
    const loss = panel.locator('figure[aria-label="Loss"]');
    await loss.getByRole('button', { name: 'Show as table' }).click();
    assert.equal(await loss.locator('tbody tr').count(), epochs());
  });

  it('sees one notification about an interrupted run, and resumes the run from it', async () => {
    const { window } = driven;
    const directory = await startLongRun();
    const killed = runnerOf(directory)!;
    process.kill(killed, 'SIGKILL');
    await window.row(/long.*interrupted/).waitFor();
    const notice = await window.notified('long was interrupted');
    assert.equal(await notice.count(), 1);
    await window.until(window.row(/^(?!.*interrupted).*long.*(starting|round)/s), async () => {
      if (runnerOf(directory) !== killed) return; // the click was not lost, the run only starts slowly
      const shown = await window.notified('long was interrupted');
      await shown.getByText('Resume', { exact: true }).click();
    });
    assert.notEqual(runnerOf(directory), killed);
    await window.until(window.row(/long.*stopped/), () => window.rowAction('long', 'Stop'));
  });

  it('sees a notification with the result when the run of an unchanged file has already finished', async () => {
    const { window, workspace, directoryOf } = driven;
    addFinishedRun(workspace, 'quick');
    await window.row('quick').waitFor();
    const before = eventsOf(directoryOf('quick')).length;
    await window.openFile('quick.sign.json');
    await window.command('Winning Sign: Run This File');
    await window.notified(/quick has already finished with these options: 51\.2 % kept · /);
    await window.tab(/^quick$/).waitFor();
    assert.equal(eventsOf(directoryOf('quick')).length, before);
  });

  it('sees one clear message about a misspelt field, and no run starts', async () => {
    const { window, directoryOf } = driven;
    await window.openFile('misspelt.sign.json');
    await window.command('Winning Sign: Run This File');
    const notice = await window.notified(
      /Unknown field "pruningFractoin"\. Did you mean "pruningFraction"\? \(misspelt/,
    );
    await notice.getByText('Open File', { exact: true }).click();
    await window.tab(/^misspelt\.sign\.json/).waitFor();
    assert.equal(existsSync(directoryOf('misspelt')), false);
  });

  it('sees what installing TensorFlow would download, declines, and nothing is installed', async () => {
    const { window } = driven;
    await window.command('Winning Sign: Install TensorFlow…');
    await window.pick('CPU');
    const dialog = window.page.locator('.monaco-dialog-box');
    await dialog.filter({ hasText: 'tensorflow-cpu 2.21.0' }).waitFor();
    assert.match(await dialog.innerText(), /node-api-headers 1\.9\.0 \(17 kB, npm\)/);
    assert.ok((await dialog.innerText()).includes(path.join(installers, 'home')));
    await dialog.getByText('Cancel').click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(existsSync(path.join(installers, 'home', 'backends')), false);
  });

  it('sees the results of the doctor in the log', async function () {
    const { window } = driven;
    if (!installHost().keepsLogs) this.skip(); // nothing on this machine could compile what writes them
    await window.command('Winning Sign: Doctor');
    await window.page
      .locator('.view-lines')
      .filter({ hasText: /checks\spass/ })
      .waitFor();
  });
});

/** Returns the newest run of a kind. */
function madeBy({ runs }: Workspace, kind: RunRecord['kind']): string | undefined {
  return readdirSync(runs)
    .map((name) => path.join(runs, name))
    .find((directory) => recordOf(directory)?.kind === kind);
}

function recordOf(directory: string): RunRecord | undefined {
  const file = path.join(directory, 'run.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as RunRecord) : undefined;
}

/** The engine's server process of the extension under test. */
function engineOf(extension: string): number | undefined {
  const server = path.join(extension, 'dist/engine/server.js');
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((process) => commandOf(process).includes(server));
}

function commandOf(process: number): string {
  try {
    return readFileSync(`/proc/${process}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
