import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ListedRun } from '../../../engine/protocol';
import { RunTree } from '../../../extension/tree/grow';
import { itemOf } from '../../../extension/tree/items';
import type { Row } from '../../../extension/tree/rows';
import { tooltipOf } from '../../../extension/tree/tooltips';
import { between, dense, search, transfer } from '../../extension/tree/listed';

const aws = search('/runs/a');

function rowsOf(...runs: ListedRun[]): Row[] {
  return [...new RunTree({ runs }).walk()].map(({ row }) => row);
}

function itemsOf(...runs: ListedRun[]): Map<string, vscode.TreeItem> {
  return new Map(rowsOf(...runs).map((row) => [row.label, itemOf(row)]));
}

function iconOf({ iconPath }: vscode.TreeItem): [string, string | undefined] {
  const { id, color } = iconPath as vscode.ThemeIcon;
  return [id, color?.id];
}

function textOf(row: Row): string {
  const tooltip = tooltipOf(row);
  return (tooltip instanceof vscode.MarkdownString ? tooltip.value : String(tooltip)).replaceAll('&nbsp;', ' ');
}

describe('Rows of the tree', () => {
  it('have the hue of the method of their search, and the mark of what was done', () => {
    const signed = transfer('/runs/b', { of: aws, variant: 'signed-mask', seed: 2, accuracy: 85 });
    const retrained = transfer('/runs/c', { of: aws, variant: 'retrain', seed: 2, accuracy: 86 });
    const curve = between('/runs/d', [retrained, signed], 0.5);
    const items = itemsOf(aws, signed, retrained, curve, dense('/runs/e', 86));
    const icons = ['a', 'round 1', 'signed mask', 'retrained – signed mask', 'e'].map((name) =>
      iconOf(items.get(name)!),
    );
    assert.deepEqual(icons, [
      ['circle-filled', 'winningSign.method.aws'],
      ['circle-outline', 'winningSign.method.aws'],
      ['debug-breakpoint-log', 'winningSign.method.aws'],
      ['arrow-both', 'winningSign.method.aws'],
      ['dash', 'winningSign.method.dense'],
    ]);
  });

  it('show the status of a run that is not done instead of its mark', () => {
    const [running] = itemsOf({ ...aws, status: 'running' }).values();
    assert.deepEqual(iconOf(running!), ['loading~spin', 'winningSign.method.aws']);
    const [failed] = itemsOf({ ...aws, status: 'failed' }).values();
    assert.deepEqual(iconOf(failed!), ['error', 'list.errorForeground']);
  });

  it('open the panel of a study, also if its file has mistakes or is missing', () => {
    const folder = '/project/.winning-sign/gap.study';
    const study = {
      file: '/project/gap.study.json',
      name: 'gap',
      folder,
      counts: {},
      executing: false,
      stopping: false,
    };
    const [whole] = new RunTree({ runs: [], studies: [study] }).top();
    assert.deepEqual(itemOf(whole!).command?.arguments, [study.file]);
    const [missing] = new RunTree({ runs: [search(`${folder}/search`)] }).top();
    assert.equal(itemOf(missing!).command?.command, 'winningSign.openStudy');
    assert.deepEqual(itemOf(missing!).command?.arguments, [{ folder }]);
  });

  it('name their actions for the menus', () => {
    const contextOf = (run: ListedRun) => itemsOf(run).get(run.name)?.contextValue;
    assert.equal(contextOf(aws), 'run.search.idle.final');
    assert.equal(contextOf({ ...aws, status: 'running' }), 'run.search.stop.final');
    assert.equal(contextOf({ ...aws, status: 'running', stopping: true }), 'run.search.final');
    assert.equal(contextOf({ ...aws, status: 'stopped' }), 'run.search.resume.idle.final');
    assert.equal(contextOf(dense('/runs/e', 86)), 'run.dense.idle.final');
    const contexts = rowsOf(aws).map((row) => itemOf(row).contextValue);
    assert.deepEqual(contexts.slice(1), ['checkpoint', 'round', 'round', 'round', 'round']);
  });

  it('say in words what only the icon shows', () => {
    const signed = [2, 3].map((seed) =>
      transfer(`/runs/${seed}`, { of: aws, variant: 'signed-mask', seed, accuracy: 85 }),
    );
    const labels = [...itemsOf(aws, ...signed).values()].map(({ accessibilityInformation }) => accessibilityInformation!.label); // prettier-ignore
    assert.deepEqual(
      [labels[0], ...labels.slice(5, 8)],
      [
        'a, search, aws, 6.4 % kept, 82.0 %',
        'round 3, 6.4 % kept, 82.0 %',
        'signed mask, aws, 85.0 ± 0.0 %, 2 seeds',
        'seed 2, signed mask, aws, 85.0 %',
      ],
    );
  });

  it('explain both measures of a round in the tooltip, and if the official one is too low', () => {
    const round = rowsOf(aws).find(({ label }) => label === 'round 3')!;
    assert.deepEqual(textOf(round).split('\n\n').slice(1), [
      'Kept: 6.40 % of the prunable weights, 6.40 % of all parameters',
      'Test accuracy during the search, re-estimated: 82.0 %, loss 1.00.',
      'Test accuracy during the search, as the official code measures it: 40.0 %, loss 1.00. Batch-norm statistics were collected at random α, so this accuracy is too low.',
    ]);
    const rounds = aws.rounds.map(({ reestimated, ...others }) => others);
    const older = rowsOf({ ...aws, rounds }).find(({ label }) => label === 'round 3')!;
    assert.equal(older.figures, '6.4 % kept · 40.0 % · official');
    assert.match(textOf(older), /If the network has batch norm.*too low/);
  });

  it('do not interpret names from files as Markdown', () => {
    const hostile = '![x](https://example.com/x.png)';
    for (const row of rowsOf({ ...aws, name: hostile, message: hostile }).filter(({ kind }) => kind !== 'checkpoint'))
      assert.ok(!textOf(row).includes(hostile), textOf(row));
  });

  it('show the problem of a run, and why a run cannot be read', () => {
    const problems = [
      { directory: '/runs/a', message: 'The log is a folder.' },
      { directory: '/runs/bad', message: 'run.json is missing.' },
    ];
    const [broken, unreadable] = new RunTree({ runs: [aws], problems }).top();
    assert.deepEqual(iconOf(itemOf(broken!))[0], 'warning');
    assert.match(textOf(broken!), /The log is a folder/);
    assert.match(itemOf(broken!).accessibilityInformation!.label, /The log is a folder/);
    assert.deepEqual([unreadable!.label, itemOf(unreadable!).contextValue], ['bad', 'unreadable']);
    assert.match(textOf(unreadable!), /run\.json is missing/);
  });

  it('open runs and checkpoints', () => {
    const items = itemsOf(aws);
    assert.deepEqual(items.get('a')?.command?.arguments, ['/runs/a']);
    assert.deepEqual(items.get('round 1')?.command?.arguments, [aws.rounds[1]!.checkpoint]);
  });
});
