/** Parses JSON that a user wrote. Refuses duplicate fields, and gives the places of errors. */
import { parse, printParseErrorCode, visit, type ParseError } from 'jsonc-parser';
import { FileError } from '../errors';
import type { Problem, TextRange } from '../vocabulary/problems';
import { quote } from './strict';

/** Parses a JSON text. Throws UserError naming `file` and the places, also for a field that an object has twice. */
export function parseJson(text: string, file: string): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    const [first] = syntaxErrors(text);
    if (!first) throw new FileError(file, [{ message: 'Not valid JSON (nested too deeply).' }], { cause: error });
    const words = printParseErrorCode(first.error).replace(/([a-z])([A-Z])/g, '$1 $2'); // prettier-ignore
    const range = rangeAt(text, first.offset, first.length);
    throw new FileError(file, [{ message: `Not valid JSON (${words.toLowerCase()}).`, range }], { cause: error });
  }
  const repeated = repeatedFields(text);
  if (repeated.length > 0) throw new FileError(file, repeated);
  return parsed;
}

/** Returns the range of `length` UTF-16 units from `offset`. */
export function rangeAt(text: string, offset: number, length: number): TextRange {
  const [line, column] = positionOf(text, offset);
  const [endLine, endColumn] = positionOf(text, offset + length);
  return { line, column, endLine, endColumn };
}

function positionOf(text: string, offset: number): [line: number, column: number] {
  const before = text.slice(0, offset).split(/\r\n|[\r\n]/);
  return [before.length, before.at(-1)!.length + 1];
}

/** A person fixes some errors at a time; finding the place of each takes time. */
const MOST_PROBLEMS = 20;

/** Finds duplicate fields, of which JSON.parse silently keeps the last. */
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
          message: `Field ${quote(name)} is given twice, the first time in line ${first}. Remove one.`,
          range: rangeAt(text, offset, length),
        });
    },
  });
  return problems;
}

/** Parses a text. V8 gives the place of only some errors, so another parser finds it. */
function syntaxErrors(text: string): ParseError[] {
  const errors: ParseError[] = [];
  try {
    parse(text, errors, { disallowComments: true, allowTrailingComma: false });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // a stack overflow
  }
  return errors;
}
