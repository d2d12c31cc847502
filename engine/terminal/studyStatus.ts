/** Says how far a study is, and what it has found. */
import { command, pathWord } from '../commands';
import { changesOf } from '../studies/changes';
import { chosen, type ExecuteOptions } from '../studies/execute';
import { executionOf, statesOf } from '../studies/executors';
import { emptyMethodNotes } from '../studies/emptyMethods';
import { expand } from '../studies/expand';
import { tableDocument } from '../studies/outputs';
import { folderOf, placeText } from '../studies/place';
import { secondsLeft } from '../studies/secondsLeft';
import type { RunStateInSlurm } from '../studies/slurm/jobs';
import { jobWords, waitingProblem } from '../studies/slurm/reasons';
import { jobOfRun } from '../studies/slurm/states';
import { hasEnded, type RunState } from '../studies/states';
import type { ReadStudy } from '../studies/studyFile';
import { tablesOf } from '../studies/table';
import type { Outcome } from '../vocabulary/runStatus';
import type { StudyStatus } from '../vocabulary/study';
import { MOST_NAMED } from '../vocabulary/studyChanges';
import { countsOf } from '../vocabulary/studyCounts';
import { blockedTexts, runsText, tableLines } from './formatStudy';
import { changesLines } from './studyChanges';
import { executionLines } from './studyExecution';
import type { Printed } from './verb';

/** Returns what a study has found and how it ended, after it was executed. How it ended is said of the runs that were asked for. */
export async function summary(
  study: ReadStudy,
  states: readonly RunState[],
  { stopped, only, isChosen }: { stopped: boolean; only: readonly string[]; isChosen: ExecuteOptions['isChosen'] },
): Promise<Printed> {
  const found = tablesOf(study, states);
  const counts = countsOf(states);
  const names = new Set(chosen(states.map(({ run }) => run), isChosen).map(({ name }) => name)); // prettier-ignore
  const asked = states.filter(({ run }) => names.has(run.name));
  const blocked = blockedTexts(asked);
  const outcome = outcomeOf(countsOf(asked), { stopped, isBlocked: blocked.length > 0 });
  const changes = await changesOf(study, states);
  const isUnfinished = asked.some(
    ({ status: now, conflict }) => !conflict && (now === 'failed' || now === 'interrupted'),
  );
  const again = `To continue, run “${command('study', 'run', pathWord(study.file), ...only.flatMap((name) => ['--only', name]))}” again.`;
  const text = [
    ...found.flatMap((one) => [...tableLines(one), '']),
    ...emptyMethodNotes(states.map(({ run }) => run)),
    ...(isChosen ? [runsText(asked, 'Runs that were asked for, and those that they need')] : []),
    runsText(states, isChosen && 'Runs of the whole study'),
    ...blocked,
    ...changesLines(study, changes),
    ...(outcome === 'stopped' || isUnfinished ? [again] : []),
    placeText(study),
  ].join('\n');
  const json = {
    study: study.file,
    folder: folderOf(study),
    counts,
    ...conflictingIn(states),
    tables: found.map(tableDocument),
  };
  return { json: { ...json, ...(changes && { changes }) }, text, outcome };
}

function lineOf({ run: { name }, status: now, message, job, overview }: RunStateInSlurm): string {
  const detail = message ?? (job && `In Slurm: ${jobWords(job, overview !== undefined)}`);
  return `${now.padEnd(11)} ${name}${detail === undefined ? '' : `: ${detail}`}`;
}

/** Returns the lines of the first runs with a status. */
function firstOf(states: readonly RunStateInSlurm[], wanted: StudyStatus): string[] {
  const found = states.filter(({ status: now }) => now === wanted);
  const more = found.length - MOST_NAMED;
  return [...found.slice(0, MOST_NAMED).map(lineOf), ...(more > 0 ? [`${wanted.padEnd(11)} and ${more} more`] : [])];
}

/** Returns how many runs were made with other settings. `counts` has them as failed, but they have not failed themselves. */
function conflictingIn(states: readonly Pick<RunState, 'conflict'>[]): { conflicting?: number } {
  const conflicting = states.filter(({ conflict }) => conflict !== undefined).length;
  return conflicting > 0 ? { conflicting } : {};
}

/** The study is done only if all its runs have ended. */
function outcomeOf(
  { failed, interrupted, stopped: stoppedRuns }: Partial<Record<StudyStatus, number>>,
  { stopped, isBlocked }: { stopped: boolean; isBlocked: boolean },
): Outcome {
  if (stopped || stoppedRuns) return 'stopped';
  if (failed || interrupted) return 'failed';
  return isBlocked ? 'diverged' : 'done';
}

/** Returns how far the runs of a study are. */
export async function status(study: ReadStudy): Promise<Printed> {
  const { states, problem: unknown } = await statesOf(study, expand(study));
  const problem = unknown ?? waitingProblem(states.flatMap(({ job }) => job ?? []));
  const isOver = states.every(({ status: now }) => hasEnded(now));
  const counts = countsOf(states);
  const runs = states.map(({ run: { name, node }, status: now, directory, message, job }) => ({
    ...{ name, node, status: now, directory },
    ...(message !== undefined && { message }),
    ...(job && { job: jobOfRun(study, job) }),
  }));
  const open = states.filter(
    ({ status: now, job, conflict }) =>
      !conflict && !hasEnded(now) && (job !== undefined || (now !== 'waiting' && now !== 'queued')),
  );
  const problems = states.filter(({ status: now, conflict }) => now === 'diverged' || (now === 'failed' && !conflict));
  const lines = [
    ...firstOf(problems, 'diverged'),
    ...firstOf(problems, 'failed'),
    ...open.filter(({ status: now }) => now !== 'failed').map(lineOf),
  ];
  const execution = await executionOf(study, states);
  const { process, jobs } = execution;
  const left = isOver ? 0 : jobs > 0 ? undefined : secondsLeft(states); // an estimate for this machine
  const changes = await changesOf(study, states);
  const notes = {
    executing: process !== undefined || jobs > 0,
    ...(process && { process: { pid: process.pid, host: process.host } }),
    ...(jobs > 0 && { jobs }),
    ...(left !== undefined && { secondsLeft: left }),
    ...(problem !== undefined && { problem }),
    ...(changes && { changes }),
  };
  const text = [
    ...lines,
    ...changesLines(study, changes),
    runsText(states),
    ...(isOver ? [] : executionLines(study, execution, { states, left })),
    ...(problem === undefined ? [] : [problem]),
  ].join('\n');
  return { json: { study: study.file, counts, ...conflictingIn(states), ...notes, runs }, text };
}
