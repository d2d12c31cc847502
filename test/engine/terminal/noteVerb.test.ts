import assert from 'node:assert/strict';
import { noteVerb } from '../../../engine/terminal/noteVerb';
import { parseVerb } from '../../../engine/terminal/verb';

describe('the verb note', () => {
  it('refuses a tag of several words', async () => {
    for (const option of ['--tag', '--untag'])
      await assert.rejects(async () => noteVerb.run(parseVerb(noteVerb, ['.', option, 'two words'])), {
        message: `${option} is "two words", but a tag is one word. Write ${option} two-words, or ${option} two ${option} words.`,
      });
  });
});
