import assert from 'node:assert/strict';
import { UserError } from '../../../engine/errors';
import { oneOf, parseVerb, wholeNumber, type Verb } from '../../../engine/terminal/verb';

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
  it('may be negative numbers, and are then refused as out of range', () => {
    for (const text of ['-1', '-0.5', '-.5', '-1e3']) {
      const { text: given } = parseVerb(VERB, ['file', '--seed', text, '--yes']);
      assert.equal(given['seed'], text);
      assert.throws(
        () => wholeNumber('seed', given['seed']!, { minimum: 0 }),
        (error) =>
          error instanceof UserError && error.message === `--seed is "${text}". It must be a whole number, at least 0.`,
      );
    }
    assert.deepEqual(parseVerb(VERB, ['--set', '-1', '--set', '-2']).list['set'], ['-1', '-2']);
  });

  it('must be whole numbers within bounds', () => {
    const points = (text: string) => wholeNumber('points', text, { minimum: 2, maximum: 1001 });
    assert.deepEqual(['2', '1001'].map(points), [2, 1001]);
    for (const text of ['1', '1002', '2.5', '3x', '1e3', '', '99999999999999999999'])
      assert.throws(() => points(text), {
        message: `--points is "${text}". It must be a whole number from 2 to 1001.`,
      });
  });

  it('must be one of a few words, and the most similar word is suggested', () => {
    const words = ['signed-mask', 'retrain'] as const;
    assert.equal(oneOf('variant', 'retrain', words), 'retrain');
    assert.throws(() => oneOf('variant', 'signed_mask', words), {
      message: '--variant is "signed_mask". It must be one of signed-mask, retrain. Did you mean "signed-mask"?',
    });
    assert.throws(() => oneOf('variant', 'x', words), /signed-mask, retrain\.$/);
  });

  it('are refused if an option has no value', () => {
    for (const args of [['--seed', '--yes'], ['--seed', '-x'], ['--seed']])
      assert.throws(() => parseVerb(VERB, args), UserError);
  });

  it('must have known names, and the most similar name is suggested', () => {
    assert.throws(() => parseVerb(VERB, ['--sed', '1']), {
      message: `Unknown option '--sed'. Did you mean "--seed"? usage: winning-sign try FILE`,
    });
    assert.throws(() => parseVerb(VERB, ['--chart']), { message: /^Unknown option '--chart'\. usage: / });
  });

  it('are file names after --', () => {
    assert.deepEqual(parseVerb(VERB, ['--', '--seed', '-1']).positionals, ['--seed', '-1']);
  });
});
