/** Tests that the terminal shows the re-estimated accuracy of a search (if it was measured) and the official accuracy. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import type { Measured, RunEvent, RunRecord } from '../../../engine/protocol';
import { UNGUARDED } from '../../../engine/files';
import { EventLog } from '../../../engine/runs/events';
import { checkOptions } from '../../../engine/runs/options';
import { recordOf, writeRecord } from '../../../engine/runs/record';
import { readRun } from '../../../engine/runs/list';
import { summaryOf } from '../../../engine/runs/snapshot';
import { formatRun, formatRuns } from '../../../engine/terminal/format';
import { watchProgress } from '../../../engine/terminal/progress';
import { showVerb } from '../../../engine/terminal/showVerb';
import { temporaryFolder } from '../../fixtures';

const OFFICIAL: Measured = { loss: 1.7, accuracy: 45.2 };
const REESTIMATED: Measured = { loss: 0.481, accuracy: 84.1 };
const TRAIN: Measured = { loss: 0.4, accuracy: 88 };

describe('the accuracy of a search in the terminal', () => {
  const inFolder = temporaryFolder();

  async function makeSearch(
    reestimated?: Measured,
  ): Promise<{ directory: string; record: RunRecord; events: RunEvent[] }> {
    const directory = inFolder('aws');
    const options = checkOptions({ method: 'aws', model: 'mlp', dataset: 'sample', rounds: 1 }, 'aws.sign.json');
    const record = recordOf('aws', options);
    await writeRecord(directory, record);
    const sparsity = { prunable: 0.6, all: 0.59 };
    const checkpoint = 'checkpoints/round-01.safetensors';
    const measured = { train: TRAIN, test: OFFICIAL, ...(reestimated && { reestimated }) };
    const events: RunEvent[] = [
      { type: 'epoch', time: 1, round: 1, epoch: 0, epochs: 1, seconds: 2, ...measured },
      { type: 'round', time: 2, round: 1, sparsity, checkpoint, layers: [], ...measured },
      { type: 'ended', time: 3, outcome: 'done', result: { kind: 'search', sparsity, checkpoint } },
    ];
    const log = new EventLog(inFolder('aws', 'events.jsonl'), 0, { guard: UNGUARDED });
    for (const event of events) log.append(event);
    log.close();
    return { directory, record, events };
  }

  async function textsOf(reestimated?: Measured) {
    const { directory, record, events } = await makeSearch(reestimated);
    const summary = summaryOf((await readRun(directory)).snapshot);
    const shown = await showVerb.run({ positionals: [directory], text: {}, list: {}, flags: {}, json: false });
    const stream = new PassThrough();
    const progress = watchProgress({ directory, record, stream });
    for (const event of events) progress.onEvent(event);
    return {
      run: formatRun(summary),
      runs: formatRuns({ runs: [summary], problems: [] }, inFolder()),
      show: shown.text,
      progress: String(stream.read()),
    };
  }

  it('is the re-estimated accuracy, followed by the official accuracy with its name', async () => {
    const { run, runs, show, progress } = await textsOf(REESTIMATED);
    const both = 'test in search, re-estimated 0.481 loss, 84.10 % (official 45.20 %)';
    assert.ok(run.includes(both), run);
    assert.match(runs, /84\.10 % in search, re-estimated$/m);
    assert.match(show, /round +sparsity +test in search, re-estimated +official +checkpoint/);
    assert.match(show, /^1 +60\.0 % +0\.481 loss, 84\.10 % +1\.700 loss, 45\.20 % +checkpoints\/round-01/m);
    assert.match(show, /^1 +1\/1 +0\.400 loss, 88\.00 % +0\.481 loss, 84\.10 % +1\.700 loss, 45\.20 % +2\.0$/m);
    assert.equal(progress.split(both).length, 3, progress);
    assert.match(progress, /^official: the test accuracy as the official code measures it\. If .* too low\.$/m);
  });

  it('is the official accuracy in runs without a re-estimated accuracy', async () => {
    const { run, runs, show, progress } = await textsOf();
    assert.match(run, /test in search, official 1\.700 loss, 45\.20 %$/m);
    assert.match(runs, /45\.20 % in search, official$/m);
    assert.match(show, /round +sparsity +test in search, official +checkpoint/);
    assert.equal(progress.split('test in search, official 1.700 loss, 45.20 %').length, 3, progress);
    assert.ok(!Object.values({ run, runs, show, progress }).join('').includes('re-estimated'));
  });
});
