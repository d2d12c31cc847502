/** Says where the numbers of a study come from. */
import { count } from '../../format';
import type { LiveStudy } from '../../studyLive';

export function originWords({ counts, runs, folder, provenance = [] }: LiveStudy): string {
  const ended = (counts.done ?? 0) + (counts.diverged ?? 0);
  const own = [
    `All numbers are computed from ${count(ended)} of ${count(runs.size)} runs in ${folder}.`,
    'A deviation is the sample standard deviation over n runs.',
    'Accuracies of rounds of a search are re-estimated where the run has them.',
  ];
  return [...own, ...provenance].join(' ');
}
