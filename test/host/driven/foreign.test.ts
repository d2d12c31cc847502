import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { inspect } from '../../../engine/inspection/inspect';
import { percent } from '../../../engine/vocabulary/numbers';
import { npyArray, npz } from '../../engine/npy';
import { driveWindow } from '../window';

/** Tests what a researcher does with the files of other tools, with keys alone. */
describe('A researcher with checkpoints of other tools', () => {
  const extension = process.env['WINNING_SIGN_EXTENSION']!;
  const official = path.join(extension, 'test/fixtures/pytorch/official_aws.pth.tar');
  const arrays = path.join(extension, 'test/fixtures/numpy/masks.npz');
  const twoStates = path.join(extension, 'test/fixtures/pytorch/parameters_dataparallel.pt');
  /** A network of two layers. The name of the first one is chosen. */
  const network = (first: string) =>
    npz({
      [`${first}.weight`]: npyArray('<f4', [2, 4], Float32Array.of(1, 0, -2, 3, 0, 1, 0, -1)),
      'fc.weight': npyArray('<f4', [2, 2], Float32Array.of(1, 0, -2, 3)),
    });
  const driven = driveWindow(
    () => ({ extension }),
    (folder) => {
      for (const name of ['ema-a.pt', 'ema-b.pt']) copyFileSync(twoStates, path.join(folder, name));
      writeFileSync(path.join(folder, 'names-a.npz'), network('conv'));
      writeFileSync(path.join(folder, 'names-b.npz'), network('stem'));
      for (const name of ['ticket-a.pth.tar', 'ticket-b.pth.tar', 'ticket-c.pth.tar'])
        copyFileSync(official, path.join(folder, name));
      mkdirSync(path.join(folder, 'tickets'));
      for (const iteration of [0, 10, 2])
        copyFileSync(official, path.join(folder, 'tickets', `checkpoint_iter${iteration}.pth.tar`));
      copyFileSync(arrays, path.join(folder, 'masks.npz'));
    },
  );

  it('opens a .pth.tar from the explorer and sees what its layers keep', async () => {
    const { window } = driven;
    await window.until(window.tab('ticket-a.pth.tar'), async () => {
      await window.focusInExplorer('ticket-a.pth.tar');
      await window.page.keyboard.press('Enter');
    });
    const { layers } = await inspect(official);
    const shown = layers.slice(0, 3).map(({ kept, count }) => percent(kept / count));
    await window.panel((text) => shown.every((share) => text.includes(share)), shown.join(', '));
  });

  it('inspects a file that VS Code does not open by itself', async () => {
    const { window } = driven;
    await window.until(window.tab('masks.npz'), async () => {
      await window.focusInExplorer('masks.npz');
      await window.keyMenu('Inspect Masks and Signs');
    });
    await window.panel((text) => text.includes('masks.npz') || text.includes('kept'), 'what is in masks.npz');
  });

  /** Selects files of the explorer, from the first one down, and compares them in the editor with this title. */
  async function compare(first: string, count: number, title: string | RegExp): Promise<void> {
    const { window } = driven;
    await window.until(window.tab(title), async () => {
      await window.focusInExplorer(first);
      await window.page.keyboard.press('Space'); // selects and opens the file; the focus stays in the explorer
      await window.tab(first).first().waitFor();
      await window.page.locator('.explorer-folders-view .monaco-list-row.selected', { hasText: first }).waitFor();
      for (let further = 1; further < count; further++) await window.page.keyboard.press('Shift+ArrowDown');
      await window.keyMenu('Compare Signed Masks');
    });
  }

  it('compares two files selected in the explorer', async () => {
    const { window } = driven;
    await compare('ticket-a.pth.tar', 2, /ticket-a.* ↔ .*ticket-b/);
    await window.panel((text) => text.includes('only A') && text.includes('flipped'), 'what only A kept');
  });

  async function openSeries(): Promise<void> {
    const { window } = driven;
    await window.until(window.tab('Series: tickets'), async () => {
      await window.focusInExplorer('tickets');
      await window.keyMenu('Open as Series');
    });
  }

  it('opens a folder as a series', async () => {
    const { window } = driven;
    await openSeries();
    await window.panel(
      (text) => text.includes('From checkpoint_iter0.pth.tar to checkpoint_iter10.pth.tar, the kept share'),
      'the finding',
    );
  });

  it('compares three files as a matrix, and opens a pair of it', async () => {
    const { window } = driven;
    await compare('ticket-a.pth.tar', 3, 'Compare 3 checkpoints');
    const panel = await window.panel((text) => text.includes('Most overlap'), 'which masks overlap most');
    await window.until(window.tab(/ticket-a.* ↔ .*ticket-b/), () => panel.locator('.figure-body').press('Enter'));
  });

  it('chooses the state dict of B, which stays after a reload', async () => {
    const { window } = driven;
    await compare('ema-a.pt', 2, /ema-a.* ↔ .*ema-b/);
    const compared = (text: string) => text.includes('State dict of B') && text.includes('Masks: IoU');
    const list = (panel: Frame) => panel.getByLabel('State dict of B');
    const panel = await window.panel(compared, 'the state dicts');
    await list(panel).press('ArrowDown');
    await panel.locator('select[data-side="b"] > option[value="ema"]:checked').waitFor({ state: 'attached' });
    await window.panel(compared, 'the comparison with ema');
    await window.reload();
    const restored = await window.panel(compared, 'the restored comparison');
    await restored.locator('select[data-side="b"] > option[value="ema"]:checked').waitFor({ state: 'attached' });
  });

  it('matches layers by hand, which stay matched after a reload until the match is removed', async () => {
    const { window } = driven;
    await compare('names-a.npz', 2, /names-a.* ↔ .*names-b/);
    const panel = await window.panel((text) => text.includes('Match layers by hand: 1 layer of A'), 'the odd layers');
    await panel.locator('.matching > summary').press('Enter');
    await panel.getByRole('button', { name: 'Match', exact: true }).press('Enter');
    const matched = (text: string) => text.includes('1 layer is matched by hand.');
    await window.panel(matched, 'that a layer is matched by hand');
    await window.reload();
    const restored = await window.panel(matched, 'that the layer is still matched');
    await restored.getByRole('button', { name: 'Remove the match conv = stem' }).press('Enter');
    await window.panel((text) => text.includes('1 layer of A and 1 of B have no partner'), 'the odd layers again');
  });

  it('finds an opened series in the tree, also after a reload, and removes it', async () => {
    const { window } = driven;
    await openSeries();
    await window.openRunsView();
    await window.unfold('tickets');
    await window.row('checkpoint_iter10.pth.tar').waitFor();
    await window.reload();
    await window.openRunsView();
    await window.menu(window.row('tickets'), 'Remove Series from List');
    await window.row('tickets').waitFor({ state: 'detached' });
  });
});
