import assert from 'node:assert/strict';
import { classesIn, classifierOf } from '../../../engine/models/classifier';
import { dataMisfit } from '../../../engine/models/dataMisfit';
import { buildArchitecture } from '../../../engine/models/registry';
import type { ModelSpec } from '../../../engine/protocol';
import { MODELS } from '../../../engine/vocabulary/modelSchemas';

const DATA = { height: 32, width: 32, channels: 3, classes: 7 };
const named = (spec: ModelSpec, data = DATA) => buildArchitecture(spec, data);

describe('the classifier', () => {
  it('is the linear layer that is never pruned, in every network', () => {
    for (const model of Object.keys(MODELS) as (keyof typeof MODELS)[]) {
      const architecture = named(model);
      const unpruned = architecture.entries.filter(({ role, prunable }) => role === 'weight' && !prunable);
      const [weight, bias] = classifierOf(architecture);
      assert.deepEqual([weight], unpruned, model);
      assert.equal(bias?.name, weight!.name.replace(/weight$/, 'bias'), model);
    }
  });

  it('is not another layer with as many outputs as classes', () => {
    const architecture = named({ model: 'mlp', options: { hidden: [7] }, prunable: 'official' });
    assert.deepEqual(classifierOf(architecture).map(({ name }) => name), ['fc.weight', 'fc.bias']); // prettier-ignore
  });

  it('has its classes counted, with wrappers, if the rest of its shape fits', () => {
    const architecture = named({ model: 'mlp', options: { hidden: [5] } });
    const classes = (shape: number[]) => classesIn(new Map([['module.fc.weight', { shape }]]), architecture);
    assert.deepEqual([classes([10, 5]), classes([10, 5, 1]), classes([10, 6])], [10, 10, undefined]);
    assert.equal(classesIn(new Map(), architecture), undefined);
  });
});

describe('dataMisfit', () => {
  const sentence = (spec: ModelSpec, name: string, found: number[]) => {
    const architecture = named(spec);
    const entry = architecture.entries.find((candidate) => candidate.name === name)!;
    return dataMisfit(spec, architecture, { entry, found });
  };

  it('names the image size for the positions of a transformer and the inputs of linear layers', () => {
    const entry = named('vit').entries.find(({ role }) => role === 'embedding')!;
    const [, , dim] = entry.shape;
    assert.match(sentence('vit', entry.name, [1, 5, dim!])!, /^Its shape depends on the image size, which is 32 × 32 here\. Use images of the size/); // prettier-ignore
    assert.match(sentence('lenet', 'fc1.weight', [120, 256])!, /^Its shape depends on the image size/);
  });

  it('names channels and classes', () => {
    assert.match(sentence('resnet20', 'conv1.weight', [16, 1, 3, 3])!, /^Its shape depends on the number of channels, which is 3 here\. Use images with as many/); // prettier-ignore
    assert.match(sentence('resnet20', 'fc.weight', [10, 64])!, /the number of classes, which is 7 here\. .*"classifier" to "new"/); // prettier-ignore
  });

  it('does not explain shapes that differ for other reasons', () => {
    assert.equal(sentence('resnet20', 'conv1.weight', [32, 3, 3, 3]), undefined);
    assert.equal(sentence('resnet20', 'conv1.weight', [32, 1, 3, 3]), undefined);
    assert.equal(sentence('resnet20', 'conv1.weight', [16, 27]), undefined);
    assert.equal(sentence('resnet20', 'layer1.0.conv1.weight', [8, 8, 3, 3]), undefined);
  });
});
