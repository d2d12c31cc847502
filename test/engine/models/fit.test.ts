import assert from 'node:assert/strict';
import { UserError } from '../../../engine/errors';
import { needOf } from '../../../engine/lottery/needs';
import { checkFit, fitted, wrappersOf } from '../../../engine/models/fit';
import type { HostTensor, NetworkState } from '../../../engine/tensors';
import { architectureOf, readState } from '../oracle';

describe('checkFit', () => {
  it('accepts a network of the architecture, also with other tensors in the file', async () => {
    const { tensors } = await readState('mixer', 'end2');
    checkFit('end2', tensors, architectureOf('mixer'));
    checkFit(
      'end2',
      new Map<string, { shape: readonly number[] }>([...tensors, ['more', { shape: [1] }]]),
      architectureOf('mixer'),
    );
  });

  it('refuses an unknown parameter', async () => {
    const { tensors } = await readState('resnet20', 'end1');
    const more = (name: string) => new Map([...tensors, [name, tensors.get('fc.bias')!]]);
    for (const name of ['conv1.bias', 'layer3.3.conv1.weight'])
      assert.throws(
        () => {
          checkFit('end1', more(name), architectureOf('resnet20'));
        },
        (error) =>
          error instanceof UserError && error.message.includes(`it has ${name}, but resnet20 has no such parameter`),
      );
    checkFit('end1', more('optimizer/momentum/conv1.weight'), architectureOf('resnet20'));
  });

  it('names the file and the first missing tensor', async () => {
    const { tensors } = await readState('resnet20', 'end1');
    assert.throws(
      () => {
        checkFit('end1', tensors, architectureOf('mixer'));
      },
      (error) =>
        error instanceof UserError && /^end1 does not fit .* tensor \S+ is missing, but must be/.test(error.message),
    );
  });

  it('accepts wrappers, axes of length 1 and a missing counter, and explains missing statistics', async () => {
    const { tensors } = await readState('resnet20', 'end1');
    const sentenceOf = (given: typeof tensors) => {
      try {
        checkFit('end1', given, architectureOf('resnet20'), {
          needs: (entry) => needOf(entry, { variant: 'retrain' }),
        });
      } catch (error) {
        return (error as Error).message;
      }
      return '';
    };
    const wrapped = new Map([...tensors].map(([name, tensor]) => [`module.${name}`, tensor]));
    assert.equal(sentenceOf(wrapped), '');
    assert.deepEqual(wrappersOf(wrapped.keys(), architectureOf('resnet20')), ['module.']);
    const twice = new Map([...wrapped, ...[...tensors].map(([name, tensor]) => [`model.${name}`, tensor] as const)]);
    assert.match(sentenceOf(twice), /tensor conv1\.weight is missing/, 'two tensors of one name are not chosen from');
    const without = new Map([...tensors].filter(([name]) => !name.endsWith('.num_batches_tracked')));
    assert.equal(sentenceOf(without), '');
    const bare = new Map([...tensors].filter(([name]) => !name.endsWith('.running_mean')));
    assert.match(sentenceOf(bare), /running_mean is missing, .*\. Save the whole state_dict/);
    checkFit('end1', bare, architectureOf('resnet20'));
  });

  it('gives a network the names, the order and the shapes of the architecture', async () => {
    const whole = await readState('resnet20', 'end1');
    const tensors = new Map(
      [...whole.tensors].reverse().flatMap(([name, tensor]): [string, HostTensor][] => {
        if (name.endsWith('num_batches_tracked')) return [];
        return [[`_orig_mod.${name}`, name === 'fc.weight' ? { ...tensor, shape: [...tensor.shape, 1] } : tensor]];
      }),
    );
    const masks = new Map(Array.from(whole.masks, ([layer, mask]) => [`_orig_mod.${layer}`, mask]));
    const network = fitted('end1', { tensors, masks }, { architecture: architectureOf('resnet20') });
    const comparable = (state: NetworkState) =>
      new Map([...state.tensors].filter(([name]) => !name.endsWith('num_batches_tracked')));
    const names = architectureOf('resnet20').entries.map(({ name }) => name);
    assert.deepEqual([...network.tensors.keys()], names);
    assert.deepEqual(comparable(network), comparable(whole));
    assert.deepEqual(network.masks, whole.masks);
    assert.equal(Number(network.tensors.get('bn1.num_batches_tracked')?.data[0]), 0);
  });

  it('refuses a parameter of another dtype, which is not replaced', async () => {
    const { tensors, masks } = await readState('resnet20', 'end1');
    const { shape } = tensors.get('fc.bias')!;
    const integers: HostTensor = { dtype: 'I64', shape, data: new BigInt64Array(10) };
    assert.throws(
      () =>
        fitted(
          'end1',
          { tensors: new Map([...tensors, ['fc.bias', integers]]), masks },
          { architecture: architectureOf('resnet20') },
        ),
      (error) =>
        error instanceof UserError &&
        error.message.startsWith('end1 does not fit this run: tensor fc.bias has dtype I64, but must have dtype F32'),
    );
  });

  it('names the first tensor with a wrong shape, and both shapes', async () => {
    const { tensors } = await readState('mixer', 'end1');
    const [name, { shape }] = [...tensors][0]!;
    const other = new Map<string, { shape: readonly number[] }>([...tensors, [name, { shape: [3, 2] }]]);
    assert.throws(
      () => {
        checkFit('end1', other, architectureOf('mixer'));
      },
      (error) =>
        error instanceof UserError &&
        error.message.includes(`${name} is 3 × 2, but must be ${shape.join(' × ')} for mixer`),
    );
  });
});
