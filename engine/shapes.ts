/**
 * Checks that values from files have the shape of their type. Everything read from a run directory is checked with these functions.
 * Unknown fields are accepted and kept, because newer versions may write them.
 */
import { UserError } from './errors';
import { MOST_LEVELS, tooDeep } from './json/parse';
import { isObject } from './json/strict';
import { choiceText } from './vocabulary/schemaWords';

/** Where a value was read: the file (with the line number if every line is a value), and the field in the file. */
export interface Place {
  file: string;
  field: string;
}

/** Returns the value with its type. If the value is wrong, throws UserError with the file, the field and the expected type. */
export type Check<T> = (value: unknown, place: Place) => T;

/** Checks a whole document. `file` is the name in error messages. */
export function checkShape<T>(value: unknown, file: string, check: Check<T>): T {
  return check(value, { file, field: '' });
}

/** Parses a JSON text and checks it. `what` is the name in error messages. */
export function parseShape<T>(json: string, what: string, check: Check<T>): T {
  let value: unknown;
  if (tooDeep(json) !== undefined) throw new UserError(`${what} is nested more than ${MOST_LEVELS} levels deep.`);
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new UserError(`${what} is not valid JSON.`, { cause: error });
  }
  return checkShape(value, what, check);
}

function refuse(value: unknown, { file, field }: Place, needed: string): never {
  if (value === undefined) throw new UserError(`${file} has no "${field}".`);
  const what = field === '' ? file : `${file}: field "${field}"`;
  throw new UserError(`${what} is ${shown(value)}; it must be ${needed}.`);
}

const LONGEST = 60;

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

export const text: Check<string> = (value, place) =>
  typeof value === 'string' ? value : refuse(value, place, 'a text');

/** Requires a finite number. JSON has no NaN, but 1e999 is parsed as infinity. */
export const number: Check<number> = (value, place) =>
  typeof value === 'number' && Number.isFinite(value) ? value : refuse(value, place, 'a number');

export const count: Check<number> = (value, place) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : refuse(value, place, 'a whole number');

/** Requires a whole number with an upper bound, because lists of this length are allocated. */
export const round: Check<number> = (value, place) =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= MOST_ROUNDS
    ? (value as number)
    : refuse(value, place, `a whole number up to ${MOST_ROUNDS}`);

const MOST_ROUNDS = 10_000;

/** Accepts a measured number, which may be NaN or infinite. JSON writes these as null. */
export const measurement: Check<number> = (value, place) => (value === null ? NaN : number(value, place));

export const flag: Check<boolean> = (value, place) =>
  typeof value === 'boolean' ? value : refuse(value, place, 'true or false');

export const anything: Check<unknown> = (value) => value;

export function oneOf<T extends string | number>(...values: readonly T[]): Check<T> {
  return (value, place) => values.find((known) => known === value) ?? refuse(value, place, choiceText(values));
}

export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, place) => (value === undefined ? undefined : check(value, place));
}

export function list<T>(check: Check<T>): Check<T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) return refuse(value, place, 'a list');
    return value.map((item, at) => check(item, new Inside(place, at)));
  };
}

/** Checks an object that may have any field names. */
export function recordOf<T>(check: Check<T>): Check<Record<string, T>> {
  return (value, place) => {
    if (!isObject(value)) return refuse(value, place, 'an object');
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, check(item, new Inside(place, name))]),
    );
  };
}

/** One check for each field of a type. If a field is missing, the code does not compile. */
export type Shape<T> = { [Name in keyof T]-?: Check<T[Name]> };

export function object<T extends object>(shape: Shape<T>): Check<T> {
  const fields = Object.entries<Check<unknown>>(shape as Record<string, Check<unknown>>);
  return (value, place) => {
    if (!isObject(value)) return refuse(value, place, 'an object');
    let checked: Record<string, unknown> = value; // copied only if a check changes a field, which is rare
    for (const [name, check] of fields) {
      const found = check(value[name], new Inside(place, name));
      if (Object.is(found, value[name])) continue;
      if (checked === value) checked = { ...value };
      checked[name] = found;
    }
    return checked as T;
  };
}

/** Accepts a text, or a value that the other check accepts. */
export function textOr<T>(check: Check<T>): Check<string | T> {
  return (value, place) => (typeof value === 'string' ? value : check(value, place));
}

/** Requires a relative path that does not lead out of the run directory. */
export const pathWithin: Check<string> = (value, place) => {
  const isSafe = (path: string) => !/^([\\/]|[a-z]:)/i.test(path) && !path.split(/[\\/]/).includes('..');
  return typeof value === 'string' && value !== '' && isSafe(value)
    ? value
    : refuse(value, place, 'a path within the run directory');
};

/** A place within another. Its name is made only for an error, because a list of runs has a million places. */
class Inside implements Place {
  constructor(
    private readonly around: Place,
    private readonly part: string | number,
  ) {}

  get file(): string {
    return this.around.file;
  }

  get field(): string {
    const { field } = this.around;
    if (typeof this.part === 'number') return `${field}[${this.part}]`;
    return field === '' ? this.part : `${field}.${this.part}`;
  }
}
