/** The accuracy of a search, which is measured in two ways: which one is shown, and how it is named. */
import type { Measured } from './runEvents';
import type { Method } from './runOptions';

/** Both measures of one network. Runs of version 0.1 and networks without batch norm have only the official one. */
export interface SearchMeasures {
  test: Measured;
  reestimated?: Measured | undefined;
}

/** How the two measures are named. */
export const REESTIMATED = 're-estimated';
export const OFFICIAL = 'as the official code measures it';

/** The measure that is shown: re-estimated if there is one, because the official one misleads under aws. */
export function shownMeasure({ test, reestimated }: SearchMeasures): Measured {
  return reestimated ?? test;
}

/** “in search, re-estimated”; “in search, official” where the official measure misleads, else “in search”. It is no ticket's accuracy. */
export function searchLabel(measures: Pick<SearchMeasures, 'reestimated'>, method: Method): string {
  return ['in search', measureName(measures.reestimated !== undefined, method)].filter(Boolean).join(', ');
}

/** The name of the measure that is shown, if it matters which it is: only under aws they differ much. */
export function measureName(reestimated: boolean, method: Method): string | undefined {
  if (reestimated) return REESTIMATED;
  return method === 'aws' ? 'official' : undefined;
}

/** Whether every round has the re-estimated measure: one curve does not mix the two. */
export function isReestimated(rounds: readonly Pick<SearchMeasures, 'reestimated'>[]): boolean {
  return rounds.length > 0 && rounds.every(({ reestimated }) => reestimated !== undefined);
}

/** Why the official measure of a method misleads; undefined if it does not. `known`: the network has batch norm for sure. */
export function officialCaveat(method: Method, known: boolean): string | undefined {
  if (method !== 'aws') return undefined;
  return known
    ? 'Batch-norm statistics were collected at random α, so this accuracy is too low.'
    : 'If the network has batch norm, its statistics were collected at random α, and this accuracy is too low.';
}
