/** The options of runs: checked against the schema, defaults filled in. Whatever passes here cannot fail later for its form. */
import Ajv, { type ErrorObject } from 'ajv';
import { distance } from 'fastest-levenshtein';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import type { DatasetSpec, RunOptions } from '../vocabulary/runOptions';
import schema from './run.schema.json';

/** The fields of a run file. */
export const OPTION_NAMES = Object.keys(schema.properties).filter((name) => name !== '$schema') as (keyof RunOptions)[];

/** The default of every field that has one. */
export const OPTION_DEFAULTS: Readonly<Record<string, unknown>> = Object.fromEntries(
  Object.entries(schema.properties).flatMap(([name, property]) =>
    'default' in property ? [[name, property.default]] : [],
  ),
);

// `verbose` gives errors the offending value; `allErrors` is off: the first clear sentence is worth more than ten.
const validate = new Ajv({
  useDefaults: true,
  verbose: true,
  allowUnionTypes: true,
  strict: false,
  strictNumbers: true, // 1e400 is no number
}).compile(schema);

/**
 * Checks options from anywhere and fills in the defaults; the input is left as it is.
 * @param origin the file (or its stand-in) that error sentences name; dataset paths are relative to its folder
 * @param remedy what to do where the dataset's path does not exist
 */
export function checkOptions(input: unknown, origin: string, remedy = 'correct the path'): RunOptions {
  const options = structuredClone(input);
  if (!validate(options)) throw new UserError(`${origin}: ${sentence(validate.errors![0]!)}`.replace(/[^?]$/, '$&.'));
  delete (options as { $schema?: string }).$schema;
  const checked = options as unknown as RunOptions;
  const { low, high } = checked.normalizationInterpolation;
  if (low > high)
    throw new UserError(
      `${origin}: field "normalizationInterpolation.low" is ${low}, above its "high" of ${high}; swap them.`,
    );
  return { ...checked, dataset: locateDataset(checked.dataset, origin, remedy) };
}

function locateDataset(dataset: DatasetSpec, origin: string, remedy: string): DatasetSpec {
  if (typeof dataset === 'string') return dataset;
  const located = path.resolve(path.dirname(origin), dataset.path);
  if (!existsSync(located)) {
    const unexpanded = /(^|[\\/])~|[$%]/.test(dataset.path) ? ' (~ and variables are not expanded)' : '';
    throw new UserError(
      `${origin}: field "dataset.path" names ${located}, which does not exist${unexpanded}; ${remedy}.`,
    );
  }
  return { ...dataset, path: located };
}

/** What decides the bytes of a run's checkpoints, as 16 hex digits: not the backend's choice, and of paths only the last part. */
export function hashOptions(record: Partial<RunOptions> & { name?: string }): string {
  const { dataSeed, ...options } = record;
  const effective = dataSeed === options.seed ? options : record; // the same draws, so the same bytes
  const canonical = JSON.stringify(effective, (key, value: unknown) => {
    if (key === 'backend' || key === 'name') return undefined;
    if (key === 'path' || key === 'checkpoint') return path.basename(String(value));
    if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return createHash('sha256').update(canonical).digest('hex').slice(0, 16);
}

/** One schema violation as a sentence: the field, what it is, what it may be. */
function sentence(error: ErrorObject): string {
  const field = error.instancePath.slice(1).replaceAll('/', '.');
  const found = `field "${field}" is ${typeof error.data === 'number' ? error.data : JSON.stringify(error.data)}`;
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownField(field, String(params['additionalProperty']), error.parentSchema?.['properties'] as object);
    case 'required':
      return `field "${[field, params['missingProperty']].filter(Boolean).join('.')}" is missing; add it`;
    case 'enum':
      return `${found}; it must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`;
    case 'const':
      return `${found}; as text it must be ${JSON.stringify(params['allowedValue'])}`;
    case 'type':
      return `${field ? found : `it holds ${JSON.stringify(error.data)}`}; it must be of type ${String(params['type']).replace(',', ' or ')}`;
    default:
      return `${found}; it ${error.message ?? 'is not valid'}`;
  }
}

function unknownField(parent: string, name: string, properties: object): string {
  const known = Object.keys(properties);
  const nearest = known.reduce((a, b) => (distance(name, b) < distance(name, a) ? b : a));
  const full = [parent, name].filter(Boolean).join('.');
  const close = distance(name, nearest) <= Math.max(2, name.length / 3);
  return `unknown field "${full}"; ${close ? `did you mean "${nearest}"?` : `known are ${known.filter((key) => key !== '$schema').join(', ')}`}`;
}
