import assert from 'node:assert/strict';
import { cutMiddle, oneLine, printable } from '../../../engine/vocabulary/text';

describe('text from files', () => {
  it('is shown with every control character escaped', () => {
    for (const [text, shown] of [
      ['a\x1b[2Jb', 'a\\u001b[2Jb'],
      ['a\u009b2Jb', 'a\\u009b2Jb'],
      ['a\nb\r\tc\x7f\0', 'a\\u000ab\\u000d\\u0009c\\u007f\\u0000'],
      ['rtl\u202egnp', 'rtl\\u202egnp'],
      ['a\u2066b\u200bc\ufeff', 'a\\u2066b\\u200bc\\ufeff'],
      ['tag\u{e0041}', 'tag\\udb40\\udc41'],
      ['a\u2028b', 'a\\u2028b'],
    ])
      assert.equal(oneLine(text!), shown);
  });

  it('is unchanged in all languages', () => {
    for (const text of ['слой.0', '层.注意力', 'می\u200cخواهم', '👩\u200d💻', 'é e\u0301', 'α · θ ⊙ m → “x”'])
      assert.equal(oneLine(text), text);
  });

  it('keeps the line ends of texts with several lines', () => {
    assert.equal(printable('a\x1b\nb\r\n'), 'a\\u001b\nb\\u000d\n');
  });

  it('has the same meaning in JSON after escaping', () => {
    const value = { 'a\x1b\x9b\u202e\u{e0041}\n': '\x7f\u2028\ud800' };
    const text = printable(JSON.stringify(value, undefined, 2));
    assert.deepEqual(JSON.parse(text), value);
    assert.doesNotMatch(text, /[\x7f-\x9f\u202e\u2028\u{e0041}]/u);
  });

  it('is shortened in the middle, by whole characters, only if it is too long', () => {
    assert.equal(cutMiddle('abcdefghij', 10), 'abcdefghij');
    assert.equal(cutMiddle('abcdefghijk', 10), 'abcde…hijk');
    assert.equal(cutMiddle('👩'.repeat(10), 10), '👩'.repeat(10));
    assert.equal(cutMiddle('👩'.repeat(11), 10), `${'👩'.repeat(5)}…${'👩'.repeat(4)}`);
    assert.equal(Array.from(cutMiddle(`${'a'.repeat(5_000)}👩${'b'.repeat(3)}`, 10)).length, 10);
  });
});
