import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { wakingLimit } from '../../../engine/calibration/measure';
import { measureSpeed, type Rehearsal } from '../../../engine/calibration/rehearse';

const MINUTES = 600_000;

describe('a measurement of the speed of a backend', () => {
  /** A backend that needs 1 ms for each example, on a machine that sleeps for minutes during steps with these numbers. */
  function sleepy(...numbers: number[]) {
    const sizes: number[] = [];
    const start = (batch: number): Rehearsal => ({
      trainer: { dispose: () => undefined } as Rehearsal['trainer'],
      queue: () => undefined,
      time: () => Promise.resolve(numbers.includes(sizes.push(batch)) ? MINUTES : batch),
    });
    return { sizes, start };
  }

  it('has some steps of small batches, and steps of the wanted batch in the rest of the time', async () => {
    const { sizes, start } = sleepy();
    assert.deepEqual(await measureSpeed(start, { batch: 128, seconds: 1 }), {
      batch: 128,
      ms: 128,
      least: 128,
      most: 128,
    });
    assert.deepEqual(
      [sizes.indexOf(32), sizes.indexOf(128), sizes.length],
      [3, 6, 6 + 1 + Math.ceil((1000 - 80) / 128)],
    );
  });

  for (const number of [1, 2, 3, 5, 6, 8, 9, 12])
    it(`is the same if the machine sleeps during step ${number}`, async () => {
      const { ms, batch } = await measureSpeed(sleepy(number).start, { batch: 128, seconds: 1 });
      assert.deepEqual({ ms, batch }, { ms: 128, batch: 128 });
    });

  it('ends with a small batch if its time is over', async () => {
    const { ms, batch } = await measureSpeed(sleepy().start, { batch: 128, seconds: 0.01 });
    assert.deepEqual({ ms, batch }, { ms: 8, batch: 8 });
  });
});

describe('the limit of a measurement', () => {
  it('does not count the time in which the process cannot run', async () => {
    const { signal, dispose } = wakingLimit(200, 20);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
    await delay(5);
    assert.equal(signal.aborted, false);
    await once(signal, 'abort');
    dispose();
  });

  it('does not abort after the measurement has ended', async () => {
    const { signal, dispose } = wakingLimit(20, 10);
    dispose();
    await delay(100);
    assert.equal(signal.aborted, false);
  });
});
