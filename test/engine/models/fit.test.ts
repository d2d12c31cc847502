import assert from 'node:assert/strict';
import { UserError } from '../../../engine/errors';
import { checkFit } from '../../../engine/models/fit';
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

  it('explains what to save if a network is wrapped in DataParallel or lacks its buffers', async () => {
    const { tensors } = await readState('resnet20', 'end1');
    const sentenceOf = (given: typeof tensors) => {
      try {
        checkFit('end1', given, architectureOf('resnet20'));
      } catch (error) {
        return (error as Error).message;
      }
      return '';
    };
    const wrapped = new Map([...tensors].map(([name, tensor]) => [`module.${name}`, tensor]));
    assert.match(
      sentenceOf(wrapped),
      /names in the file begin with “module\.”\. Save model\.module\.state_dict\(\) instead\.$/,
    );
    const bare = new Map([...tensors].filter(([name]) => !name.endsWith('.running_mean')));
    assert.match(sentenceOf(bare), /running_mean is missing, .*\. Save the whole state_dict/);
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
