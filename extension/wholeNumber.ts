import { numberText, type Bounds } from '../engine/vocabulary/schemaWords';

/** Checks that a text is a whole number within bounds. Returns a sentence about the problem, or undefined if there is none. */
export function wholeNumberProblem(text: string, name: string, bounds: Bounds): string | undefined {
  const value = Number(text);
  const { minimum = -Infinity, maximum = Infinity } = bounds;
  if (text.trim() !== '' && Number.isInteger(value) && value >= minimum && value <= maximum) return undefined;
  return `${name} must be ${numberText('integer', bounds)}.`;
}
