/** Checks the options of runs against the schema and fills in defaults. Options that pass have valid types and values. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { FileError, type AdvisedProblem } from '../errors';
import { locateIn, type FieldPath } from '../json/locate';
import { isObject } from '../json/strict';
import { validatorOf } from '../json/validator';
import { DATASET_FIELDS } from '../vocabulary/datasetSchema';
import { isIncluded } from '../vocabulary/includedDataset';
import type { Problem } from '../vocabulary/problems';
import type { DatasetSpec, RunOptions } from '../vocabulary/runOptions';
import type { RunRecord } from '../vocabulary/runRecord';
import { PLAIN_OPTIONS, RUN_SCHEMA } from '../vocabulary/runSchema';
import { defaultsOf } from '../vocabulary/schemaWords';
import { locateModel, ownModelProblems } from './ownModel';
import { downloadOf } from './missingData';
import { explain, type OptionProblem } from './explain';
import { relationProblems } from './optionRelations';

export { SEARCH_OPTIONS } from '../vocabulary/searchOptions';

/** The fields of a run file. */
export const OPTION_NAMES = Object.keys(RUN_SCHEMA.properties).filter(
  (name) => name !== '$schema',
) as (keyof RunOptions)[];

/** The default of every field that has one. */
export const OPTION_DEFAULTS: Readonly<Record<string, unknown>> = defaultsOf(RUN_SCHEMA.properties);

const { properties: INTERPOLATION } = PLAIN_OPTIONS.normalizationInterpolation;
const { properties: AUGMENTATION } = PLAIN_OPTIONS.augmentation;

const AUGMENTATION_DEFAULTS = defaultsOf(AUGMENTATION) as Partial<RunOptions['augmentation']>;
const INTERPOLATION_DEFAULTS = defaultsOf(INTERPOLATION) as Partial<RunOptions['normalizationInterpolation']>;

/** Returns a record with the defaults of the options that it does not have, because an older version made it. */
export function withDefaults(record: RunRecord): RunRecord {
  const { rounds, ...defaults } = OPTION_DEFAULTS as Readonly<Partial<RunOptions>>;
  const counted = record.targetSparsity === undefined && rounds !== undefined ? { rounds } : {};
  const filled = { ...defaults, ...counted, ...record };
  const { normalizationInterpolation, augmentation } = record;
  return {
    ...filled,
    augmentation: { ...AUGMENTATION_DEFAULTS, ...augmentation },
    normalizationInterpolation: { ...INTERPOLATION_DEFAULTS, ...normalizationInterpolation },
  };
}

const validate = validatorOf<RunOptions>('run', RUN_SCHEMA, {
  discriminator: true,
  strictNumbers: true, // refuses 1e400, which JSON.parse reads as infinite
});

export interface OptionsOrigin {
  /** Fields whose values come from the command line, not from the file, for example `augmentation.crop`. */
  replaced?: readonly string[];
  /** The advice in the message if the path of the dataset does not exist. */
  remedy?: string;
  /** Returns the place in the file of a field of the options, if the options are only a part of the file. */
  placeOf?: (field: FieldPath) => FieldPath;
  /** The content of the file, if it is known. Without it, the file is read to find the places of mistakes. */
  text?: string | undefined;
}

/**
 * Checks options and fills in the defaults. Does not change the input. Throws FileError with all mistakes at once.
 * @param file the file (or a name instead) that errors name, with line numbers if it can be read; dataset paths are relative to its folder
 */
export function checkOptions(input: unknown, file: string, origin: OptionsOrigin = {}): RunOptions {
  const options: unknown = structuredClone(input);
  const isValid = validate(options);
  const problems = [
    ...explain(validate.errors),
    ...relationProblems(input, options),
    ...pathProblems(options, file, origin),
    ...ownModelProblems(options, file),
  ];
  if (!isValid || problems.length > 0) throw asFileError(problems, file, origin);
  const { $schema: _, rounds, ...checked } = options as RunOptions & { $schema?: string };
  const counted = checked.targetSparsity === undefined ? { ...(rounds !== undefined && { rounds }) } : {};
  const located = { model: locateModel(checked.model, file), dataset: locateDataset(checked.dataset, file) };
  return { ...checked, ...counted, ...located };
}

function asFileError(
  problems: readonly OptionProblem[],
  file: string,
  { replaced = [], placeOf = (field) => field, text }: OptionsOrigin,
): FileError {
  const locate = locateIn(file, text);
  const located = problems.map(({ field, part, sentence, advice }): AdvisedProblem => {
    const problem = { message: sentence(nameOf(field)), ...(advice && { advice }) };
    if (isReplaced(field, replaced)) return { ...problem, option: '--set' as const };
    const range = locate(placeOf(field), part);
    return { ...problem, ...(range && { range }) };
  });
  const place = ({ range }: Problem) => (range ? 1e6 * range.line + range.column : 0);
  return new FileError(
    file,
    located.sort((a, b) => place(a) - place(b)),
  );
}

/** Whether the value of a field, or of an object that contains the field, comes from the command line. */
export function isReplaced(field: FieldPath, replaced: readonly string[]): boolean {
  return replaced.some((name) => `${field.join('.')}.`.startsWith(`${name}.`));
}

/** Returns the name of a field for messages, for example `"model.options.widths[1]"`. */
function nameOf(field: FieldPath): string {
  if (field.length === 0) return 'The whole';
  const name = field.map((part, i) => (/^\d+$/.test(part) ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
  return JSON.stringify(name);
}

function pathProblems(options: unknown, file: string, { remedy = 'Correct the path' }: OptionsOrigin): OptionProblem[] {
  const dataset = isObject(options) ? options['dataset'] : undefined;
  const given = isObject(dataset) ? dataset['path'] : undefined;
  if (typeof given !== 'string' || given === '') return [];
  const located = path.resolve(path.dirname(file), given);
  if (existsSync(located)) return [];
  const unexpanded = /(^|[\\/])~|[$%]/.test(given) ? ' (~ and variables are not expanded)' : '';
  const download = downloadOf(isObject(dataset) ? dataset['format'] : undefined, located);
  const advice = download !== undefined && {
    terminal: `To download the data, run “${download}”.`,
    window: 'To download the data, use “Winning Sign: Download Dataset…”.',
  };
  const sentence = (subject: string) => `${subject} names ${located}, which does not exist${unexpanded}. ${remedy}.`;
  return [{ field: ['dataset', 'path'], part: 'value', sentence, ...(advice && { advice }) }];
}

function locateDataset(dataset: DatasetSpec, file: string): DatasetSpec {
  if (isIncluded(dataset)) return dataset;
  const located = path.resolve(path.dirname(file), dataset.path);
  return { layout: DATASET_FIELDS.layout.default, ...dataset, path: located };
}

/**
 * Options that older versions did not have, with their defaults. In older runs they are missing, which means the default. So the default is
 * not hashed, and a run keeps its hash.
 */
const LATER: Readonly<Record<string, unknown>> = defaultsOf({
  scope: PLAIN_OPTIONS.scope,
  criterion: PLAIN_OPTIONS.criterion,
  roundSchedule: PLAIN_OPTIONS.roundSchedule,
});

/** The same for the fields of `normalizationInterpolation`. */
const LATER_INTERPOLATION: Readonly<Record<string, unknown>> = defaultsOf({
  each: INTERPOLATION.each,
  parameters: INTERPOLATION.parameters,
  initial: INTERPOLATION.initial,
});

/** Returns the options without `LATER` defaults. */
function withoutLater(options: Readonly<Record<string, unknown>>, later = LATER): Record<string, unknown> {
  const kept = Object.entries(options).filter(
    ([name, value]) => !(Object.hasOwn(later, name) && later[name] === value),
  );
  return Object.fromEntries(kept);
}

/**
 * Returns a hash (16 hex digits) of the options that decide the bytes of the checkpoints. Ignores the backend. Uses only the last part of
 * paths.
 */
export function hashOptions(record: Partial<RunOptions> & { name?: string }): string {
  const { dataSeed, ...options } = record;
  const effective = dataSeed === options.seed ? options : record; // an equal data seed has no effect
  const { normalizationInterpolation: interpolation } = effective;
  const asBefore = withoutLater({
    ...effective,
    ...(interpolation && { normalizationInterpolation: withoutLater(interpolation, LATER_INTERPOLATION) }),
  });
  const canonical = JSON.stringify(asBefore, (key, value: unknown) => {
    if (key === 'backend' || key === 'name' || key === 'madeIn') return undefined;
    if (key === 'path' || key === 'checkpoint') return path.basename(String(value));
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return createHash('sha256').update(canonical).digest('hex').slice(0, 16);
}
