import assert from 'node:assert/strict';
import { nextStep, STATUS_ICONS, type RunStatus } from '../../../engine/vocabulary/runStatus';

describe('the action for a run', () => {
  it('is defined for every status', () => {
    const steps = Object.keys(STATUS_ICONS).map((status) => [status, nextStep({ status: status as RunStatus })]);
    assert.deepEqual(Object.fromEntries(steps), {
      waiting: 'resume',
      running: 'stop',
      done: 'none',
      stopped: 'resume',
      interrupted: 'resume',
      diverged: 'none',
      failed: 'resume',
    });
  });

  it('is none while the run is stopping', () => {
    assert.equal(nextStep({ status: 'running', stopping: true }), 'none');
    assert.equal(nextStep({ status: 'stopped', stopping: true }), 'resume');
  });
});
