import assert from 'node:assert/strict';
import type { ListedRun } from '../../engine/protocol';
import { idOf, rowsOf, rowsOfRound, type RunNode } from '../../extension/runNodes';
import { summary } from './summaries';

const round = (number: number) => ({
  round: number,
  sparsity: { prunable: 0, all: 0 },
  test: { loss: 1, accuracy: 50 },
  checkpoint: `/runs/a/checkpoints/round-0${number}.safetensors`,
});
const file = '/runs/a/checkpoints/round-01.safetensors';
const labels = (nodes: RunNode[]) =>
  nodes.map((node) => (node.kind === 'round' ? `round ${node.round}` : 'label' in node ? node.label : node.directory));

describe('Rows of the tree', () => {
  const run: ListedRun = {
    ...summary,
    initialization: '/runs/a/checkpoints/init.safetensors',
    rounds: [round(0), round(1)],
  };

  it('are the initialization and the rounds, in order', () => {
    assert.deepEqual(labels(rowsOf(run)), ['initialization', 'round 0', 'round 1']);
  });

  it('include a final checkpoint only if no round has the same file', () => {
    const sparsity = { prunable: 0.2, all: 0.2 };
    const search: ListedRun = { ...run, result: { kind: 'search', sparsity, checkpoint: round(1).checkpoint } };
    assert.deepEqual(labels(rowsOf(search)), ['initialization', 'round 0', 'round 1']);
    const measured = { loss: 1, accuracy: 50 };
    const checkpoint = '/runs/a/checkpoints/final.safetensors';
    const train: ListedRun = {
      ...run,
      rounds: [],
      result: { kind: 'train', sparsity, test: measured, train: measured, checkpoint },
    };
    assert.deepEqual(labels(rowsOf(train)), ['initialization', 'final']);
  });

  it('show below a round its checkpoint and the runs made from it, even if the project was moved', () => {
    const source = (at: string, run?: string) => ({ file: at, sha256: '', label: '', ...(run && { run }) });
    const transfer: ListedRun = { ...summary, directory: '/runs/b', kind: 'train', sources: [source(file, '/runs/a')] };
    const sources = [source('/elsewhere'), source(file, '/runs/a')];
    const curve: ListedRun = { ...summary, directory: '/runs/c', kind: 'connectivity', sources };
    const other: ListedRun = { ...summary, directory: '/runs/d' };
    const sameFormerPath: ListedRun = { ...summary, directory: '/runs/e', kind: 'train', sources: [source(file)] };
    assert.deepEqual(labels(rowsOfRound(file, '/runs/a', [run, transfer, curve, other, sameFormerPath])), [
      'round-01.safetensors',
      '/runs/b',
      '/runs/c',
    ]);
  });

  it('have different ids', () => {
    const rows = [...rowsOf(run), ...rowsOfRound(file, '/runs/a', []), { kind: 'run', directory: '/runs/a' } as const];
    assert.equal(new Set(rows.map(idOf)).size, rows.length);
  });
});
