/** Replaces options of a run file or of another run (`--set`). */
import { isObject } from '../json/strict';
import { UserError } from '../errors';
import type { RunOptions } from '../vocabulary/runOptions';
import { checkOptions } from './options';

/** New values by field. `augmentation.crop` is the field `crop` of the object `augmentation`. The values are not checked yet. */
export type Overrides = Partial<Record<keyof RunOptions | `${keyof RunOptions}.${string}`, unknown>>;

/** Unchecked options, and the file that contains them. */
export interface OptionsSource {
  options: unknown;
  file: string;
  /** For each file that was found at another path than the recorded one (`locateRecord`): a sentence for the user. */
  moved?: readonly string[];
}

/** Replaces options and then checks all of them. Throws FileError naming the file and the fields. */
export function checkReplaced({ options, file }: OptionsSource, overrides: Overrides = {}): RunOptions {
  return checkOptions(override(options, overrides), file, { replaced: replacedBy(overrides) });
}

/** The replaced fields. Errors distinguish them from fields of the file. */
export function replacedBy(overrides: Overrides = {}): string[] {
  return Object.keys(overrides);
}

/** Returns a copy of options with some replaced. The options may be invalid. A value that is not an object is returned unchanged. */
export function override(options: unknown, overrides: Overrides = {}): unknown {
  if (!isObject(options)) return options;
  const one = (whole: unknown, [name, value]: [string, unknown]) => within(whole, { to: name.split('.') }, value);
  const given = withoutAlternative(options, overrides);
  return Object.entries(overrides).reduce(one, 'model.path' in overrides ? withoutTopology(given) : given);
}

/** Removes the recorded layers of an own network, so that they are read from its new path. */
function withoutTopology(options: Record<string, unknown>): Record<string, unknown> {
  if (!isObject(options['model'])) return options;
  const { topology: _, sha256: __, ...model } = options['model'];
  return { ...options, model };
}

/** Removes `rounds` from options if `targetSparsity` is set, and the reverse. One takes the place of the other. */
function withoutAlternative(options: Record<string, unknown>, overrides: Overrides): Record<string, unknown> {
  const { rounds, targetSparsity, ...others } = options;
  if ('targetSparsity' in overrides) return { ...others, ...(targetSparsity !== undefined && { targetSparsity }) };
  if ('rounds' in overrides) return { ...others, ...(rounds !== undefined && { rounds }) };
  return options;
}

/**
 * Returns a copy of `whole` in which the value at the path `to` is replaced. `from` is the path of `whole` in the options, for messages.
 */
function within(whole: unknown, { from = [], to }: { from?: string[]; to: string[] }, value: unknown): unknown {
  const [next, ...rest] = to;
  if (next === undefined) return value;
  if (whole !== undefined && !isObject(whole))
    throw new UserError(
      `--set: "${[...from, ...to].join('.')}" cannot be set: "${from.join('.')}" is ${JSON.stringify(whole)}, which has no fields. Set "${from.join('.')}" as a whole, as JSON.`,
    );
  const part = whole && Object.hasOwn(whole, next) ? whole[next] : undefined;
  return { ...whole, [next]: within(part, { from: [...from, next], to: rest }, value) };
}
