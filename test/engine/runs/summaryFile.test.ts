import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readOverview, readRun } from '../../../engine/runs/list';
import type { RunEvent, RoundResult } from '../../../engine/vocabulary/runEvents';
import { temporaryFolder } from '../../fixtures';
import { appendEvent, makeLongRun } from './longRun';

const MEASURED = { loss: NaN, accuracy: 50 };
/** After all events of `makeLongRun`. */
const LATER = 1_800_000_000_000;
const ROUND: RoundResult = {
  ...{ round: 0, sparsity: { prunable: 0.5, all: 0.4 }, train: MEASURED, test: MEASURED },
  ...{ checkpoint: 'checkpoints/round-00.safetensors', sha256: 'ab' },
  layers: [{ name: 'fc1', count: 9, kept: 9, positive: 4, negative: 5, keptSincePrevious: 0, flippedFromPrevious: 0 }],
};
const ENDED: RunEvent = {
  ...{ type: 'ended', outcome: 'done', time: LATER + 1e6 + 700 },
  result: { kind: 'search', sparsity: ROUND.sparsity, checkpoint: ROUND.checkpoint },
};

describe('summary.json', () => {
  const inFolder = temporaryFolder();
  const run = () => inFolder('runs/run');
  const summary = () => path.join(run(), 'summary.json');
  const make = (last: RunEvent = ENDED) => {
    makeLongRun(run(), 10);
    const backend = { name: 'wasm' as const, device: 'CPU', threads: 1, deterministic: true, reason: '' };
    appendEvent(run(), { type: 'point', alpha: 1, train: MEASURED, test: MEASURED, time: LATER });
    appendEvent(run(), { type: 'resumed', backend, round: 0, epoch: 0, step: 0, time: LATER + 1e6 });
    appendEvent(run(), { type: 'round', ...ROUND, time: LATER + 1e6 + 500 });
    appendEvent(run(), last);
  };

  it('is written for a run that has ended, and gives the same overview as its log', async () => {
    make();
    const fromLog = await readOverview(run());
    assert.ok(existsSync(summary()));
    assert.equal(fromLog.overview.seconds, (await readRun(run())).snapshot.seconds);
    assert.ok(statSync(summary()).size < 3_000, 'it has no layers and no epochs');
    // The log has another content, but its size and time are the same: it is not read.
    const log = path.join(run(), 'events.jsonl');
    const { atime, mtime } = statSync(log);
    utimesSync(log, atime, new Date(Math.round(mtime.getTime() / 1000) * 1000));
    await readOverview(run());
    writeFileSync(log, readFileSync(log, 'utf8').replaceAll('50', '60'));
    utimesSync(log, atime, new Date(Math.round(mtime.getTime() / 1000) * 1000));
    const fromSummary = await readOverview(run());
    assert.deepEqual(fromSummary.overview, fromLog.overview);
    assert.deepEqual(fromSummary.position.end, fromLog.position.end);
    assert.equal(fromSummary.overview.rounds[0]!.test.accuracy, 50);
    assert.ok(Number.isNaN(fromSummary.overview.rounds[0]!.test.loss));
  });

  it('is not written while a run may continue', async () => {
    for (const outcome of ['stopped', 'failed'] as const) {
      make({ type: 'ended', outcome, time: 9 });
      assert.equal((await readOverview(run())).overview.status, outcome);
      assert.ok(!existsSync(summary()), outcome);
    }
  });

  it('is ignored and written again if it is wrong, or if log or record have changed', async () => {
    make();
    const { overview } = await readOverview(run());
    const right = readFileSync(summary(), 'utf8');
    for (const wrong of ['', '{', '[]', right.replace('"version":1', '"version":2'), right.replace('"lrr"', '7')]) {
      writeFileSync(summary(), wrong);
      assert.deepEqual((await readOverview(run())).overview, overview, wrong.slice(0, 40));
      assert.equal(readFileSync(summary(), 'utf8'), right);
    }
    appendEvent(run(), { type: 'warning', message: 'Something is odd.', time: 10 });
    appendEvent(run(), ENDED);
    assert.deepEqual((await readOverview(run())).overview.warnings, ['Something is odd.']);
    const record = path.join(run(), 'run.json');
    writeFileSync(record, readFileSync(record, 'utf8').replace(/"seed":\d+/, '"seed":12345'));
    assert.equal((await readOverview(run())).overview.seed, 12345);
  });

  it('is still right after the run was copied to another folder', async () => {
    make();
    await readOverview(run());
    cpSync(run(), inFolder('copies/copy'), { recursive: true, preserveTimestamps: true });
    const { overview } = await readOverview(inFolder('copies/copy'));
    assert.equal(overview.rounds[0]!.checkpoint, inFolder('copies/copy/checkpoints/round-00.safetensors'));
    assert.equal(overview.name, 'copy');
  });
});
