import assert from 'node:assert/strict';
import { Turns } from '../../../engine/inspection/turns';

describe('the turns of threads', () => {
  it('are taken once each, also by those that share their memory', () => {
    const turns = new Turns(5);
    const others = new Turns(5, turns.memory);
    const taken = [turns.take(), others.take(), others.take(), turns.take(), turns.take(), others.take(), turns.take()];
    assert.deepEqual(taken, [0, 1, 2, 3, 4, undefined, undefined]);
  });

  it('are over after a stop', () => {
    const turns = new Turns(5);
    assert.equal(turns.take(), 0);
    new Turns(5, turns.memory).end();
    assert.equal(turns.take(), undefined);
  });

  it('say whether a thread has started', () => {
    const turns = new Turns(5);
    assert.equal(turns.hasStarted, false);
    new Turns(5, turns.memory).markStarted();
    assert.equal(turns.hasStarted, true);
  });
});
