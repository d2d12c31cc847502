/** Checks data with a JSON schema. */
import Ajv, { type ErrorObject, type Options, type ValidateFunction } from 'ajv';

/** Fills in defaults and returns whether the data fit the schema. `errors` has the mistakes of the last call. */
export interface Validator<T> {
  (data: unknown): data is T;
  errors: readonly ErrorObject[];
}

/**
 * Returns a validator that finds all mistakes, with their values. The schema is compiled at the first call, because that takes a tenth of a
 * second, and most processes check nothing. The compiled code is not optimized, because optimizing it takes as long again.
 */
export function validatorOf<T>(schema: object, options: Options = {}): Validator<T> {
  let compiled: ValidateFunction<T> | undefined;
  const settings = { allErrors: true, useDefaults: true, verbose: true, strict: false, code: { optimize: false } };
  const validate = (data: unknown): data is T => {
    compiled ??= new Ajv({ ...settings, ...options }).compile<T>(schema);
    const isValid = compiled(data);
    validator.errors = compiled.errors ?? [];
    return isValid;
  };
  const validator = Object.assign(validate, { errors: [] as readonly ErrorObject[] });
  return validator;
}
