import assert from 'node:assert/strict';
import path from 'node:path';
import { significant } from '../../../engine/vocabulary/numbers';
import { openSession, type Session } from '../host/session';
import { Workbench } from '../host/workbench';
import { eventsOfType, makeWorkspace, until, type Workspace } from '../workspace';

/** What a person gets who installs the package in a VS Code that knows nothing of the sources. */
describe('The installed package', function () {
  this.bail(true);
  let workspace: Workspace;
  let session: Session;
  let window: Workbench;

  before(async () => {
    workspace = makeWorkspace();
    session = await openSession({ workspace: workspace.folder, vsix: process.env['WINNING_SIGN_VSIX']! });
    window = new Workbench(session.page);
    await window.ready();
    await window.openRunsView();
  });

  after(async () => {
    await session.end();
    workspace.end();
  });

  it('runs a file on the sample it brings along', async () => {
    await window.openFile('quick.sign.json');
    await window.command('Winning Sign: Run This File');
    await window.row(/quick.*48.8 % pruned/).waitFor({ timeout: 100_000 });
    const [started] = eventsOfType(path.join(workspace.runs, 'quick'), 'started');
    assert.equal(started!.backend.name, 'wasm');
  });

  it('shows the run and a checkpoint of it', async () => {
    const rounds = eventsOfType(path.join(workspace.runs, 'quick'), 'round');
    const shown = rounds.map(({ test }) => `${significant(test.accuracy)} %`);
    await window.panel((text) => shown.every((accuracy) => text.includes(accuracy)), shown.join(', '));
    await window.unfold('quick');
    await window.unfold('round 3');
    await window.row('round-03.safetensors').click();
    await window.panel((text) => text.includes('fc1') && text.includes('pruned'), 'the layers of the checkpoint');
  });

  it('says in a notification what is wrong with a run file', async () => {
    await window.openFile('misspelt.sign.json');
    await window.command('Winning Sign: Run This File');
    const toast = window.page.locator('.notification-toast', { hasText: 'pruningFractoin' });
    await toast.waitFor();
    assert.match(await toast.innerText(), /misspelt\.sign\.json/);
  });

  it('resumes after a stop', async () => {
    await window.openFile('long.sign.json');
    await window.command('Winning Sign: Run This File');
    const directory = path.join(workspace.runs, 'long');
    await until(() => eventsOfType(directory, 'epoch').length > 0, { what: 'the first epoch' });
    await window.rowAction('long', 'Stop');
    await window.row(/long.*stopped/).waitFor();
    await window.rowAction('long', 'Resume');
    await until(() => eventsOfType(directory, 'resumed').length > 0, { what: 'the resumed run' });
    await window.rowAction('long', 'Stop');
    await window.row(/long.*stopped/).waitFor();
  });
});
