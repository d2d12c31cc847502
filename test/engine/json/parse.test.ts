import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { FileError, UserError } from '../../../engine/errors';
import { locateIn } from '../../../engine/json/locate';
import { parseJson } from '../../../engine/json/parse';
import { readText } from '../../../engine/json/text';
import type { Problem } from '../../../engine/vocabulary/problems';
import { temporaryFolder } from '../../fixtures';

function problemsOf(text: string): readonly Problem[] {
  try {
    parseJson(text, 'a.json');
  } catch (error) {
    assert.ok(error instanceof FileError, String(error));
    return error.problems;
  }
  throw new Error('it was parsed');
}

/** Returns the part of the text that the first problem marks. */
function marked(text: string): string {
  const { line, column, endLine, endColumn } = problemsOf(text)[0]!.range!;
  const lines = text.split('\n');
  const offset = (l: number, c: number) => lines.slice(0, l - 1).join('\n').length + (l > 1 ? 1 : 0) + c - 1;
  return text.slice(offset(line, column), offset(endLine, endColumn));
}

describe('JSON that a person wrote', () => {
  it('is parsed to its value', () => {
    assert.deepEqual(parseJson('{"a": [1, {"a": null}]}', 'a.json'), { a: [1, { a: null }] });
  });

  it('is refused with the place of the first error', () => {
    for (const [text, message] of [
      ['{\n  "method": "aws",\n  "seed": 1,,\n}', 'a.json:3:13: Not valid JSON (property name expected).'],
      ['{"method": tru}', 'a.json:1:12: Not valid JSON (invalid symbol).'],
      ['{"seed":\nNone}', 'a.json:2:1: Not valid JSON (invalid symbol).'],
      ['{"a": 1} // no', 'a.json:1:10: Not valid JSON (invalid comment token).'],
      ['{\r\n"a" 1}', 'a.json:2:5: Not valid JSON (colon expected).'],
    ] as const)
      assert.throws(
        () => parseJson(text, 'a.json'),
        (error) => error instanceof FileError && error.message === message,
        text,
      );
    assert.equal(marked('{"seed":\nNone}'), 'None');
  });

  it('is refused if it is nested so deeply that a parser would overflow its stack', () => {
    for (const levels of [101, 20_000, 200_000])
      for (const text of ['['.repeat(levels), '['.repeat(levels) + ']'.repeat(levels), '{"a":'.repeat(levels)])
        assert.match(problemsOf(text)[0]!.message, /^Not valid JSON \(nested more than 100 levels deep\)\.$/);
    const deepest = '['.repeat(100) + ']'.repeat(100);
    assert.equal(JSON.stringify(parseJson(deepest, 'a.json')), deepest);
    assert.equal(marked('["[", ' + '['.repeat(99) + '{'), '{');
  });

  it('is refused if a field appears twice, with the place of each duplicate', () => {
    const text = '{"seed": 1,\n "x": {"crop": 1, "crop": 2},\n "se\\u0065d": 2}';
    assert.deepEqual(
      problemsOf(text).map(({ message, range }) => [range!.line, range!.column, message]),
      [
        [2, 19, 'Field "crop" appears twice, first in line 2. Remove one of the two.'],
        [3, 2, 'Field "seed" appears twice, first in line 1. Remove one of the two.'],
      ],
    );
    assert.equal(marked(text), '"crop"');
    assert.match(problemsOf('{"__proto__":1,"__proto__":2}')[0]!.message, /"__proto__" appears twice/);
  });

  it('may have fields of the same name in different objects', () => {
    assert.deepEqual(parseJson('{"a": {"b": 1}, "b": {"a": 1}}', 'a.json'), { a: { b: 1 }, b: { a: 1 } });
  });
});

describe('The text of a file', () => {
  const inFolder = temporaryFolder();

  it('has no places of fields if it is nested too deeply', () => {
    const file = inFolder('a.json');
    writeFileSync(file, '['.repeat(20_000) + ']'.repeat(20_000));
    assert.equal(locateIn(file)(['0'], 'value'), undefined);
  });
  const read = (content: string | Buffer) => {
    writeFileSync(inFolder('a.json'), content);
    return readText(inFolder('a.json'));
  };

  it('is read without its byte order mark', async () => {
    assert.equal(await read('\uFEFF{}'), '{}');
  });

  it('is refused if its encoding is not UTF-8, and the encoding is named', async () => {
    const refused = (content: Buffer, message: RegExp) =>
      assert.rejects(read(content), (error) => error instanceof UserError && message.test(error.message));
    const text = '{"method": "aws"}';
    const little = Buffer.from('\uFEFF' + text, 'utf16le');
    await refused(little, /a\.json: The encoding of this file is UTF-16 \(little-endian\)\. Save the file as UTF-8\./);
    await refused(Buffer.from(little).swap16(), /UTF-16 \(big-endian\)/);
    await refused(Buffer.from(text, 'utf16le'), /UTF-16 \(little-endian\)/);
    await refused(Buffer.from(text, 'utf16le').swap16(), /UTF-16 \(big-endian\)/);
    const wide = Buffer.from(Uint32Array.from(text, (letter) => letter.codePointAt(0)!).buffer);
    await refused(wide, /UTF-32/);
    await refused(Buffer.concat([Buffer.of(0xff, 0xfe, 0, 0), wide]), /UTF-32/);
    await refused(Buffer.from('{"method": "\xe9"}', 'latin1'), /encoding of this file is not UTF-8/);
  });

  it('is refused if the file does not exist', async () => {
    await assert.rejects(readText(inFolder('none.json')), /none\.json: The file does not exist/);
  });
});
