/** Tests that what a run records of its rounds is printed. */
import assert from 'node:assert/strict';
import type { EpochResult, RoundResult } from '../../../engine/protocol';
import { temporaryFolder } from '../../fixtures';
import { call, callJson } from '../reusedProcess';
import { cliJson, writeData, writeRunFile } from '../process';

describe('the record of a round', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();

  beforeEach(async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('aws.sign.json'), { rounds: 1, warmupEpochs: 4, epochsPerRound: 4, learningRate: 1 });
  });

  it('has layers, ψ, the norm of the gradient and the speed', async () => {
    const run = await cliJson<{ directory: string }>('run', inFolder('aws.sign.json'));
    interface Shown {
      rounds: RoundResult[];
      epochs: EpochResult[];
    }
    const { rounds, epochs } = await callJson<Shown>('show', run.directory);
    assert.equal(rounds.length, 2);
    for (const { layers, normalization, gradientNorm, imagesPerSecond, round } of rounds) {
      assert.ok(layers.some(({ crossedZero }) => crossedZero! > 0));
      for (const { kept, crossedZero, flippedFromPrevious } of layers)
        assert.ok(crossedZero! <= kept && crossedZero! >= flippedFromPrevious);
      assert.ok(normalization!.length > 0);
      assert.ok(normalization!.every(({ distance, scale }) => distance > 0 && scale!.min < scale!.max));
      assert.equal(gradientNorm, epochs.findLast((epoch) => epoch.round === round)!.gradientNorm);
      assert.ok(gradientNorm! > 0 && imagesPerSecond! > 0);
    }
    const shown = await call('show', run.directory, '--round', '1');
    assert.match(shown.stdout, /^round +sparsity .* crossed zero +gradient norm +images\/s +checkpoint$/m);
    const { name, count, kept, positive, crossedZero } = rounds[1]!.layers[0]!;
    assert.match(shown.stdout, new RegExp(`^${name} +${count} +${kept} +${positive} .* ${crossedZero}$`, 'm'));
    assert.match(shown.stdout, /^normalization +scale: mean +s\.d\. +min +max +scales < 0 +shift: mean/m);
    const { code, stderr } = await call('show', run.directory, '--round', '7');
    assert.equal(code, 2);
    assert.match(stderr, /--round is 7, but there is no such round\. Finished rounds: 0, 1\./);
  });
});
