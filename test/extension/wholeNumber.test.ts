import assert from 'node:assert/strict';
import { PLAIN_OPTIONS } from '../../engine/vocabulary/runSchema';
import { wholeNumberProblem } from '../../extension/wholeNumber';

describe('prompts for whole numbers', () => {
  it('refuse what the engine refuses', () => {
    const { seed } = PLAIN_OPTIONS;
    for (const good of ['0', '7', ' 42 ', '4294967295'])
      assert.equal(wholeNumberProblem(good, 'The seed', seed), undefined);
    for (const bad of ['', ' ', '-1', '1.5', 'seven', '4294967296'])
      assert.equal(wholeNumberProblem(bad, 'The seed', seed), 'The seed must be a whole number from 0 to 4294967295.');
    assert.equal(
      wholeNumberProblem('0', 'The number', { minimum: 3 }),
      'The number must be a whole number, at least 3.',
    );
  });
});
