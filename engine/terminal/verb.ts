/** Verbs of the command line: their type, the parser of their arguments, and their help. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { command } from '../commands';
import { UserError } from '../errors';
import { didYouMean } from '../nearest';
import type { Outcome } from '../vocabulary/runStatus';
import { numberText, type Bounds } from '../vocabulary/schemaWords';
import { folderName } from '../runs/names';
import { INITIALIZATION, paths, RUNS_FOLDER } from '../runs/paths';

export interface Arguments {
  positionals: string[];
  /** Values of `--option value`, by name. */
  text: Record<string, string | undefined>;
  /** Values of options that may be repeated. */
  list: Record<string, string[] | undefined>;
  /** Options without a value. */
  flags: Record<string, boolean>;
  json: boolean;
}

export interface Printed {
  /** The document that `--json` prints. Its fields are a contract (docs/json.md). */
  json: unknown;
  /** The text that is printed without `--json`. */
  text: string;
  /** The outcome of a run, which decides the exit code. */
  outcome?: Outcome;
  /** Whether some input was bad, so that a part of the result is missing. Exit code 2. */
  isIncomplete?: boolean;
}

export interface Verb {
  /** Positionals and options, for example `run FILE|DIR [--dir DIR]`. */
  usage: string;
  summary: string;
  /** Whether only our own processes use the verb. Then the help does not list it. */
  internal?: true;
  /** Least and greatest number of positionals. */
  positionals: [number, number];
  /** Help of each `--NAME VALUE`, by name. Options in `repeated` may be given several times; `flags` have no value. */
  options?: Readonly<Record<string, string>>;
  repeated?: Readonly<Record<string, string>>;
  flags?: Readonly<Record<string, string>>;
  run(args: Arguments): Promise<Printed>;
}

/** The option whose values are patterns, separated by commas. If it is given several times, all its patterns are used. */
const JOINED = 'layers';

function joined(values: unknown): Record<string, string> {
  return Array.isArray(values) ? { [JOINED]: values.join(',') } : {};
}

/** Parses the arguments of a verb. Throws UserError (exit code 2) for wrong usage. */
export function parseVerb(verb: Verb, argv: string[]): Arguments {
  const options: NonNullable<ParseArgsConfig['options']> = { json: { type: 'boolean' } };
  const { options: single = {}, repeated = {}, flags = {} } = verb;
  for (const name of Object.keys(single)) options[name] = { type: 'string', multiple: name === JOINED };
  for (const name of Object.keys(repeated)) options[name] = { type: 'string', multiple: true };
  for (const name of Object.keys(flags)) options[name] = { type: 'boolean' };
  const { positionals, values } = parse(verb, argv, options);
  checkCount(verb, positionals.length);
  const empty = Object.keys(values).find((name) => [values[name]].flat().includes(''));
  if (empty !== undefined) throw new UserError(`--${empty} is empty. Give it a value, or leave it out.`);
  if (positionals.includes(''))
    throw new UserError(`an argument is empty. Leave it out, or give it a value. Usage: ${command()} ${verb.usage}`);
  if (positionals.includes('-'))
    throw new UserError(
      '“-” is not a file, and standard input is not read. Save the data to a file, and name the file.',
    );
  const pick = (declared: object) => Object.fromEntries(Object.keys(declared).map((name) => [name, values[name]]));
  return {
    positionals,
    text: { ...pick(single), ...joined(values[JOINED]) } as Arguments['text'],
    list: pick(repeated) as Arguments['list'],
    flags: Object.fromEntries(Object.keys(flags).map((name) => [name, values[name] === true])),
    json: values['json'] === true,
  };
}

/** Throws UserError, which names the expected number of arguments, if the number of arguments is wrong. */
function checkCount({ usage, positionals: [least, most] }: Verb, count: number): void {
  if (count >= least && count <= most) return;
  const bound = least === most ? '' : count < least ? 'at least ' : 'at most ';
  const wanted = count < least ? least : most;
  const needs = wanted === 0 ? 'takes no arguments' : `needs ${bound}${wanted} argument${wanted === 1 ? '' : 's'}`;
  throw new UserError(`${usage.split(' ')[0]} ${needs}, but has ${count || 'none'}. usage: ${command()} ${usage}`);
}

/** Returns the help of a verb: its usage, its summary, and each option. */
export function helpOf({ usage, summary, options, repeated, flags }: Verb): string {
  const rows = Object.entries({ ...options, ...repeated, ...flags, json: 'one JSON document on standard output' });
  const width = Math.max(...rows.map(([name]) => name.length));
  const further = '\n' + ' '.repeat(width + 6);
  const lines = rows.map(([name, meaning]) => `  --${name.padEnd(width)}  ${meaning.replaceAll('\n', further)}`);
  return [`usage: ${command()} ${usage} [--json]`, '', summary, '', ...lines].join('\n');
}

/** Rewrites `--seed -1` as `--seed=-1`, and `--filter -tag:x` alike, because Node mistakes such values for options. */
function withDashedValues(args: readonly string[], options: NonNullable<ParseArgsConfig['options']>): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const takesValue = (arg = '') => arg.startsWith('--') && options[arg.slice(2)]?.type === 'string';
  const isDashed = (i: number) => (args[i - 1] === '--filter' ? /^-[^-]/ : /^-\.?\d/).test(args[i] ?? '');
  const isValue = (i: number) => i < end && isDashed(i) && takesValue(args[i - 1]);
  return args.flatMap((arg, i) => (isValue(i) ? [] : isValue(i + 1) ? [`${arg}=${args[i + 1]}`] : [arg]));
}

function parse(verb: Verb, args: string[], options: NonNullable<ParseArgsConfig['options']>) {
  try {
    return parseArgs({ args: withDashedValues(args, options), options, allowPositionals: true });
  } catch (error) {
    const sentence = `${(error as Error).message.split(/\.\s/)[0]!}.`;
    const unknown = /^Unknown option '(--[^'=]+)/.exec(sentence)?.[1];
    const known = Object.keys(options).map((name) => `--${name}`);
    throw new UserError(`${sentence}${didYouMean(unknown, known)} usage: ${command()} ${verb.usage}`, { cause: error });
  }
}

/** Parses a whole number. Throws UserError naming the option and its bounds. */
export function wholeNumber(name: string, text: string, bounds: Bounds): number {
  const value = Number(text);
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = bounds;
  if (!/^\d+$/.test(text) || value < minimum || value > maximum)
    throw new UserError(`--${name} is "${text}". It must be ${numberText('integer', bounds)}.`);
  return value;
}

/** Checks that a text is one of a list of words. Throws UserError naming the option and the words. */
export function oneOf<W extends string>(name: string, text: string, words: readonly W[]): W {
  const word = words.find((candidate) => candidate === text);
  if (!word)
    throw new UserError(`--${name} is "${text}". It must be one of ${words.join(', ')}.${didYouMean(text, words)}`);
  return word;
}

/** Throws UserError if the target is a run file or a run directory, for verbs that need a checkpoint. Lists the checkpoints of the run. */
export function refuseRun(given: string): void {
  refuseStudyFile(given, 'a checkpoint');
  const target = runOfFile(given) ?? given;
  if (target === given) refuseRunFile(given);
  if (!existsSync(paths.record(target))) return;
  const folder = path.dirname(paths.checkpoint(target, INITIALIZATION));
  const checkpoints = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.safetensors')) : [];
  const choice =
    checkpoints.length > 0
      ? `Name one of the checkpoints in ${folder}: ${checkpoints.join(', ')}`
      : 'The run has no checkpoints yet';
  throw new UserError(`${target} is a run directory, not a checkpoint. ${choice}.`);
}

/** Throws UserError if the target of a verb that needs a run is a run file or a study file. */
export function refuseRunFile(target: string): void {
  refuseStudyFile(target, 'a run');
  if (!target.endsWith(RUN_FILE)) return;
  const directory = runOfFile(target);
  const advice =
    directory === undefined
      ? `Run it with: ${command('run', target)}`
      : `Its run is in ${directory}. Name that directory.`;
  throw new UserError(`${target} is a run file, not a run. ${advice}`);
}

const [RUN_FILE, STUDY_FILE] = ['.sign.json', '.study.json'];

function refuseStudyFile(target: string, needed: string): void {
  if (target.endsWith(STUDY_FILE))
    throw new UserError(
      `${target} is a study file, not ${needed}. To see how far its runs are, use: ${command('study', 'status', target)}`,
    );
}

/** Returns the run directory that `run` makes for a run file, if it exists. */
function runOfFile(target: string): string | undefined {
  if (!target.endsWith(RUN_FILE)) return undefined;
  const name = folderName(path.basename(target, RUN_FILE));
  const directory = path.join(path.dirname(target), RUNS_FOLDER, name);
  return existsSync(paths.record(directory)) ? directory : undefined;
}
