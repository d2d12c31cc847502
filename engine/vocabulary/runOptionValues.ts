/** The options of runs one by one, with their defaults: the columns of a table of runs. Pure. */
import type { FactValue } from './facts';
import { MODELS } from './modelSchemas';
import type { RunSummary } from './runSummary';
import { RUN_SCHEMA } from './runSchema';
import { defaultsOf } from './schemaWords';
import { SEARCH_OPTIONS } from './searchOptions';

type Options = ReadonlyMap<string, FactValue>;
/** The parts of a run that decide its options. */
type Run = Pick<RunSummary, 'kind' | 'model' | 'options'>;

/** These have columns of their own. A path differs between machines, and the column `dataset` has its last part. */
const ELSEWHERE: readonly string[] = ['method', 'seed', 'backend', 'model', 'dataset', 'dataset.path'];
/** Fields of an own network that its hash stands for. */
const OF_FILE: readonly string[] = ['model', 'path', 'topology'];
const OF_SEARCH: readonly string[] = SEARCH_OPTIONS;
const known = new WeakMap<RunSummary['options'], Options>();

/**
 * Returns the options that decide the result of a run, by name: `learningRate`, `augmentation.crop`, `model.widths`. Options that its kind of
 * run does not use are left out. An option that was not given has its default.
 */
export function optionValues(run: Run): Options {
  let values = known.get(run.options);
  if (!values) known.set(run.options, (values = valuesOf(run)));
  return values;
}

function valuesOf({ kind, model, options }: Run): Options {
  const values = new Map<string, FactValue>();
  if (kind === 'connectivity') return values;
  const { model: given, ...rest } = options;
  for (const [name, value] of Object.entries({ ...DEFAULTS, ...rest }))
    if (kind === 'search' || !OF_SEARCH.includes(name)) add(values, name, withDefaults(name, value));
  // Only one of the two decides the number of rounds.
  if (options.targetSparsity !== undefined) values.delete('rounds');
  for (const [name, value] of Object.entries(modelDefaults(model))) add(values, `model.${name}`, value);
  if (typeof given === 'object') {
    const { options: own = {}, ...fields } = given as { options?: object };
    for (const [name, value] of Object.entries({ ...fields, ...own }))
      if (!OF_FILE.includes(name)) add(values, `model.${name}`, value);
  }
  for (const name of ELSEWHERE) values.delete(name);
  return values;
}

/** Whether a run could have an option with this name. Only then, its absence is a difference from other runs. */
export function appliesTo(run: Run, name: string): boolean {
  if (run.kind === 'connectivity') return false;
  if (name.startsWith('model.')) return optionValues(run).has(name);
  return run.kind === 'search' || !OF_SEARCH.includes(name.split('.')[0]!);
}

/** Returns the help text of an option, or undefined if it has none of its own. */
export function optionHelp(name: string): string | undefined {
  return SCHEMAS[name.split('.')[0]!]?.description;
}

interface Schema {
  type?: string;
  description?: string;
  properties?: Readonly<Record<string, object>>;
}

const SCHEMAS: Readonly<Record<string, Schema>> = RUN_SCHEMA.properties;
const DEFAULTS = defaultsOf(SCHEMAS);

/** Fills in the defaults of the fields of an option. */
function withDefaults(name: string, value: unknown): unknown {
  const { properties } = SCHEMAS[name] ?? {};
  if (!properties || typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return { ...defaultsOf(properties), ...value };
}

function modelDefaults(model: string): Record<string, unknown> {
  return Object.hasOwn(MODELS, model) ? defaultsOf(MODELS[model as keyof typeof MODELS].options) : {};
}

/** Adds a value, or each field of an object. */
function add(values: Map<string, FactValue>, name: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) values.set(name, value as FactValue);
  else for (const [field, inner] of Object.entries(value)) add(values, `${name}.${field}`, inner);
}
