/** Options of a model as they come from a run file: read by name and type, and anything unknown or out of range refused. */
import { UserError } from '../errors';
import { nearest } from './nearest';

export type ModelOptions = Record<string, unknown>;

/** Refuses options that `model` does not have. */
export function checkKnown(model: string, options: ModelOptions, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const list = known.length > 0 ? `its options are ${known.join(', ')}` : 'it has none';
    throw new UserError(`model.options.${name}: ${model} has no such option${nearest(name, known)}; ${list}.`);
  }
}

/** A whole number of at least `least`. */
export function whole(options: ModelOptions, name: string, otherwise: number, least = 1): number {
  const value = options[name] ?? otherwise;
  if (isWhole(value, least)) return value;
  throw new UserError(`model.options.${name} must be a whole number of at least ${least}, not ${show(value)}.`);
}

/** A list of whole numbers of at least 1; `length` of them if given. */
export function wholes(options: ModelOptions, name: string, otherwise: number[], length?: number): number[] {
  const value = options[name] ?? otherwise;
  const fits = isWholes(value) && value.length > 0 && value.length === (length ?? value.length);
  if (fits) return value;
  const count = length === undefined ? 'one or more' : String(length);
  throw new UserError(`model.options.${name} must list ${count} whole numbers of at least 1, not ${show(value)}.`);
}

/** A positive number. */
export function positive(options: ModelOptions, name: string, otherwise: number): number {
  const value = options[name] ?? otherwise;
  if (typeof value === 'number' && value > 0 && Number.isFinite(value)) return value;
  throw new UserError(`model.options.${name} must be a positive number, not ${show(value)}.`);
}

export function flag(options: ModelOptions, name: string, otherwise: boolean): boolean {
  const value = options[name] ?? otherwise;
  if (typeof value === 'boolean') return value;
  throw new UserError(`model.options.${name} must be true or false, not ${show(value)}.`);
}

/** One of a few words. */
export function choice<T extends string>(options: ModelOptions, name: string, words: readonly [T, ...T[]]): T {
  const value = options[name] ?? words[0];
  const found = words.find((word) => word === value);
  if (found !== undefined) return found;
  throw new UserError(`model.options.${name} must be one of ${words.join(', ')}, not ${show(value)}.`);
}

function isWholes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => isWhole(item, 1));
}

function isWhole(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least;
}

/** A value as it stands in the run file. */
export function show(value: unknown): string {
  return JSON.stringify(value);
}
