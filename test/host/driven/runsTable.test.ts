import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { addFinishedRun } from '../finishedRun';
import { driveWindow } from '../window';
import { eventsOf, until, type Workspace } from '../workspace';

const MOST_KEYS = 60;

/** Adds a finished run whose last round has this accuracy. */
function addRun(workspace: Workspace, name: string, accuracy: number): string {
  const directory = addFinishedRun(workspace, name);
  const events = eventsOf(directory);
  const last = events.findLast((event) => event.type === 'round')!;
  for (const measured of [last.test, last.reestimated]) if (measured) measured.accuracy = accuracy;
  writeFileSync(path.join(directory, 'events.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  return directory;
}

/** Tests what a researcher does in the table of runs, with keys alone. */
describe('A researcher in the table of runs', () => {
  const extension = process.env['WINNING_SIGN_EXTENSION']!;
  const driven = driveWindow(() => ({ extension }));

  const names = (frame: Frame) => frame.locator('.runs-table tbody .run-name').allTextContents();
  const press = (key: string) => driven.window.page.keyboard.press(key);

  /** Presses a key until the element with the focus has this selector. */
  async function reach(frame: Frame, key: string, selector: string): Promise<void> {
    for (let step = 0; step < MOST_KEYS; step++) {
      if ((await frame.locator(`${selector}:focus`).count()) > 0) return;
      await press(key);
    }
    throw new Error(`${key} does not reach ${selector}.`);
  }

  /** Waits until the table has these runs in this order. */
  async function shows(frame: Frame, wanted: string[]): Promise<void> {
    let found: string[] = [];
    const deadline = Date.now() + 30_000;
    while (found.join() !== wanted.join()) {
      assert.ok(Date.now() < deadline, `the table shows ${found.join(', ')}, not ${wanted.join(', ')}`);
      found = await names(frame);
    }
  }

  it('sorts, filters, stars and compares runs by keyboard only', async () => {
    const { window, workspace } = driven;
    const best = addRun(workspace, 'beta', 80);
    addRun(workspace, 'alpha', 70);
    addRun(workspace, 'gamma', 60);
    for (const run of ['alpha', 'beta', 'gamma']) await window.row(run).waitFor();
    await window.command('Winning Sign: Open Runs Table');
    await window.tab('Runs').waitFor();
    const frame = await window.panel((text) => text.includes('3 runs') && text.includes('gamma'), 'three runs');
    await shows(frame, ['alpha', 'beta', 'gamma']);

    await reach(frame, 'Tab', '.runs-table tbody tr');
    await reach(frame, 'Shift+Tab', '.runs-table .sort');
    await reach(frame, 'ArrowRight', 'th[data-id="accuracy"] .sort');
    await press('Enter');
    await shows(frame, ['beta', 'alpha', 'gamma']);

    await press('/');
    await reach(frame, '/', 'input[type="search"]');
    await window.page.keyboard.type('accuracy>65');
    await shows(frame, ['beta', 'alpha']);
    await window.panel((text) => text.includes('2 of 3 runs'), '2 of 3 runs');

    await reach(frame, 'Tab', '.runs-table tbody tr');
    await press('Home');
    await press('s');
    const notes = path.join(best, 'notes.json');
    await until(() => existsSync(notes), { what: 'the star' });
    assert.deepEqual(JSON.parse(readFileSync(notes, 'utf8')), { version: 1, star: true });
    await frame.locator('.runs-table tr[data-key$="beta"] td.starred').waitFor();

    await press('Space');
    await press('ArrowDown');
    await press('Space');
    await frame.locator('.selected-count', { hasText: '2 runs selected' }).waitFor();
    await press('c');
    await window.tab('beta/round-03 ↔ alpha/round-03').waitFor();
  });
});
