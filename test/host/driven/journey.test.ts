import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { RunRecord } from '../../../engine/protocol';
import { percent, significant } from '../../../engine/vocabulary/numbers';
import { makeFakes } from '../../engine/install/fakes';
import { installHost } from '../host/install';
import { openSession, type Session } from '../host/session';
import { Workbench } from '../host/workbench';
import { eventsOfType, makeWorkspace, runnerOf, until, type Workspace } from '../workspace';

/** What a researcher does in one sitting, with mouse and keyboard; each step goes on from the one before. */
describe('A researcher', function () {
  this.bail(true);
  const extension = process.env['WINNING_SIGN_EXTENSION']!;
  let workspace: Workspace;
  let session: Session;
  let window: Workbench;
  /** A pip and a compiler that fetch nothing. */
  let installers: string;
  const directoryOf = (name: string) => path.join(workspace.runs, name);

  before(async () => {
    workspace = makeWorkspace();
    installers = mkdtempSync(path.join(os.tmpdir(), 'winning-sign-installers-'));
    const { bin, compiler, python } = makeFakes(installers);
    symlinkSync(python, path.join(bin, 'python'));
    // VS Code takes PATH from the shell of whoever runs this, but leaves a virtual environment alone.
    const env = { VIRTUAL_ENV: installers, CXX: compiler, WINNING_SIGN_HOME: path.join(installers, 'home') };
    session = await openSession({ workspace: workspace.folder, extension, env });
    window = new Workbench(session.page);
    await window.ready();
    await window.openRunsView();
  });

  after(async () => {
    await session.end();
    workspace.end();
    rmSync(installers, { recursive: true, force: true });
  });

  afterEach(async function () {
    const folder = process.env['WINNING_SIGN_SCREENSHOTS'];
    const name = this.currentTest!.title.replace(/\W+/g, '-');
    if (folder) await window.page.screenshot({ path: path.join(folder, `${name}.png`) });
  });

  it('launches a run from the palette, which writes a run file and starts it', async () => {
    await window.command('Winning Sign: New Run');
    await window.pick('A Winning Sign (AWS)');
    await window.pick('MLP');
    await window.pick('Sample');
    await window.pick('50 %');
    await until(() => runnerOf(directoryOf('aws-mlp')), { what: 'the runner' });
    const file = JSON.parse(readFileSync(path.join(workspace.folder, 'aws-mlp.sign.json'), 'utf8')) as unknown;
    assert.deepEqual(file, { method: 'aws', model: 'mlp', dataset: 'sample', rounds: 4 });
    await window.row('aws-mlp').waitFor();
    await window.status().filter({ hasText: 'aws-mlp' }).waitFor();
    // A panel that never came up has no state to be restored from later.
    await window.panel((text) => text.includes('aws') && text.includes('running'), 'that aws-mlp is running');
  });

  it('stops it from its row', async () => {
    await window.rowAction('aws-mlp', 'Stop');
    await window.row(/aws-mlp.*stopped/).waitFor();
    assert.equal(runnerOf(directoryOf('aws-mlp')), undefined);
    await window.status().waitFor({ state: 'hidden' });
  });

  it('runs a file and sees its rounds appear below it', async () => {
    await window.openFile('quick.sign.json');
    await window.command('Winning Sign: Run This File');
    await window.row('quick').waitFor();
    await window.unfold('quick');
    for (const round of [0, 1, 2, 3]) await window.row(`round ${round}`).waitFor();
    await window.row(/quick.*48.8 % pruned/).waitFor();
  });

  it('reads in the panel the accuracies that are in events.jsonl', async () => {
    const rounds = eventsOfType(directoryOf('quick'), 'round');
    assert.equal(rounds.length, 4);
    const shown = rounds.map(({ test }) => `${significant(test.accuracy)} %`);
    await window.panel((text) => shown.every((accuracy) => text.includes(accuracy)), shown.join(', '));
  });

  it('opens a checkpoint and sees what its layers keep', async () => {
    await window.unfold('round 3');
    await window.row('round-03.safetensors').click();
    const { layers } = eventsOfType(directoryOf('quick'), 'round')[3]!;
    const shown = layers.map(({ kept, count }) => percent(kept / count));
    await window.panel((text) => shown.every((share) => text.includes(share)), shown.join(', '));
  });

  it('sees how many signs flipped since the initialization', async () => {
    await window.command('Winning Sign: Show Sign Flips');
    await window.pick('quick');
    const { layers } = eventsOfType(directoryOf('quick'), 'round')[3]!;
    const [kept, flipped] = [sum(layers.map((layer) => layer.kept)), sum(layers.map((layer) => layer.flippedFromInit))];
    const finding = `${percent(1 - flipped / kept)} of signs at round 3`;
    await window.panel((text) => text.includes(finding), finding);
  });

  it('compares two rounds selected in the tree', async () => {
    await window.row('round 1').click();
    await window.row('round 3').click({ modifiers: ['Control'] });
    await window.menu(window.row('round 3'), 'Compare Checkpoints');
    await window.tab('quick/round-01 ↔ quick/round-03').waitFor();
    await window.panel(
      (text) => text.includes('only A') && text.includes('flipped'),
      'what only A kept and what flipped',
    );
  });

  it('transfers the signed mask onto a new initialization', async () => {
    await window.row('round 3').click();
    await window.menu(window.row('round 3'), 'Transfer Signed Mask');
    await window.pick('Signed mask');
    await window.answer('Seed of the new initialization', '7');
    const directory = await until(() => madeBy(workspace, 'train'), { what: 'the run of the transfer' });
    const ended = await until(() => eventsOfType(directory, 'ended')[0], { what: 'its end' });
    assert.ok(ended.result?.kind === 'train');
    const accuracy = `${significant(ended.result.test.accuracy)} %`;
    await window.panel((text) => text.includes(accuracy), accuracy);
  });

  it('measures the barrier between two rounds', async () => {
    await window.row('round 2').click();
    await window.row('round 3').click({ modifiers: ['Control'] });
    await window.menu(window.row('round 3'), 'Measure Connectivity');
    await window.answer('Points along the interpolation', '5');
    const directory = await until(() => madeBy(workspace, 'connectivity'), { what: 'the run of the measurement' });
    const ended = await until(() => eventsOfType(directory, 'ended')[0], { what: 'its end' });
    assert.ok(ended.result?.kind === 'connectivity');
    const barrier = significant(Math.abs(ended.result.barrier.value));
    await window.panel((text) => text.includes(barrier), `a barrier of ${barrier}`);
  });

  it('finds run, tree and panel again after the window is reloaded', async () => {
    await window.command('Winning Sign: Resume');
    await until(() => runnerOf(directoryOf('aws-mlp')), { what: 'the runner' });
    const runner = runnerOf(directoryOf('aws-mlp'));
    await window.reload();
    await window.status().filter({ hasText: 'aws-mlp' }).waitFor();
    await window.row('quick').waitFor();
    assert.equal(runnerOf(directoryOf('aws-mlp')), runner);
    // By command: a row of tabs that is too long scrolls away under the pointer.
    await window.command('View: Open First Editor in Group');
    await window.panel((text) => text.includes('aws') && text.includes('running'), 'that aws-mlp is running');
  });

  it('goes on after the engine process was killed', async () => {
    const engine = engineOf(extension)!;
    process.kill(engine, 'SIGKILL');
    await until(() => ![undefined, engine].includes(engineOf(extension)), { what: 'another engine' });
    await window.rowAction('aws-mlp', 'Stop');
    await window.row(/aws-mlp.*stopped/).waitFor();
  });

  it('is told once that a run was interrupted, and resumes it there', async () => {
    await window.command('Winning Sign: Resume');
    await window.row(/aws-mlp.*(starting|round)/).waitFor();
    process.kill(runnerOf(directoryOf('aws-mlp'))!, 'SIGKILL');
    await window.row(/aws-mlp.*interrupted/).waitFor();
    const notice = await window.notified('aws-mlp was interrupted');
    assert.equal(await notice.count(), 1);
    await notice.getByText('Resume', { exact: true }).click();
    await window.row(/aws-mlp.*(starting|round)/).waitFor();
    await window.rowAction('aws-mlp', 'Stop');
    await window.row(/aws-mlp.*stopped/).waitFor();
  });

  it('gets one clear sentence for a misspelt field, and no run', async () => {
    await window.openFile('misspelt.sign.json');
    await window.command('Winning Sign: Run This File');
    await window.notified(/misspelt\.sign\.json.*pruningFractoin/);
    assert.equal(existsSync(directoryOf('misspelt')), false);
  });

  it('is told what installing TensorFlow would download, says no, and nothing is there', async () => {
    await window.command('Winning Sign: Install TensorFlow…');
    await window.pick('CPU');
    const dialog = window.page.locator('.monaco-dialog-box');
    await dialog.filter({ hasText: 'tensorflow-cpu 2.21.0' }).waitFor();
    assert.match(await dialog.innerText(), /node-api-headers 1\.9\.0 \(17 kB, npm\)/);
    assert.ok((await dialog.innerText()).includes(path.join(installers, 'home')));
    await dialog.getByText('Cancel').click();
    await dialog.waitFor({ state: 'detached' });
    assert.equal(existsSync(path.join(installers, 'home')), false);
  });

  it('sees in the log what the doctor found', async function () {
    if (!installHost().keepsLogs) this.skip(); // nothing on this machine could compile what writes them
    await window.command('Winning Sign: Doctor');
    await window.page
      .locator('.view-lines')
      .filter({ hasText: /checks\spass/ })
      .waitFor();
  });
});

/** The run of a kind that was made last. */
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
