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
});
