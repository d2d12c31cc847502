import assert from 'node:assert/strict';
import { UserError } from '../../../engine/errors';
import { checkFit } from '../../../engine/models/fit';
import { architectureOf, readState } from '../oracle';

describe('whether a network fits an architecture', () => {
  it('is so for its own, whatever else a file holds', async () => {
    const { tensors } = await readState('mixer', 'end2');
    checkFit('end2', tensors, architectureOf('mixer'));
    checkFit(
      'end2',
      new Map<string, { shape: readonly number[] }>([...tensors, ['more', { shape: [1] }]]),
      architectureOf('mixer'),
    );
  });

  it('names the place and the first tensor that is missing', async () => {
    const { tensors } = await readState('resnet20', 'end1');
    assert.throws(
      () => {
        checkFit('end1', tensors, architectureOf('mixer'));
      },
      (error) => error instanceof UserError && /^end1 does not fit .* tensor \S+ is missing in it/.test(error.message),
    );
  });

  it('names the tensor of another shape, and both shapes', async () => {
    const { tensors } = await readState('mixer', 'end1');
    const [name, { shape }] = [...tensors][0]!;
    const other = new Map<string, { shape: readonly number[] }>([...tensors, [name, { shape: [3, 2] }]]);
    assert.throws(
      () => {
        checkFit('end1', other, architectureOf('mixer'));
      },
      (error) =>
        error instanceof UserError &&
        error.message.includes(`${name} is 3 × 2 in it, and must be ${shape.join(' × ')} for mixer`),
    );
  });
});
