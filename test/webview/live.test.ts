import { withDelta } from '../../webview/live';
import { equal, ok } from './assert';
import { runningRun, searchRun } from './world/runs';

describe('live', () => {
  const run = runningRun();

  it('appends to lists and replaces fields, without changing the previous snapshot', () => {
    const before = run.rounds.length;
    const append = { rounds: [searchRun('aws', 1).rounds[3]!] };
    const after = withDelta(run, { directory: run.directory, reset: false, append, set: { status: 'stopped' } });
    equal([after.rounds.length, run.rounds.length], [before + 1, before]);
    equal([after.status, run.status], ['stopped', 'running']);
    equal(after.losses.length, run.losses.length);
  });

  it('stays fast after hours of steps, and keeps the newest loss', () => {
    let longest = 0;
    let live = run;
    for (let step = 1; step <= 6000; step += 100) {
      const losses = Array.from({ length: 100 }, (_, i) => ({ ...run.losses[0]!, step: step + i, loss: step + i }));
      live = withDelta(live, { directory: run.directory, reset: false, append: { losses }, set: {} });
      longest = Math.max(longest, live.losses.length);
    }
    ok(longest <= 4000, `${longest} points`);
    equal(live.losses.at(-1)?.loss, 6000);
    const steps = live.losses.slice(-50).map(({ step }) => step);
    ok(
      steps.every((step, i) => i === 0 || step > steps[i - 1]!),
      'the order is kept',
    );
  });

  it('keeps single high and low losses, and NaN, however long the panel is open', () => {
    const point = run.losses[0]!;
    const lossAt = (step: number) => (step === 777 ? 50 : step === 1778 ? -50 : step === 20_003 ? NaN : 1 + (step % 2));
    let live = { ...run, losses: [point] };
    for (let step = 1; step <= 30_000; step += 50) {
      const losses = Array.from({ length: 50 }, (_, i) => ({ ...point, step: step + i, loss: lossAt(step + i) }));
      live = withDelta(live, { directory: run.directory, reset: false, append: { losses }, set: {} });
    }
    ok(live.losses.length <= 4000, `${live.losses.length} points`);
    const kept = new Set(live.losses.map(({ step }) => step));
    equal(
      [777, 1778, 20_003, 30_000].filter((step) => kept.has(step)),
      [777, 1778, 20_003, 30_000],
    );
  });
});
