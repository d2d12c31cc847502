import assert from 'node:assert/strict';
import { UserError } from '../../../engine/errors';
import { emptyMasks } from '../../../engine/models/initialize';
import { countParameters } from '../../../engine/models/parameters';
import { buildArchitecture, modelLabel } from '../../../engine/models/registry';
import type { ModelSpec } from '../../../engine/protocol';

const GREY = { height: 28, width: 28, channels: 1, classes: 10 };

type Prunable = Exclude<ModelSpec, string>['prunable'];

const specOf = (prunable: Prunable) => ({ model: 'convnet' as const, prunable });
const masked = (prunable: Prunable) => [...emptyMasks(buildArchitecture(specOf(prunable), GREY)).keys()];

function refusal(prunable: Prunable): UserError {
  try {
    buildArchitecture(specOf(prunable), GREY);
  } catch (error) {
    assert.ok(error instanceof UserError);
    return error;
  }
  throw new Error('it was accepted');
}

describe('The prunable layers of a network', () => {
  it('are those of the rule, with layers added and removed by patterns', () => {
    const all = ['conv1', 'conv2', 'conv3', 'conv4'];
    assert.deepEqual(masked({}), all);
    assert.deepEqual(masked({ include: ['fc'] }), [...all, 'fc']);
    assert.deepEqual(masked({ exclude: ['conv1', '*4'] }), ['conv2', 'conv3']);
    assert.deepEqual(masked({ include: ['fc'], exclude: ['conv?'] }), ['fc']);
    assert.deepEqual(masked({ include: ['conv1'], exclude: ['conv1'] }), all.slice(1));
    assert.deepEqual(masked({ include: ['fc.weight'] }), [...all, 'fc'], 'the name of the weight');
  });

  it('can be added to those of the official rule', () => {
    const spec = { model: 'mlp' as const, options: { hidden: [12, 10, 11] } };
    const layers = (prunable: Prunable) => [...emptyMasks(buildArchitecture({ ...spec, prunable }, GREY)).keys()];
    assert.deepEqual(layers({ rule: 'official' }), ['fc1', 'fc3']);
    assert.deepEqual(layers({ rule: 'official', include: ['fc2'], exclude: ['fc1'] }), ['fc2', 'fc3']);
  });

  it('decide the denominator of the sparsity', () => {
    const parameters = (prunable: Prunable) => countParameters(buildArchitecture(specOf(prunable), GREY)).parameters;
    const all = parameters('default');
    const without = parameters({ exclude: ['conv1'] });
    assert.deepEqual(without, { prunable: all.prunable - 72, all: all.all });
  });

  it('are named in the label', () => {
    assert.equal(
      modelLabel(specOf({ rule: 'official', include: ['fc'], exclude: ['conv1', 'conv2'] })),
      'convnet (official rule, also fc, without conv1, conv2)',
    );
  });

  it('must match a layer, and leave one', () => {
    const misspelt = refusal({ exclude: ['conv2', 'cnov1'] });
    assert.equal(
      misspelt.message,
      '"model.prunable.exclude[1]" is "cnov1", which matches no layer of convnet. Did you mean "conv1"?',
    );
    assert.equal(misspelt.field, 'model.prunable.exclude.1');
    assert.equal(
      refusal({ include: ['layer1.*'] }).message,
      '"model.prunable.include[0]" is "layer1.*", which matches no layer of convnet. Its layers are conv1, conv2, conv3, conv4, fc.',
    );
    assert.match(refusal({ include: ['bn1'] }).message, /matches no layer/);
    assert.match(refusal({ exclude: ['conv*'] }).message, /"model\.prunable\.exclude" leaves no layer of convnet/);
  });
});
