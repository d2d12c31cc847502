import assert from 'node:assert/strict';
import { UserError } from '../../../engine/errors';
import { parseVerb, wholeNumber, type Verb } from '../../../engine/terminal/verb';

const VERB: Verb = {
  usage: 'try FILE',
  summary: '',
  positionals: [0, 2],
  options: { seed: 'a seed' },
  repeated: { set: 'an option' },
  flags: { yes: 'a flag' },
  run: () => Promise.reject(new Error('not run')),
};

describe('arguments of a verb', () => {
  it('may be negative numbers, which are then refused by their range', () => {
    for (const text of ['-1', '-0.5', '-.5', '-1e3']) {
      const { text: given } = parseVerb(VERB, ['file', '--seed', text, '--yes']);
      assert.equal(given['seed'], text);
      assert.throws(
        () => wholeNumber('seed', given['seed']!),
        (error) =>
          error instanceof UserError && error.message === `--seed is "${text}"; it must be a whole number, 0 or more.`,
      );
    }
    assert.deepEqual(parseVerb(VERB, ['--set', '-1', '--set', '-2']).list['set'], ['-1', '-2']);
  });

  it('are refused where an option lacks its value', () => {
    for (const args of [['--seed', '--yes'], ['--seed', '-x'], ['--seed']])
      assert.throws(() => parseVerb(VERB, args), UserError);
  });

  it('are names of files behind --', () => {
    assert.deepEqual(parseVerb(VERB, ['--', '--seed', '-1']).positionals, ['--seed', '-1']);
  });
});
