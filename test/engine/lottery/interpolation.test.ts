import assert from 'node:assert/strict';
import { interpolationAt, type InterpolationOptions } from '../../../engine/lottery/rounds';

type Fields = Partial<InterpolationOptions['normalizationInterpolation']>;

const POSITION = { round: 1, epoch: 2, step: 5 };

const options = (fields: Fields = {}, more: Partial<InterpolationOptions> = {}): InterpolationOptions => ({
  method: 'aws',
  seed: 7,
  normalizationInterpolation: { low: 0.25, high: 0.75, ...fields },
  ...more,
});

function shared(given: InterpolationOptions, position = POSITION): number {
  const alpha = interpolationAt(given, position);
  assert.ok(typeof alpha === 'number');
  return alpha;
}

function each(given: InterpolationOptions, entry: string, position = POSITION): number {
  const alpha = interpolationAt(given, position);
  assert.ok(typeof alpha === 'function');
  return alpha(entry);
}

describe('interpolationAt', () => {
  const draws = Array.from({ length: 2000 }, (_, step) => shared(options(), { ...POSITION, step }));

  it('returns a different number for each step, uniform in the given range', () => {
    assert.ok(draws.every((alpha) => alpha >= 0.25 && alpha < 0.75));
    assert.equal(new Set(draws).size, draws.length);
    assert.ok(Math.abs(draws.reduce((a, b) => a + b, 0) / draws.length - 0.5) < 0.02);
  });

  it('depends only on seed and position, and is 0 for other methods', () => {
    assert.equal(shared(options()), draws[5]);
    assert.notEqual(shared(options({}, { seed: 8 })), draws[5]);
    for (const method of ['lrr', 'imp', 'one-shot'] as const)
      for (const fields of [{}, { each: 'layer' }, { parameters: 'scale' }] as const)
        assert.equal(shared(options(fields, { method })), 0);
  });

  it('returns the numbers of version 0.1', () => {
    assert.equal(shared(options()), 0.6375580095783628);
    const defaults = { low: 0, high: 1, each: 'step', parameters: 'both', initial: 'construction' } as const;
    assert.equal(shared(options(defaults, { seed: 1 }), { round: 0, epoch: 0, step: 0 }), 0.09690843676261829);
  });

  it('is fixed if low and high are equal', () => {
    for (const step of [0, 1, 2]) assert.equal(shared(options({ low: 0.3, high: 0.3 }), { ...POSITION, step }), 0.3);
    assert.equal(each(options({ low: 0.3, high: 0.3, each: 'layer' }), 'bn1.weight'), 0.3);
  });

  it('is drawn for each layer and step with each = layer, and shared by scale and shift', () => {
    const layers = Array.from({ length: 500 }, (_, i) => each(options({ each: 'layer' }), `bn${i}.weight`));
    assert.equal(new Set(layers).size, 500);
    assert.ok(layers.every((alpha) => alpha >= 0.25 && alpha < 0.75));
    assert.equal(each(options({ each: 'layer' }), 'bn3.bias'), layers[3]);
    assert.notEqual(each(options({ each: 'layer' }), 'bn3.bias', { ...POSITION, step: 6 }), layers[3]);
    assert.notEqual(each(options({ each: 'layer' }, { seed: 8 }), 'bn3.bias'), layers[3]);
  });

  it('leaves the shifts or the scales alone with parameters', () => {
    const of = (fields: Fields) => ['bn.weight', 'bn.bias'].map((entry) => each(options(fields), entry));
    assert.deepEqual(of({ parameters: 'scale' }), [draws[5], 0]);
    assert.deepEqual(of({ parameters: 'shift' }), [0, draws[5]]);
    const [scale, shift] = of({ parameters: 'shift', each: 'layer' });
    assert.deepEqual([scale, shift], [0, each(options({ each: 'layer' }), 'bn.bias')]);
  });
});
