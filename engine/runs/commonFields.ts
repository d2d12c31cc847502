/** What the records of runs have in common. A study may have thousands of runs with the same options, whose facts are found once. */
import { isDeepStrictEqual } from 'node:util';
import type { RunRecord } from '../vocabulary/runRecord';

/** The fields in which the runs of a study differ: names, seeds, and the checkpoints they were made from. */
const OWN: ReadonlySet<string> = new Set(['version', 'name', 'madeIn', 'seed', 'dataSeed', 'source', 'start', 'a', 'b', 'c']); // prettier-ignore

/** All fields of a record except those, in their order. */
interface CommonFields {
  names: readonly string[];
  values: readonly unknown[];
  number: number;
}

/** The fields that were found last are first. */
const known: CommonFields[] = [];
const MOST_KNOWN = 64;
let made = 0;

const numbers = new WeakMap<RunRecord, number>();

/** Returns a number that is the same only for records with the same fields, apart from their names, seeds, and the checkpoints they were made from. */
export function commonNumberOf(record: RunRecord): number {
  const number = numbers.get(record) ?? found(record).number;
  numbers.set(record, number);
  return number;
}

function found(record: RunRecord): CommonFields {
  const at = known.findIndex((fields) => areIn(record, fields));
  const [fields = fieldsOf(record)] = at < 0 ? [] : known.splice(at, 1);
  known.unshift(fields);
  if (known.length > MOST_KNOWN) known.pop();
  return fields;
}

function areIn(record: RunRecord, { names, values }: CommonFields): boolean {
  let at = 0;
  for (const [name, value] of Object.entries(record)) {
    if (OWN.has(name)) continue;
    if (names[at] !== name || !isSame(values[at], value)) return false;
    at++;
  }
  return at === names.length;
}

function isSame(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && isDeepStrictEqual(a, b));
}

function fieldsOf(record: RunRecord): CommonFields {
  const fields = Object.entries(record).filter(([name]) => !OWN.has(name));
  return { names: fields.map(([name]) => name), values: fields.map(([, value]) => value as unknown), number: made++ };
}
