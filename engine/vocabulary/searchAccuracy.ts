/** The accuracy of a search is measured in two ways. These functions choose the measure to show, and name it. */
import type { Measured } from './runEvents';
import type { Method } from './runOptions';

/** Both measures of one network. Runs of version 0.1 and networks without batch norm have only the official measure, `test`. */
export interface SearchMeasures {
  test: Measured;
  reestimated?: Measured | undefined;
}

/** Names of the two measures. */
export const REESTIMATED = 're-estimated';
export const OFFICIAL_SHORT = 'official';
/** Explains the official measure, where there is room. */
export const OFFICIAL = 'as the official code measures it';

/** Returns the measure to show: the re-estimated measure if it exists, because the official measure is misleading under aws. */
export function shownMeasure({ test, reestimated }: SearchMeasures): Measured {
  return reestimated ?? test;
}

/** Returns “in search, re-estimated”, “in search, official” if the official measure is misleading, else “in search”. */
export function searchLabel(measures: Pick<SearchMeasures, 'reestimated'>, method: Method): string {
  return ['in search', measureName(measures.reestimated !== undefined, method)].filter(Boolean).join(', ');
}

/** Returns the name of the shown measure if it is needed. Only under aws are the two measures very different. */
export function measureName(reestimated: boolean, method: Method): string | undefined {
  if (reestimated) return REESTIMATED;
  return method === 'aws' ? OFFICIAL_SHORT : undefined;
}

/** Whether every round has the re-estimated measure, because a curve must not mix the two measures. */
export function isReestimated(rounds: readonly Pick<SearchMeasures, 'reestimated'>[]): boolean {
  return rounds.length > 0 && rounds.every(({ reestimated }) => reestimated !== undefined);
}

/** Returns the reason why the official measure of a method is misleading, or undefined. `known`: the network certainly has batch norm. */
export function officialCaveat(method: Method, known: boolean): string | undefined {
  if (method !== 'aws') return undefined;
  return known
    ? 'Batch-norm statistics were collected at random α, so this accuracy is too low.'
    : 'If the network has batch norm, its statistics were collected at random α, and this accuracy is too low.';
}
