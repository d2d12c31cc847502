import assert from 'node:assert/strict';
import { accuracyNote, barrierLabel, barrierWords } from '../../../engine/vocabulary/barrierWords';
import type { Barrier } from '../../../engine/protocol';

describe('the words for barriers', () => {
  const of = (value: number, alpha: number, other: Partial<Barrier> = {}): Barrier => ({
    ...{ value, alpha, quantity: 'error', split: 'test', baseline: 'mean of the ends', definition: '' },
    ...other,
  });
  const chord = { baseline: 'chord between the ends' as const };

  it('give a barrier between the ends its height and place', () => {
    const barrier = of(7.312, 0.5);
    assert.equal(barrierLabel(barrier), 'barrier 7.31 points');
    assert.equal(
      barrierWords({ barrier, barriers: [barrier, of(6, 0.5, chord)] }, 11),
      'barrier 7.31 points of test error above the mean of the ends, at α 0.5',
    );
  });

  it('say which end is worse, and by how much, if there is no barrier between them', () => {
    for (const [alpha, end] of [
      [0, 'B'],
      [1, 'A'],
    ] as const) {
      // prettier-ignore
      const barrier = of(0.525, alpha);
      assert.equal(barrierLabel(barrier), 'no barrier');
      assert.equal(
        barrierWords({ barrier, barriers: [barrier, of(0, 0, chord)] }, 11),
        `no barrier between the ends: no network measured there has more test error than the worse end; ${end} is 1.05 points of test error worse`,
      );
    }
  });

  it('say how far the line is above its chord, but do not call that a barrier', () => {
    const barrier = of(0.2, 1, { quantity: 'loss' });
    assert.equal(
      barrierWords({ barrier, barriers: [of(3, 0.5, chord), of(0.05, 0.25, { ...chord, quantity: 'loss' })] }, 11),
      'no barrier between the ends: no network measured there has more test loss than the worse end; A is 0.400 nats of test loss worse; the line is up to 0.0500 nats of test loss above its chord, the straight line between the values of A and B, at α 0.25',
    );
  });

  it('say nothing of the ends if they are equal, and what two points cannot show', () => {
    const barrier = of(0, 0);
    assert.equal(
      barrierWords({ barrier, barriers: [] }, 11),
      'no barrier between the ends: no network measured there has more test error than the worse end',
    );
    assert.equal(barrierLabel(barrier, 3), 'no barrier');
    assert.equal(barrierLabel(barrier, 2), 'only the ends measured');
    assert.equal(barrierLabel(of(1, 0.5), 3), 'barrier 1.00 points');
    assert.equal(
      barrierWords({ barrier: of(1, 0), barriers: [] }, 2),
      'nothing was measured between the ends; B is 2.00 points of test error worse',
    );
  });

  it('say why accuracies differ from those of other runs, if statistics were re-estimated', () => {
    const normalization =
      'batch-norm statistics re-estimated at each point: the mean over one pass of the training set, weighted by images';
    assert.match(accuracyNote({ normalization }) ?? '', /A and B differ from those of their own runs: batch-norm/);
    const none = 'nothing was re-estimated, because the network has no batch norm';
    assert.equal(accuracyNote({ normalization: none }), undefined);
  });
});
