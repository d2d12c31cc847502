import assert from 'node:assert/strict';
import { nextStep, type RunStatus } from '../../../engine/vocabulary/runStatus';

describe('the action for a run', () => {
  it('is defined for every status', () => {
    const expected: Record<RunStatus, string> = {
      waiting: 'resume',
      running: 'stop',
      done: 'none',
      stopped: 'resume',
      interrupted: 'resume',
      diverged: 'none',
      failed: 'resume',
    };
    const statuses = Object.keys(expected) as RunStatus[];
    const steps = statuses.map((status) => [status, nextStep({ status })]);
    assert.deepEqual(Object.fromEntries(steps), expected);
  });

  it('is none while the run is stopping', () => {
    assert.equal(nextStep({ status: 'running', stopping: true }), 'none');
    assert.equal(nextStep({ status: 'stopped', stopping: true }), 'resume');
  });
});
