/** The order of runs that are below the same row. Pure. */
import type { ListedRun } from '../../engine/protocol';
import { DONE_LOOKS, METHOD_NAMES, type Done } from '../../engine/vocabulary/looks';
import { doneIn } from '../../engine/vocabulary/runValues';
import type { Places } from './places';

const DONE_ORDER = Object.keys(DONE_LOOKS) as Done[];
const SEARCHES = METHOD_NAMES.length;

/**
 * Returns the rank of a run. Searches come first, by method. Then come trainings and transfers in the order of the legend, and then
 * measurements in the order of what they measure.
 */
export function rankOf(run: ListedRun, places: Places): number {
  const done = doneIn(run);
  if (done === 'search') return SEARCHES - 1 - METHOD_NAMES.indexOf(run.method);
  if (done !== undefined) return SEARCHES + DONE_ORDER.indexOf(done);
  const ends = run.sources.map((source) => places.run(source.run));
  const ranks = ends.map((end) => DONE_ORDER.indexOf((end && doneIn(end)) ?? 'search'));
  return SEARCHES + DONE_ORDER.length + Math.max(0, ...ranks);
}
