/** Options that replace those of a run file or of another run (`--set`). */
import { isObject } from '../json/strict';
import { UserError } from '../errors';
import type { RunOptions } from '../vocabulary/runOptions';
import { checkOptions } from './options';

/** Values by field; `augmentation.crop` is a field within another. They are checked like any others. */
export type Overrides = Partial<Record<keyof RunOptions | `${keyof RunOptions}.${string}`, unknown>>;

/** Options that are not checked yet, and the file they are from. */
export interface OptionsSource {
  options: unknown;
  file: string;
}

/** Replaces options and then checks all of them. Throws FileError naming the file and the fields. */
export function checkReplaced({ options, file }: OptionsSource, overrides: Overrides = {}): RunOptions {
  return checkOptions(override(options, overrides), file, { replaced: replacedBy(overrides) });
}

/** The fields that are replaced, for errors to tell them from those of the file. */
export function replacedBy(overrides: Overrides = {}): string[] {
  return Object.keys(overrides);
}

/** Returns options, which need not be valid yet, with some replaced. What is not an object is returned as it is. */
function override(options: unknown, overrides: Overrides = {}): unknown {
  if (!isObject(options)) return options;
  const one = (whole: unknown, [name, value]: [string, unknown]) => within(whole, { to: name.split('.') }, value);
  return Object.entries(overrides).reduce(one, options);
}

/** Returns `whole`, which is at `from`, with the value at the path `to` below it replaced. */
function within(whole: unknown, { from = [], to }: { from?: string[]; to: string[] }, value: unknown): unknown {
  const [next, ...rest] = to;
  if (next === undefined) return value;
  if (whole !== undefined && !isObject(whole))
    throw new UserError(
      `field "${[...from, ...to].join('.')}" cannot be set: ${from.join('.')} is ${JSON.stringify(whole)}, which has no fields; give ${from.join('.')} whole, as JSON.`,
    );
  const part = whole && Object.hasOwn(whole, next) ? whole[next] : undefined;
  return { ...whole, [next]: within(part, { from: [...from, next], to: rest }, value) };
}
