import assert from 'node:assert/strict';
import { Thinning } from '../../../engine/runs/thinning';
import type { LossPoint } from '../../../engine/protocol';

describe('Thinning', () => {
  it('keeps up to 2,000 losses as they are', () => {
    const thinning = new Thinning();
    add(thinning, 0, 2_000);
    assert.deepEqual(
      thinning.points.map(({ step }) => step),
      Array.from({ length: 2_000 }, (_, step) => step),
    );
  });

  it('keeps the extremes of each stretch in their order, and the newest loss', () => {
    const thinning = new Thinning();
    const loss = (n: number) => (n === 77_777 ? 50 : n === 12_345 ? -1 : Math.sin(n));
    add(thinning, 0, 100_001, loss);
    const { points } = thinning;
    assert.ok(points.length > 1_000 && points.length <= 2_001, String(points.length));
    const steps = points.map(({ step }) => step);
    assert.deepEqual(
      steps,
      [...new Set(steps)].sort((a, b) => a - b),
    );
    assert.ok([12_345, 77_777, 100_000].every((step) => steps.includes(step)));
  });

  it('continues from a saved state and gives the same points', () => {
    const [whole, first] = [new Thinning(), new Thinning()];
    add(whole, 0, 50_000, Math.cos);
    add(first, 0, 20_011, Math.cos);
    const second = new Thinning(JSON.parse(JSON.stringify(first.state)) as typeof first.state);
    add(second, 20_011, 50_000, Math.cos);
    assert.deepEqual(second.points, whole.points);
  });

  it('keeps a NaN, which counts as the greatest loss', () => {
    const thinning = new Thinning();
    add(thinning, 0, 10_000, (n) => (n === 5_000 ? NaN : 1e9 * Math.sin(n)));
    assert.equal(thinning.points.filter(({ loss }) => Number.isNaN(loss)).length, 1);
  });

  it('reads only few of many points', () => {
    const thinning = new Thinning();
    let reads = 0;
    for (let n = 0; n < 200_000; n++)
      thinning.add(Math.sin(n), () => {
        reads++;
        return pointAt(n, Math.sin(n));
      });
    assert.ok(reads < 40_000, String(reads));
  });

  function add(thinning: Thinning, from: number, to: number, loss: (n: number) => number = () => 1) {
    for (let n = from; n < to; n++) thinning.add(loss(n), () => pointAt(n, loss(n)));
    thinning.newest = pointAt(to - 1, loss(to - 1));
  }

  function pointAt(step: number, loss: number): LossPoint {
    return { round: 0, epoch: 0, step, steps: 1e6, loss, accuracy: 1, learningRate: 0.1 };
  }
});
