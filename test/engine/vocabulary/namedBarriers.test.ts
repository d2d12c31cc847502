import assert from 'node:assert/strict';
import { alphas, measureBarriers } from '../../../engine/connectivity/interpolate';
import type { CurvePoint } from '../../../engine/protocol';
import { namedBarriers, namedBarrierWords } from '../../../engine/vocabulary/namedBarriers';

/** A parabola: test error 10 at the ends, plus 80·α·(1 − α); training loss α at the ends, plus 4·α·(1 − α). */
function curve(points: number): CurvePoint[] {
  return alphas(points).map((alpha) => {
    const bump = alpha * (1 - alpha);
    return {
      alpha,
      train: { loss: alpha + 4 * bump, accuracy: 100 },
      test: { loss: 7, accuracy: 90 - 80 * bump },
    };
  });
}

const named = (points: number) => namedBarriers({ barriers: measureBarriers(curve(points)) }, points);

describe('the named barriers', () => {
  it('are the official one and the chord of a curve of 11 points, and say that Frankle has 30', () => {
    const [official, frankle, chord] = named(11);
    assert.deepEqual(
      [official?.name, official?.value, official?.alpha, official?.note],
      ['official', 20, 0.5, undefined],
    );
    assert.deepEqual([frankle?.name, frankle?.value, frankle?.points], ['frankle', 20, 11]);
    assert.equal(frankle?.note, 'measured at 11 points, but the definition has 30');
    assert.deepEqual([chord?.name, chord?.quantity, chord?.alpha, chord?.note], ['chord', 'loss', 0.5, undefined]);
    assert.ok(Math.abs(chord!.value - 1) < 1e-12);
  });

  it('are those of Frankle for 30 points, which do not include the middle', () => {
    const [official, frankle] = named(30);
    const middle = (14 / 29) * (15 / 29);
    assert.ok(Math.abs(frankle!.value - 80 * middle) < 1e-9);
    assert.equal(frankle!.note, undefined);
    assert.equal(official!.note, 'measured at 30 points, but the definition has 11');
  });

  it('have words with height, place and definition, or “none”', () => {
    assert.deepEqual(named(11).map(namedBarrierWords), [
      'official barrier: 20.0 points at α 0.5; largest test error above the mean of the ends, over 11 points',
      'Frankle barrier: 20.0 points at α 0.5; supremum of the test error above the mean of the ends, over 30 evenly spaced points (measured at 11 points, but the definition has 30)',
      'chord barrier: 1.00 nats at α 0.5; largest training loss above the chord between the ends',
    ]);
    const flat = measureBarriers(curve(2));
    assert.match(namedBarrierWords(namedBarriers({ barriers: flat }, 2)[0]!), /^official barrier: none; /);
  });

  it('leave out what the result of an old run does not have', () => {
    assert.deepEqual(namedBarriers({ barriers: [] }, 11), []);
  });
});
