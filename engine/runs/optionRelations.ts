/** Conditions between several options, which a schema cannot express. */
import { isObject } from '../json/strict';
import { FORMATS, INCLUDED } from '../vocabulary/datasetSchema';
import { roundsFor } from '../vocabulary/rounds';
import { PLAIN_OPTIONS } from '../vocabulary/runSchema';
import type { OptionProblem } from './explain';

/**
 * Returns the problems of options that contradict each other.
 * @param given the options without defaults: a default contradicts nothing
 * @param options the options with defaults
 */
export function relationProblems(given: unknown, options: unknown): OptionProblem[] {
  if (!isObject(given) || !isObject(options)) return [];
  return [
    ...roundProblems(given, options),
    ...interpolationProblems(options['normalizationInterpolation']),
    ...datasetProblems(given['dataset']),
  ];
}

type Fields = Record<string, unknown>;

function roundProblems({ rounds }: Fields, { method, targetSparsity, pruningFraction }: Fields): OptionProblem[] {
  if (targetSparsity === undefined) return [];
  const problem = (sentence: OptionProblem['sentence']): OptionProblem[] => {
    return [{ field: ['targetSparsity'], part: 'value', sentence }];
  };
  if (rounds !== undefined)
    return problem(
      (subject) =>
        `${subject} and "rounds" are both given, but the number of rounds follows from ${subject}. Remove one of them.`,
    );
  const isSearched = method !== 'dense' && method !== 'one-shot';
  if (!isSearched || typeof targetSparsity !== 'number' || typeof pruningFraction !== 'number') return [];
  const needed = roundsFor(targetSparsity, pruningFraction);
  const most = PLAIN_OPTIONS.rounds.maximum;
  if (!(needed > most)) return [];
  return problem(
    (subject) =>
      `${subject} is ${targetSparsity}, which needs ${needed} rounds with "pruningFraction" ${pruningFraction}. A search has at most ${most}. Lower ${subject}, or raise "pruningFraction".`,
  );
}

/** Only the included images have no path. */
function datasetProblems(dataset: unknown): OptionProblem[] {
  if (!isObject(dataset)) return [];
  const { format, path } = dataset;
  const field = ['dataset', 'path'];
  if (format === INCLUDED)
    return path === undefined
      ? []
      : [{ field, part: 'name', sentence: (subject) => `${subject} has no effect on the included images. Remove it.` }];
  const isFormat = typeof format === 'string' && Object.hasOwn(FORMATS, format);
  if (path !== undefined || !isFormat) return [];
  return [{ field, part: 'name', sentence: (subject) => `${subject} is missing. Add it.` }];
}

function interpolationProblems(interpolation: unknown): OptionProblem[] {
  const { low, high } = isObject(interpolation) ? interpolation : {};
  if (typeof low !== 'number' || typeof high !== 'number' || low <= high) return [];
  const sentence = (subject: string) => `${subject} is ${low}, which is above "high" (${high}). Swap them.`;
  return [{ field: ['normalizationInterpolation', 'low'], part: 'value', sentence }];
}
