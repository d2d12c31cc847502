import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { inspect } from '../../../engine/inspection/inspect';
import { percent } from '../../../engine/vocabulary/numbers';
import { driveWindow } from '../window';

/** Tests what a researcher does with the files of other tools, with keys alone. */
describe('A researcher with checkpoints of other tools', () => {
  const extension = process.env['WINNING_SIGN_EXTENSION']!;
  const official = path.join(extension, 'test/fixtures/pytorch/official_aws.pth.tar');
  const arrays = path.join(extension, 'test/fixtures/numpy/masks.npz');
  const driven = driveWindow(
    () => ({ extension }),
    (folder) => {
      for (const name of ['ticket-a.pth.tar', 'ticket-b.pth.tar']) copyFileSync(official, path.join(folder, name));
      mkdirSync(path.join(folder, 'tickets'));
      for (const iteration of [0, 10, 2])
        copyFileSync(official, path.join(folder, 'tickets', `checkpoint_iter${iteration}.pth.tar`));
      copyFileSync(arrays, path.join(folder, 'masks.npz'));
    },
  );

  it('opens a .pth.tar from the explorer and sees what its layers keep', async () => {
    const { window } = driven;
    await window.focusInExplorer('ticket-a.pth.tar');
    await window.page.keyboard.press('Enter');
    await window.tab('ticket-a.pth.tar').waitFor();
    const { layers } = await inspect(official);
    const shown = layers.slice(0, 3).map(({ kept, count }) => percent(kept / count));
    await window.panel((text) => shown.every((share) => text.includes(share)), shown.join(', '));
  });

  it('inspects a file that VS Code does not open by itself', async () => {
    const { window } = driven;
    await window.focusInExplorer('masks.npz');
    await window.keyMenu('Inspect Masks and Signs');
    await window.tab('masks.npz').waitFor();
    await window.panel((text) => text.includes('masks.npz') || text.includes('kept'), 'what is in masks.npz');
  });

  it('compares two files selected in the explorer', async () => {
    const { window } = driven;
    await window.focusInExplorer('ticket-a.pth.tar');
    await window.page.keyboard.press('Space'); // selects and opens the file; the focus stays in the explorer
    await window.panel((text) => text.includes('ticket-a.pth.tar'), 'ticket-a'); // the explorer has marked the opened file
    await window.page.keyboard.press('Shift+ArrowDown');
    await window.keyMenu('Compare Signed Masks');
    await window.tab(/ticket-a.* ↔ .*ticket-b/).waitFor();
    await window.panel((text) => text.includes('only A') && text.includes('flipped'), 'what only A kept');
  });

  it('opens a folder as a series', async () => {
    const { window } = driven;
    await window.focusInExplorer('tickets');
    await window.keyMenu('Open as Series');
    await window.tab('Series: tickets').waitFor();
    await window.panel(
      (text) => text.includes('From checkpoint_iter0 to checkpoint_iter10, the kept share'),
      'the finding',
    );
  });
});
