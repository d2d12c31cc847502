import assert from 'node:assert/strict';
import { describeNormalization } from '../../../engine/inspection/psi';
import { initialize } from '../../../engine/models/initialize';
import { buildArchitecture } from '../../../engine/models/registry';
import { floats, type StateDict } from '../../../engine/tensors';

const DATA = { height: 8, width: 8, channels: 1, classes: 4 };

describe('ψ of a network', () => {
  const architecture = buildArchitecture({ model: 'convnet', options: { widths: [4, 2] } }, DATA);

  it('is described for each normalization layer', () => {
    const { tensors } = initialize(architecture, 1);
    floats(tensors, 'bn1.weight').set([0.5, -1, 2, -0.25]);
    floats(tensors, 'bn1.bias').set([0.1, -0.2, 0.3, 1.5]);
    const [first, second] = describeNormalization(architecture, {
      tensors,
      initial: initialize(architecture, 2).tensors,
    });
    // numpy: w.mean(), w.std(), b.mean(), b.std(), np.linalg.norm(np.r_[w - 1, b]), (w < 0).mean()
    const expected = { scale: [0.3125, 1.1092649593, -1, 2], shift: [0.425, 0.6456585785, -0.2, 1.5] };
    for (const part of ['scale', 'shift'] as const) {
      const { mean, deviation, min, max } = first![part]!;
      [mean, deviation, min, max].forEach((value, i) => {
        assert.ok(Math.abs(value - expected[part][i]!) < 1e-6, `${part} ${i} is ${value}`);
      });
    }
    assert.equal(first!.name, 'bn1');
    assert.ok(Math.abs(first!.distance - 3.0335622624) < 1e-6, String(first!.distance));
    assert.equal(first!.negativeScales, 0.5);
    const still = { mean: 0, deviation: 0, min: 0, max: 0 };
    const ones = { mean: 1, deviation: 0, min: 1, max: 1 };
    assert.deepEqual(second, { name: 'bn2', scale: ones, shift: still, distance: 0, negativeScales: 0 });
  });

  it('has only what the layer has: a scale, a shift, or both', () => {
    const entry = { shape: [2], dtype: 'F32', role: 'normalization', prunable: false } as const;
    const initializer = { kind: 'constant', value: 1 } as const;
    const names = ['a.weight', 'b.bias', 'c.weight', 'c.bias'];
    const entries = names.map((name) => ({ ...entry, initializer, name }));
    const state = (values: readonly number[]): StateDict =>
      new Map(names.map((name) => [name, { dtype: 'F32', shape: [2], data: Float32Array.from(values) }]));
    const layers = describeNormalization({ entries }, { tensors: state([4, -2]), initial: state([1, 2]) });
    const spread = { mean: 1, deviation: 3, min: -2, max: 4 };
    assert.deepEqual(layers, [
      { name: 'a', scale: spread, distance: 5, negativeScales: 0.5 },
      { name: 'b', shift: spread, distance: 5 },
      { name: 'c', scale: spread, shift: spread, distance: Math.hypot(5, 5), negativeScales: 0.5 },
    ]);
  });

  it('is empty without normalization', () => {
    const mlp = buildArchitecture({ model: 'mlp', options: { batchNorm: false } }, DATA);
    const { tensors } = initialize(mlp, 1);
    assert.deepEqual(describeNormalization(mlp, { tensors, initial: tensors }), []);
  });
});
