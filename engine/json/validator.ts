/** Checks data with a JSON schema. */
import Ajv, { type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Fills in defaults and returns whether the data fit the schema. `errors` has the mistakes of the last call. */
export interface Validator<T> {
  (data: unknown): data is T;
  errors: readonly ErrorObject[];
}

/** The schemas of all validators of this process, by name. The build compiles them. */
export const SCHEMAS = new Map<string, { schema: object; settings: Options }>();

/** The folder, next to the bundled program, with the schemas that the build has compiled. */
const COMPILED = path.join(__dirname, 'schemas');

/**
 * Returns a validator that finds all mistakes, with their values. Uses the schema that the build has compiled. A program that is not bundled
 * compiles it at the first call, because that takes up to a third of a second, and most processes check nothing.
 * @param name names the compiled file; unique in the engine
 */
export function validatorOf<T>(name: string, schema: object, settings: Options = {}): Validator<T> {
  if (SCHEMAS.has(name)) throw new Error(`Two validators have the name "${name}".`);
  SCHEMAS.set(name, { schema, settings });
  let compiled: ValidateFunction<T> | undefined;
  const validate = (data: unknown): data is T => {
    compiled ??= loadCompiled<T>(name) ?? createAjv(settings).compile<T>(schema);
    const isValid = compiled(data);
    validator.errors = compiled.errors ?? [];
    return isValid;
  };
  const validator = Object.assign(validate, { errors: [] as readonly ErrorObject[] });
  return validator;
}

/** Returns the compiler of schemas. The compiled code is not optimized, because optimizing it takes as long again. */
export function createAjv(settings: Options): Ajv {
  const { code, ...others } = settings;
  const common = { allErrors: true, useDefaults: true, verbose: true, strict: false } as const;
  return new Ajv({ ...common, ...others, code: { optimize: false, ...code } });
}

function loadCompiled<T>(name: string): ValidateFunction<T> | undefined {
  const file = path.join(COMPILED, `${name}.js`);
  return existsSync(file) ? (createRequire(__filename)(file) as ValidateFunction<T>) : undefined;
}
