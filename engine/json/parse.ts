/** Parses JSON that a user wrote. Refuses duplicate fields, and reports the places of errors. */
import { createScanner, parse, printParseErrorCode, SyntaxKind, visit, type ParseError } from 'jsonc-parser';
import { FileError } from '../errors';
import type { Problem, TextRange } from '../vocabulary/problems';
import { quote } from './strict';

/** Parses a JSON text. Throws UserError with `file` and the places of the errors. A duplicate field is an error. */
export function parseJson(text: string, file: string): unknown {
  const deep = tooDeep(text);
  if (deep !== undefined)
    throw new FileError(file, [
      { message: `Not valid JSON (nested more than ${MOST_LEVELS} levels deep).`, range: rangeAt(text, deep, 1) },
    ]);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    const [first] = syntaxErrors(text);
    if (!first) throw new FileError(file, [{ message: 'Not valid JSON.' }], { cause: error });
    const words = printParseErrorCode(first.error).replace(/([a-z])([A-Z])/g, '$1 $2'); // prettier-ignore
    const range = rangeAt(text, first.offset, first.length);
    throw new FileError(file, [{ message: `Not valid JSON (${words.toLowerCase()}).`, range }], { cause: error });
  }
  const repeated = repeatedFields(text);
  if (repeated.length > 0) throw new FileError(file, repeated);
  return parsed;
}

/** Functions that parse, check or show a value are recursive, so a deeper text could overflow the stack. Run files have about 4 levels. */
export const MOST_LEVELS = 100;

/** Returns the offset of the first bracket beyond `MOST_LEVELS` levels; undefined if the text can be parsed safely. */
export function tooDeep(text: string): number | undefined {
  if (countOpening(text) <= MOST_LEVELS) return undefined; // true for almost every text, and fast to check
  const scanner = createScanner(text, true);
  let level = 0;
  for (let token = scanner.scan(); token !== SyntaxKind.EOF; token = scanner.scan()) {
    if (token === SyntaxKind.OpenBraceToken || token === SyntaxKind.OpenBracketToken) level++;
    if (token === SyntaxKind.CloseBraceToken || token === SyntaxKind.CloseBracketToken) level--;
    if (level > MOST_LEVELS) return scanner.getTokenOffset();
  }
  return undefined;
}

function countOpening(text: string): number {
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === OPENING_BRACE || code === OPENING_BRACKET) count++;
  }
  return count;
}

const OPENING_BRACE = 0x7b;
const OPENING_BRACKET = 0x5b;

/** Returns the range of `length` UTF-16 code units that begins at `offset`. */
export function rangeAt(text: string, offset: number, length: number): TextRange {
  const [line, column] = positionOf(text, offset);
  const [endLine, endColumn] = positionOf(text, offset + length);
  return { line, column, endLine, endColumn };
}

function positionOf(text: string, offset: number): [line: number, column: number] {
  const before = text.slice(0, offset).split(/\r\n|[\r\n]/);
  return [before.length, before.at(-1)!.length + 1];
}

/** Greatest number of reported errors, because a person fixes only a few at a time and locating each takes time. */
const MOST_PROBLEMS = 20;

/** Finds duplicate fields. JSON.parse would silently keep only the last of them. */
function repeatedFields(text: string): Problem[] {
  const problems: Problem[] = [];
  const open: Map<string, number>[] = []; // the line of each field of the objects around this place
  visit(text, {
    onObjectBegin: () => void open.push(new Map()),
    onObjectEnd: () => void open.pop(),
    onObjectProperty: (name, offset, length, startLine) => {
      const fields = open.at(-1)!;
      const first = fields.get(name);
      if (first === undefined) fields.set(name, startLine + 1);
      else if (problems.length < MOST_PROBLEMS)
        problems.push({
          message: `Field ${quote(name)} appears twice, first in line ${first}. Remove one of the two.`,
          range: rangeAt(text, offset, length),
        });
    },
  });
  return problems;
}

/** Parses a text. V8 reports the place of only some errors, so another parser locates the error. */
function syntaxErrors(text: string): ParseError[] {
  const errors: ParseError[] = [];
  parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  return errors;
}
