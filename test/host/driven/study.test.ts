import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { percent } from '../../../engine/vocabulary/numbers';
import { addFinishedRun } from '../finishedRun';
import { driveWindow } from '../window';
import { eventsOfType, type Workspace } from '../workspace';

const CLI = path.resolve(__dirname, '../../../../dist/engine/cli.js');

/** Puts a study with a search and two seeds of a transfer into the workspace. Returns the directories of the transfers. */
function addStudy({ folder, runs }: Workspace): string[] {
  const study = path.join(runs, 'gap.study');
  const search = addFinishedRun({ runs: study }, 'search-aws');
  const ticket = path.join(search, eventsOfType(search, 'round')[3]!.checkpoint);
  return [2, 3].map((seed) => {
    const directory = path.join(study, `ticket-seed${seed}`);
    const args = ['transfer', ticket, '--variant', 'signed-mask', '--seed', String(seed), '--dir', directory];
    const env = { ...process.env, WINNING_SIGN_HOME: path.join(folder, 'home') };
    execFileSync(process.execPath, [CLI, ...args], { stdio: 'pipe', env });
    return directory;
  });
}

/** Tests the tree as somebody who uses only the keyboard. */
describe('A researcher without a mouse', () => {
  const driven = driveWindow(() => ({ extension: process.env['WINNING_SIGN_EXTENSION']! }));

  it('unfolds a study down to its seeds, compares two of them, and does not delete them by mistake', async () => {
    const { window, workspace } = driven;
    const tickets = addStudy(workspace);
    await window.row('gap').waitFor();
    await window.row(/^\s*gap\s*3\/3/).waitFor();
    await window.command('Focus on Runs View');
    await window.page.keyboard.press('Home');
    await window.focusRows('gap', 'aws', 'round 3', 'signed mask', 'seed 2');
    const [first] = tickets as [string];
    const { accuracy } = eventsOfType(first, 'round')[0]!.test;
    assert.ok((await window.row('seed 2').innerText()).includes(percent(accuracy / 100)));
    await window.page.keyboard.press('Control+Shift+Enter'); // adds the row to the selection
    await window.page.keyboard.press('Shift+ArrowDown');
    await window.page.locator('.pane-body .monaco-list-row.selected', { hasText: 'seed 3' }).waitFor();

    await window.page.keyboard.press('Delete');
    const dialog = window.page.locator('.monaco-dialog-box');
    await dialog.filter({ hasText: 'Delete 2 runs?' }).waitFor();
    await window.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    assert.ok(tickets.every((ticket) => existsSync(ticket)));

    await window.until(window.tab('ticket-seed2/final ↔ ticket-seed3/final'), async () => {
      await window.command('Focus on Runs View');
      await window.keyMenu('Compare Signed Masks');
    });
  });
});
