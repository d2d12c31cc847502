import assert from 'node:assert/strict';
import { significant } from '../../../engine/vocabulary/numbers';
import { addFinishedRun } from '../finishedRun';
import { driveWindow } from '../window';
import { eventsOfType, until } from '../workspace';

/** Tests the installed package in a VS Code without access to the sources. */
describe('The installed package', () => {
  const driven = driveWindow(() => ({ vsix: process.env['WINNING_SIGN_VSIX']! }));

  it('runs a run file on the included sample', async () => {
    const { window, directoryOf } = driven;
    await window.openFile('quick.sign.json');
    await window.command('Winning Sign: Run This File');
    await window.row(/quick.*51 % kept/).waitFor({ timeout: 100_000 });
    const [started] = eventsOfType(directoryOf('quick'), 'started');
    assert.equal(started!.backend.name, 'wasm');
  });

  it('shows a run and one of its checkpoints', async () => {
    const { window, workspace } = driven;
    const rounds = eventsOfType(addFinishedRun(workspace, 'finished'), 'round');
    await window.row('finished').click();
    const shown = rounds.map(({ test }) => `${significant(test.accuracy)} %`);
    await window.panel((text) => shown.every((accuracy) => text.includes(accuracy)), shown.join(', '));
    await window.unfold('finished');
    await window.row('round 3').click();
    await window.panel((text) => text.includes('fc1') && text.includes('pruned'), 'the layers of the checkpoint');
  });

  it('shows a notification about an error in a run file', async () => {
    const { window } = driven;
    await window.openFile('misspelt.sign.json');
    await window.command('Winning Sign: Run This File');
    const toast = window.page.locator('.notification-toast', { hasText: 'pruningFractoin' });
    await toast.waitFor();
    assert.match(await toast.innerText(), /misspelt\.sign\.json/);
  });

  it('resumes after a stop', async () => {
    const { window, directoryOf } = driven;
    await window.openFile('long.sign.json');
    await window.command('Winning Sign: Run This File');
    const directory = directoryOf('long');
    await until(() => eventsOfType(directory, 'epoch').length > 0, { what: 'the first epoch' });
    await window.rowAction('long', 'Stop');
    await window.row(/long.*stopped/).waitFor();
    await window.rowAction('long', 'Resume');
    await until(() => eventsOfType(directory, 'resumed').length > 0, { what: 'the resumed run' });
    await window.rowAction('long', 'Stop');
    await window.row(/long.*stopped/).waitFor();
  });
});
