import assert from 'node:assert/strict';
import type { Schedule } from '../../../engine/protocol';
import { learningRateAt } from '../../../engine/training/schedule';

const rates = (schedule: Schedule, epochs: number) =>
  Array.from({ length: epochs }, (_, epoch) => learningRateAt({ schedule, learningRate: 0.1, epoch, epochs }));

function assertRates(actual: number[], expected: number[]): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((rate, i) => {
    assert.ok(Math.abs(rate - expected[i]!) < 1e-12, `epoch ${i}: ${rate}`);
  });
}

describe('schedule', () => {
  it('stays constant', () => {
    assertRates(rates('constant', 3), [0.1, 0.1, 0.1]);
  });

  it('multiplies by 0.1 at half and at three quarters of the epochs', () => {
    assertRates(rates('step', 8), [0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.001, 0.001]);
  });

  it('falls along a cosine to a thousandth of the first rate', () => {
    assertRates(rates('cosine', 3), [0.1, (0.1 + 0.0001) / 2, 0.0001]);
    assertRates(rates('cosine', 1), [0.1]);
  });

  it('multiplies by the factor at each milestone', () => {
    assertRates(rates({ milestones: [1, 3], factor: 0.5 }, 4), [0.1, 0.05, 0.05, 0.025]);
  });
});
