import { numberText, type Bounds } from '../engine/vocabulary/schemaWords';

/** Why a text is not a whole number within bounds, in a sentence, or undefined when it is. */
export function wholeNumberProblem(text: string, name: string, bounds: Bounds): string | undefined {
  const value = Number(text);
  const { minimum = -Infinity, maximum = Infinity } = bounds;
  if (text.trim() !== '' && Number.isInteger(value) && value >= minimum && value <= maximum) return undefined;
  return `${name} must be ${numberText('integer', bounds)}.`;
}
