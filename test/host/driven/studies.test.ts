/** Tests studies as a researcher uses them, with the keyboard. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { driveWindow } from '../window';
import { runnerOf, until } from '../workspace';

/** A study of four runs. Its search takes long enough to be stopped. */
const TINY = {
  question: 'Does a signed mask suffice?',
  options: {
    ...{ model: { model: 'mlp', options: { hidden: [16] } }, dataset: 'sample', backend: 'wasm', rounds: 1 },
    ...{ pruningFraction: 0.5, warmupEpochs: 1, epochsPerRound: 100, finalEpochs: 1, batchSize: 64 },
  },
  axes: { round: 'all', variant: ['retrain', 'signed-mask'], seed: [2] },
  nodes: {
    dense: { run: 'training', over: ['seed'] },
    search: { run: 'search', set: { method: 'lrr', seed: 1 } },
    ticket: { run: 'transfer', over: ['round', 'variant', 'seed'], from: 'search#round' },
  },
  results: {
    accuracy: { of: 'ticket', measure: 'accuracy', rows: ['round'], columns: 'variant', baseline: 'dense' },
  },
};

describe('A researcher with a study', () => {
  const home = mkdtempSync(path.join(os.tmpdir(), 'winning-sign-home-'));
  const driven = driveWindow(
    () => ({ extension: process.env['WINNING_SIGN_EXTENSION']!, env: { WINNING_SIGN_HOME: home } }),
    (folder) => {
      writeFileSync(path.join(folder, 'tiny.study.json'), JSON.stringify(TINY, undefined, 2));
    },
  );
  after(() => {
    rmSync(home, { recursive: true, force: true });
  });

  /** Takes the proposed place in VS Code's dialog for a file, and returns the file. The dialog shows its proposal after a moment. */
  async function save(name: string): Promise<string> {
    const { window, workspace } = driven;
    const input = window.page.locator('.quick-input-widget input.input');
    await until(async () => (await input.inputValue()).endsWith(name), { what: `the proposal ${name}` });
    await window.page.keyboard.press('Enter');
    const file = path.join(workspace.folder, name);
    await until(() => existsSync(file), { what: name });
    return file;
  }

  it('makes a study from a template, sees what it will run, and opens its file', async () => {
    const { window, workspace } = driven;
    await window.command('Winning Sign: New Study');
    await window.typePick('New Study (1/3)', 'transfer-gap');
    await window.typePick('New Study (2/3)', 'demo');
    await window.answer('New Study (3/3)', 'gap');
    const dialog = window.dialog('Run the study gap?');
    await dialog.waitFor();
    assert.match(await dialog.innerText(), /\d+ runs with \d+ epochs, about .* on this machine/);
    assert.ok(!existsSync(path.join(workspace.runs, 'gap.study')), 'nothing has begun');
    await dialog.getByText('Open File').focus();
    await window.page.keyboard.press('Enter');
    await window.tab('gap.study.json').waitFor();
    const file = path.join(workspace.folder, 'gap.study.json');
    assert.ok('nodes' in (JSON.parse(readFileSync(file, 'utf8')) as object));
  });

  it('starts a study, watches it, stops and resumes it, also across a reload, and exports its table and figure', async () => {
    const { window, directoryOf } = driven;
    await window.openFile('tiny.study.json');
    await window.command('Winning Sign: Run Study');
    await window.dialog('Run the study tiny?').getByText('Limits…').focus();
    await window.page.keyboard.press('Enter');
    await window.answer('Processors to use', '1');
    await window.answer('Gigabytes of memory', '');
    await window.dialog('It uses 1 processor.').waitFor();
    await window.page.keyboard.press('Enter');
    await window.status('study').filter({ hasText: 'tiny' }).waitFor();
    await window.panel((text) => text.includes(TINY.question), TINY.question);
    await until(() => runnerOf(path.join(directoryOf('tiny.study'), 'search')), { what: 'the search' });
    await window.command('Winning Sign: Stop Study');
    await window.status('study').waitFor({ state: 'hidden' });
    assert.equal(runnerOf(directoryOf('tiny.study')), undefined);
    await window.command('Winning Sign: Resume Study');
    await window.status('study').filter({ hasText: 'tiny' }).waitFor();
    const executor = runnerOf(directoryOf('tiny.study'));
    await window.reload(); // ends the extension host and the server
    await window.status('study').filter({ hasText: 'tiny' }).waitFor();
    assert.equal(runnerOf(directoryOf('tiny.study')), executor, 'the study outlives the window');
    const panel = await window.panel((text) => text.includes(TINY.question), TINY.question);
    await window.notified(/tiny is done: 4 runs\./);
    await panel.getByText('retrain').first().waitFor();
    assert.equal(await window.notification(/ticket-.* is done/).count(), 0, 'only the study is announced');
    await window.command('Winning Sign: Export Table of Study');
    await window.typePick('Export Table', 'CSV');
    const table = readFileSync(await save('tiny-accuracy.csv'), 'utf8');
    assert.match(table, /^table,measure,round,column,mean/);
    assert.match(table, /accuracy,accuracy,1,signed-mask,\d/);
    await window.command('Winning Sign: Export Figure of Study');
    assert.match(readFileSync(await save('tiny-accuracy.svg'), 'utf8'), /<svg .*Does a signed mask suffice\?/s);
  });

  it('sees the mistakes of a study file while typing', async () => {
    const { window, workspace } = driven;
    writeFileSync(
      path.join(workspace.folder, 'wrong.study.json'),
      JSON.stringify(
        { ...TINY, results: { accuracy: { of: 'tickets', measure: 'accuracy', rows: [] } } },
        undefined,
        2,
      ),
    );
    await window.openFile('wrong.study.json');
    await window.command('Problems: Focus on Problems View');
    await window.page.getByText('there is no node "tickets"').first().waitFor();
  });
});
