import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { ListedRun } from '../../../engine/protocol';
import { Runs } from '../../../extension/runs';
import { SeriesList } from '../../../extension/seriesList';
import type { RunNode } from '../../../extension/tree/node';
import { RunsView, type Node } from '../../../extension/tree/view';
import { search, transfer } from '../../extension/tree/listed';
import { FakeEngine, replace, restoreAll } from './fakes';

const aws = search('/runs/a');
const other = search('/runs/b');
const SETTLED_MS = 400;

describe('The view of the tree', () => {
  let runs: Runs;
  let view: RunsView;
  let engine: FakeEngine;
  let fired: (readonly string[])[];

  beforeEach(async () => {
    replace(vscode.window, 'createTreeView', () => ({ visible: true, selection: [], dispose: () => undefined }));
    engine = new FakeEngine({ 'runs/follow': () => ({ runs: [aws, other], problems: [] }) });
    runs = new Runs(engine);
    const memory = { get: <T>(_: string, otherwise?: T) => otherwise as T, update: () => Promise.resolve() };
    view = new RunsView({ runs, engine, series: new SeriesList(memory) });
    await view.getChildren();
    await settled();
    fired = [];
    view.onDidChangeTreeData((nodes) => fired.push(namesOf(nodes)));
  });

  afterEach(() => {
    view.dispose();
    runs.dispose();
    restoreAll();
  });

  const tell = (run: ListedRun) => {
    engine.tell('runs/changed', { directory: run.directory, summary: run });
  };
  const child = async (label: string, parent?: Node) => {
    const nodes = (await view.getChildren(parent)) as RunNode[];
    return nodes.find(({ row }) => row.label === label)!;
  };

  it('draws again only the rows that look different', async () => {
    tell({ ...aws });
    await settled();
    assert.deepEqual(fired, []);
    tell({ ...aws, status: 'stopped' });
    await settled();
    assert.deepEqual(fired, [['a']]);
  });

  it('draws everything again if there is another run, and only the round that a run was made from', async () => {
    tell(search('/runs/c'));
    await settled();
    assert.deepEqual(fired, [[]]);
    const run = await child('a');
    const round = await child('round 3', run);
    await view.getChildren(round);
    fired.length = 0;
    tell(transfer('/runs/t', { of: aws, variant: 'retrain', seed: 2, accuracy: 86 }));
    await settled();
    assert.deepEqual(fired, [['round 3']]);
    assert.equal((await child('round 3', await child('a'))) === round, true, 'a row keeps its object');
  });

  it('draws progress at most every two seconds, only where it shows, and at once with another change', async function () {
    this.timeout(30_000);
    const run = { ...aws, status: 'running' as const };
    const progress = (round: number) => {
      tell({ ...run, progress: { rounds: 99, round, epoch: 1, epochs: 9, step: 1, steps: 9, secondsLeft: 9 } });
    };
    progress(0);
    await settled();
    fired.length = 0;
    const began = Date.now();
    for (let round = 1; Date.now() - began < 4_500; round++) {
      progress(round);
      await settled();
    }
    assert.ok(fired.length >= 2 && fired.length <= 3, `${fired.length} updates in 4.5 s`);
    assert.ok(
      fired.every((names) => names.join() === 'a'),
      'never the whole tree',
    );
    await new Promise((resolve) => setTimeout(resolve, 2_000)); // the last update has been drawn
    fired.length = 0;
    progress(90);
    tell({ ...other, status: 'stopped' });
    await settled();
    assert.deepEqual(fired, [['b', 'a']]);
  });

  it('collects many changes into few updates', async () => {
    for (let epoch = 0; epoch < 100; epoch++) tell({ ...aws, status: epoch % 2 ? 'running' : 'stopped' });
    await settled();
    assert.equal(fired.length, 1);
  });

  it('passes the directory of a run and its final checkpoint to commands', async () => {
    const run = await child('a');
    assert.deepEqual([run.directory, run.directories, run.file], ['/runs/a', ['/runs/a'], aws.rounds[3]!.checkpoint]);
    const round = await child('round 1', run);
    assert.deepEqual([round.directory, round.directories, round.files], [undefined, [], [aws.rounds[1]!.checkpoint]]);
    assert.equal(view.getParent(round), run);
  });
});

function namesOf(nodes: Node | Node[] | undefined): string[] {
  return (nodes === undefined ? [] : [nodes].flat()).map((node) => ('row' in node ? node.row.label : node.kind));
}

function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
}
