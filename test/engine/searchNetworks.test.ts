/** Tests searches with a mobile network and a transformer from end to end, on images of the included sample. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Comparison, Inspection, RunResult, RunSummary } from '../../engine/protocol';
import { temporaryFolder } from '../fixtures';
import { callJson } from './reusedProcess';

const OPTIONS = {
  method: 'aws',
  dataset: { format: 'idx', path: path.resolve('engine/datasets/sample'), limit: { train: 240, test: 64 } },
  rounds: 2,
  warmupEpochs: 1,
  epochsPerRound: 1,
  finalEpochs: 2,
  batchSize: 16,
  seed: 1,
  backend: 'wasm',
};

const NETWORKS = {
  MobileNetV2: { model: { model: 'mobilenetv2', options: { width: 0.25, blocks: [1, 1, 1, 1, 1, 1, 1] } } },
  'a ViT': {
    model: { model: 'vit', options: { patchSize: 7, dim: 48, depth: 2, heads: 3, dropout: 0.1, dropConnect: 0.1 } },
    optimizer: 'adam',
    learningRate: 0.002,
  },
};

/** Cross-entropy of guessing one of ten classes. */
const GUESSING = Math.log(10);

describe('a search on the sample', function () {
  this.timeout(300_000);
  const inFolder = temporaryFolder();

  for (const [name, options] of Object.entries(NETWORKS))
    it(`finds and trains a ticket with ${name}`, async () => {
      writeFileSync(inFolder('run.sign.json'), JSON.stringify({ learningRate: 0.05, ...OPTIONS, ...options }));
      const search = await callJson<RunSummary>('run', inFolder('run.sign.json'));
      assert.deepEqual(
        search.rounds.map(({ sparsity }) => sparsity.prunable.toFixed(2)),
        ['0.00', '0.20', '0.36'],
      );
      assert.ok(search.rounds.every(({ gradientNorm }) => gradientNorm! > 0));
      const checkpoint = path.join(search.directory, search.rounds[2]!.checkpoint);
      const ticket = await callJson<RunSummary>('transfer', checkpoint, '--seed', '2');
      const { test, train, checkpoint: final } = ticket.result as Extract<RunResult, { kind: 'train' }>;
      assert.ok(train.loss < GUESSING - 0.3 && Number.isFinite(test.loss), `train ${train.loss}, test ${test.loss}`);
      const file = path.join(ticket.directory, final);
      const { layers } = await callJson<Inspection>('inspect', file);
      const kept = layers.reduce((sum, layer) => sum + layer.kept, 0);
      const count = layers.reduce((sum, layer) => sum + layer.count, 0);
      assert.equal((1 - kept / count).toFixed(2), '0.36');
      const { total } = await callJson<Comparison>('compare', checkpoint, file);
      assert.deepEqual([total.onlyA, total.onlyB], [0, 0]);
    });
});
