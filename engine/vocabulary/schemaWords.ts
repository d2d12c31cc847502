/** Reads defaults from a JSON schema, and describes the allowed values in words. */

export interface Bounds {
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
}

/** The parts of a schema that limit a value. */
export interface ValueSchema extends Bounds {
  type?: string;
  enum?: readonly unknown[];
  items?: ValueSchema | readonly ValueSchema[];
  anyOf?: readonly ValueSchema[];
  properties?: Readonly<Record<string, ValueSchema>>;
}

/** Returns the defaults of the fields that have a default. */
export function defaultsOf(properties: Readonly<Record<string, object>>): Record<string, unknown> {
  const entries = Object.entries(properties).flatMap(([name, schema]): [string, unknown][] =>
    'default' in schema ? [[name, schema.default]] : [],
  );
  return Object.fromEntries(entries);
}

/** Returns bounds in words, for example “from 1 to 200” or “greater than 0 and less than 1”. Returns an empty text without bounds. */
export function boundsText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Bounds): string {
  if (minimum !== undefined && maximum !== undefined) return `from ${minimum} to ${maximum}`;
  return [
    ...(minimum !== undefined ? [`at least ${minimum}`] : []),
    ...(exclusiveMinimum !== undefined ? [`greater than ${exclusiveMinimum}`] : []),
    ...(maximum !== undefined ? [`at most ${maximum}`] : []),
    ...(exclusiveMaximum !== undefined ? [`less than ${exclusiveMaximum}`] : []),
  ].join(' and ');
}

const TYPES: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/** Returns a type in words, for example “a whole number”. */
export function typeText(type = ''): string {
  return TYPES[type] ?? type;
}

/** Returns the choices as `"a", "b" or "c"`. */
export function choiceText(values: readonly unknown[]): string {
  const all = values.map((value) => JSON.stringify(value));
  return all.length === 1 ? all[0]! : `${all.slice(0, -1).join(', ')} or ${all.at(-1)!}`;
}

/** Returns what is wrong with a choice if `value` is not a key of `choices`, else undefined. `name` is its field. */
export function choiceProblem(name: string, value: unknown, choices: object): string | undefined {
  if (typeof value === 'string' && Object.hasOwn(choices, value)) return undefined;
  const found = value === undefined ? 'missing' : JSON.stringify(value);
  return `"${name}" is ${found}; it must be ${choiceText(Object.keys(choices))}.`;
}

/** Describes a number with its bounds, for example “a whole number from 1 to 200” or “a number, greater than 0”. */
export function numberText(type: string | undefined, bounds: Bounds): string {
  const within = boundsText(bounds);
  return `${typeText(type)}${within && (within.startsWith('from') ? ' ' : ', ')}${within}`;
}

/** Describes all values that a schema allows, at most one level deep, for example “a list of whole numbers, each at least 1”. */
export function valueText(schema: ValueSchema): string {
  if (schema.anyOf) return schema.anyOf.map(valueText).join(', or ');
  if (schema.enum) return choiceText(schema.enum);
  const { type, items, properties } = schema;
  if (type === 'array' && items) return listText(items);
  if (type === 'object' && properties) return `an object with ${Object.keys(properties).join(', ')}`;
  return numberText(type, schema);
}

const ITEMS: Readonly<Record<string, string>> = { integer: 'whole numbers', string: 'texts' };

function listText(items: ValueSchema | readonly ValueSchema[]): string {
  const [one, count] = isList(items) ? [items[0] ?? {}, `${items.length} `] : [items, ''];
  const each = boundsText(one);
  return `a list of ${count}${ITEMS[one.type ?? ''] ?? 'numbers'}${each && `, each ${each}`}`;
}

function isList(items: ValueSchema | readonly ValueSchema[]): items is readonly ValueSchema[] {
  return Array.isArray(items);
}
