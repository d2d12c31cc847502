import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ListedRun } from '../../../engine/protocol';
import { checkpointItem, derivedItem, roundItem, runItem, unreadableItem } from '../../../extension/runItems';
import { summary } from '../../extension/summaries';

const CHECKPOINT = '/runs/a/checkpoints/round-03.safetensors';
const round = {
  round: 3,
  sparsity: { prunable: 0.936, all: 0.903 },
  test: { loss: 1.65, accuracy: 43.95 },
  checkpoint: CHECKPOINT,
};
const node = { kind: 'round', directory: '/runs/a', round: 3, file: CHECKPOINT } as const;
const shown = { color: new vscode.ThemeColor('charts.blue') };

function tooltipOf({ tooltip }: vscode.TreeItem): string {
  return (tooltip instanceof vscode.MarkdownString ? tooltip.value : String(tooltip)).replaceAll('&nbsp;', ' ');
}

describe('Rows of the tree', () => {
  const search: ListedRun = { ...summary, status: 'done', rounds: [round] };

  it('show the re-estimated accuracy of a round, and both measures in the tooltip', () => {
    const run = { ...search, rounds: [{ ...round, reestimated: { loss: 0.436, accuracy: 85.1 } }] };
    const item = roundItem(node, run, false);
    assert.equal(item.description, '85.1 % · 93.6 % pruned · in search, re-estimated');
    const lines = tooltipOf(item).split('\n\n');
    assert.deepEqual(lines.slice(2), [
      'Test accuracy during the search, re-estimated: 85.1 %, loss 0.436.',
      'Test accuracy during the search, as the official code measures it: 44.0 %, loss 1.65. Batch-norm statistics were collected at random α, so this accuracy is too low.',
    ]);
  });

  it('show the official accuracy of a round of an older run, and say if it is too low', () => {
    const item = roundItem(node, search, false);
    assert.equal(item.description, '44.0 % · 93.6 % pruned · in search, official');
    assert.match(tooltipOf(item), /official code measures it: 44\.0 %.*If the network has batch norm.*too low/);
    const other = roundItem(node, { ...search, method: 'imp' }, false);
    assert.equal(other.description, '44.0 % · 93.6 % pruned · in search');
    assert.ok(!tooltipOf(other).includes('too low'));
  });

  it('show the status, the actions and the problem of a run', () => {
    const running = runItem({ ...search, status: 'running' }, shown);
    assert.equal(running.contextValue, 'run.search.stop');
    assert.equal(runItem({ ...search, status: 'stopped' }, shown).contextValue, 'run.search.resume');
    const broken = runItem(search, { ...shown, problem: 'The log is a folder.' });
    assert.equal((broken.iconPath as vscode.ThemeIcon).id, 'warning');
    assert.match(tooltipOf(broken), /The log is a folder/);
    assert.match(broken.accessibilityInformation!.label, /The log is a folder/);
  });

  it('do not interpret names from files as Markdown', () => {
    const hostile = '![x](https://example.com/x.png)';
    const run: ListedRun = { ...search, name: hostile, message: hostile };
    for (const item of [runItem(run, shown), roundItem(node, run, false)])
      assert.ok(!tooltipOf(item).includes(hostile), tooltipOf(item));
  });

  it('show why a run cannot be read, and open checkpoints', () => {
    const unreadable = unreadableItem('/runs/bad', 'run.json is missing.');
    assert.deepEqual([unreadable.label, unreadable.contextValue], ['bad', 'unreadable']);
    assert.match(tooltipOf(unreadable), /run\.json is missing/);
    const checkpoint = checkpointItem({ kind: 'checkpoint', directory: '/runs/a', file: CHECKPOINT, label: 'final' });
    assert.deepEqual(checkpoint.command?.arguments, [CHECKPOINT]);
    const derived = derivedItem({ kind: 'derived', directory: '/runs/a', from: CHECKPOINT }, search, shown);
    assert.equal(derived.collapsibleState, vscode.TreeItemCollapsibleState.None);
  });
});
