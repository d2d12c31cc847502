/** Sentences about studies. Pure. */
import type { StudyPlan, StudyRunRow, StudySummary } from '../../engine/protocol';
import { groupBy } from '../../engine/vocabulary/groupBy';
import { bytesText, duration } from '../../engine/vocabulary/numbers';
import { changesInWindow } from '../../engine/vocabulary/studyChanges';
import { countsOf, countsText, endedOf, totalOf } from '../../engine/vocabulary/studyCounts';

/** The end of the names of Slurm profiles. */
export const SLURM_ENDING = '.slurm.json';

/** Whether a part of the runs has begun, and some have not ended. */
export function canResume({ executing, counts }: StudySummary): boolean {
  const { queued = 0, waiting = 0 } = counts;
  return !executing && endedOf(counts) < totalOf(counts) && queued + waiting < totalOf(counts);
}

/** Whether runs failed or diverged, so that they can be run again. */
export function canRetry({ executing, counts: { failed = 0, diverged = 0 } }: StudySummary): boolean {
  return !executing && failed + diverged > 0;
}

/** Returns the nodes with runs that failed or diverged, and how many of their runs. */
export function nodesToRetry(
  runs: readonly Pick<StudyRunRow, 'node' | 'status'>[],
): { label: string; description: string }[] {
  const wrong = groupBy(
    runs.filter(({ status }) => status === 'failed' || status === 'diverged'),
    ({ node }) => node,
  );
  return [...wrong].map(([label, own]) => ({ label, description: countsText(countsOf(own)) }));
}

/** Number of runs with a message that a plan names. */
const MOST_NAMED = 3;

/**
 * Returns what a study will run: runs, epochs, time, disk, and what is there already.
 * @param profile the Slurm profile that the runs are submitted with; they take another time there
 */
export function planText(
  { runs, existing, epochs, seconds, bytes, nodes, changes, notes = [] }: StudyPlan,
  profile?: string,
): string {
  const left = runs - existing - (changes?.conflicts?.runs ?? 0);
  const time = seconds === undefined || profile !== undefined ? '' : `, about ${duration(seconds)} on this machine`;
  const failed = nodes.filter(({ message, conflict }) => message !== undefined && conflict === undefined);
  return [
    `${count(left, 'run')} with ${count(epochs, 'epoch')}${time}.`,
    ...(existing > 0
      ? [
          `${existing} of ${count(runs, 'run')} ${existing === 1 ? 'has' : 'have'} ended already and ${existing === 1 ? 'is' : 'are'} kept.`,
        ]
      : []),
    ...(profile === undefined ? [] : [`Jobs ask for what ${profile.replace(/^.*[\\/]/, '')} says.`]),
    `Disk: up to ${bytesText(bytes)} in all.`,
    ...notes,
    ...(changes ? changesInWindow(changes) : []),
    ...failed.slice(0, MOST_NAMED).map(({ name, message }) => `${name}: ${message}`),
    ...(failed.length > MOST_NAMED ? [`${failed.length - MOST_NAMED} more runs have problems.`] : []),
  ].join('\n');
}

/** Returns the limits of a study that a user has chosen, each as a sentence. */
export function limitsTexts({ cores, memory }: { cores?: number; memory?: number }): string[] {
  return [
    ...(cores === undefined ? [] : [`It uses ${count(cores, 'processor')}.`]),
    ...(memory === undefined ? [] : [`Its runs use at most ${memory} GB of memory together.`]),
  ];
}

export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}

/** The notice about a study that has ended. */
export interface StudyNotice {
  severity: 'information' | 'warning';
  sentence: string;
  /** The button. */
  action: 'openStudy' | 'resumeStudy';
}

/**
 * Returns the notice about a study whose process has ended. Undefined if the user stopped it, or if nothing ended.
 * @param isPart whether this window started only a part of the study
 */
export function endNotice(
  { before, after }: { before?: StudySummary | undefined; after?: StudySummary | undefined },
  { finding, isPart }: { finding?: string | undefined; isPart: boolean },
): StudyNotice | undefined {
  if (!before?.executing || !after || after.executing || before.stopping) return undefined;
  const { name, counts } = after;
  const { failed = 0, interrupted = 0, stopped = 0, queued = 0 } = counts;
  const said = finding === undefined ? '' : ` ${finding}`;
  if (endedOf(counts) === totalOf(counts)) {
    const diverged = counts.diverged ? `, ${counts.diverged} of which diverged` : '';
    const sentence = `${name} is done: ${count(totalOf(counts), 'run')}${diverged}.${said}`;
    return { severity: 'information', sentence, action: 'openStudy' };
  }
  if (failed > 0)
    return {
      severity: 'warning',
      sentence: `${name} has ended, but not all runs: ${countsText(counts)}.`,
      action: 'openStudy',
    };
  if (stopped > 0) return undefined;
  if (isPart)
    return {
      severity: 'information',
      sentence: `The part of ${name} is done: ${countsText(counts)}.`,
      action: 'openStudy',
    };
  if (interrupted + queued > 0)
    return { severity: 'warning', sentence: `${name} was interrupted: ${countsText(counts)}.`, action: 'resumeStudy' };
  return {
    severity: 'warning',
    sentence: `${name} has ended, but not all runs: ${countsText(counts)}.`,
    action: 'openStudy',
  };
}
