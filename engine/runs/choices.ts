/** Checks choices of requests, which the types do not: the command palette takes them from arguments of commands. */
import { UserError } from '../errors';
import { choiceProblem, numberText, type Bounds } from '../vocabulary/schemaWords';

/** Throws UserError if `value` is not a key of `choices`. */
export function checkChoice(name: string, value: unknown, choices: object): void {
  const problem = choiceProblem(name, value, choices);
  if (problem !== undefined) throw new UserError(problem);
}

/** Throws UserError if `value` is not a whole number within the bounds. */
export function checkWholeNumber(name: string, value: unknown, bounds: Bounds): void {
  const { minimum = -Infinity, maximum = Infinity } = bounds;
  if (Number.isSafeInteger(value) && (value as number) >= minimum && (value as number) <= maximum) return;
  throw new UserError(`"${name}" is ${JSON.stringify(value)}; it must be ${numberText('integer', bounds)}.`);
}
