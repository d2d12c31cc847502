import assert from 'node:assert/strict';
import { checkOptions } from '../../../engine/runs/options';
import { secondsLeft, type TimedRun } from '../../../engine/studies/secondsLeft';

const OPTIONS = {
  ...{ method: 'lrr', model: 'convnet', dataset: 'sample', backend: 'wasm' },
  ...{ rounds: 3, warmupEpochs: 2, epochsPerRound: 2, finalEpochs: 3 },
};

/** Returns the state of a run that needs others. */
function state(
  run: Pick<TimedRun['run'], 'name' | 'kind'> & { needs?: string[]; options?: object },
  status: TimedRun['status'],
  overview: TimedRun['overview'] = {},
): TimedRun {
  const options = checkOptions({ ...OPTIONS, ...run.options }, 'study');
  return { run: { needs: [], settings: { overrides: {}, fields: {} }, ...run, options }, status, overview };
}

const dense = state({ name: 'dense', kind: 'training' }, 'done', { seconds: 6 }); // 2 s for an epoch
const search = { name: 'search', kind: 'search' } as const;
const ticket = (name: string) => ({ name, kind: 'transfer' as const, needs: ['search'] });

describe('secondsLeft', () => {
  it('is unknown until a run of the same network on the same data has ended', () => {
    assert.equal(secondsLeft([state(search, 'queued')], 2), undefined);
    const other = state({ name: 'other', kind: 'training', options: { model: 'mlp' } }, 'done', { seconds: 6 });
    assert.equal(secondsLeft([other, state(search, 'queued')], 2), undefined);
  });

  it('is the time of the longest chain of runs, or of all on each processor', () => {
    // The search has 8 epochs (16 s), each ticket 3 epochs (6 s), and 0.6 s to start each.
    const states = [dense, state(search, 'queued'), ...['a', 'b', 'c'].map((name) => state(ticket(name), 'waiting'))];
    assert.equal(secondsLeft(states, 3), Math.round(16.6 + 6.6));
    assert.equal(secondsLeft(states, 2), Math.round(16.6 + 2 * 6.6));
    assert.equal(secondsLeft(states, 1), Math.round(16.6 + 3 * 6.6));
  });

  it('counts what is left of a run that is running or stopped', () => {
    const at = { round: 1, rounds: 3, epoch: 0, epochs: 2, step: 70, steps: 140 };
    assert.equal(secondsLeft([dense, state(search, 'running', { progress: { ...at, secondsLeft: 9 } })], 1), 9);
    // 2 of 2 epochs of round 0 and half of the next one: 2.5 of 8 epochs
    assert.equal(secondsLeft([dense, state(search, 'stopped', { progress: at })], 1), Math.round((16.6 * 5.5) / 8));
  });

  it('takes the time of a measurement from one, or from its forward passes', () => {
    const basin = (name: string) => ({ name, kind: 'connectivity' }) as const;
    // 11 points, each with two passes over the training images, a third of an epoch each: 7.33 epochs
    assert.equal(secondsLeft([dense, state(basin('a'), 'queued')], 1), Math.round(0.6 + (22 / 3) * 2));
    const measured = state(basin('b'), 'done', { seconds: 10 });
    assert.equal(secondsLeft([dense, measured, state(basin('a'), 'queued')], 1), Math.round(10.6));
  });

  it('leaves out runs that can never begin', () => {
    const states = [dense, state(search, 'diverged'), state(ticket('a'), 'waiting')];
    assert.equal(secondsLeft(states, 1), 0);
  });
});
