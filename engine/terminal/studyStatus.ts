/** Says how far a study is, and what it has found. */
import { command, pathWord } from '../commands';
import { changesOf } from '../studies/changes';
import { executionOf, statesOf } from '../studies/executors';
import { emptyMethodNotes } from '../studies/emptyMethods';
import { expand } from '../studies/expand';
import { tableDocument } from '../studies/outputs';
import { folderOf, placeText } from '../studies/place';
import { secondsLeft } from '../studies/secondsLeft';
import { jobWords, waitingProblem } from '../studies/slurm/reasons';
import { jobOfRun } from '../studies/slurm/states';
import { hasEnded, type RunState } from '../studies/states';
import type { ReadStudy } from '../studies/studyFile';
import { tablesOf } from '../studies/table';
import type { Outcome } from '../vocabulary/runStatus';
import type { StudyStatus } from '../vocabulary/study';
import { countsOf } from '../vocabulary/studyCounts';
import { blockedTexts, runsText, tableLines } from './formatStudy';
import { changesLines } from './studyChanges';
import { executionLines } from './studyExecution';
import type { Printed } from './verb';

/** Returns what a study has found and how it ended, after it was executed. */
export async function summary(
  study: ReadStudy,
  states: readonly RunState[],
  { stopped, isPart }: { stopped: boolean; isPart: boolean },
): Promise<Printed> {
  const found = tablesOf(study, states);
  const counts = countsOf(states);
  const blocked = isPart ? [] : blockedTexts(states);
  const outcome = outcomeOf(counts, { stopped, isBlocked: blocked.length > 0 });
  const changes = await changesOf(study, states);
  const isUnfinished = states.some(
    ({ status: now, conflict }) => !conflict && (now === 'failed' || now === 'interrupted'),
  );
  const again = `To continue, run “${command('study', 'run', pathWord(study.file))}” again.`;
  const text = [
    ...found.flatMap((one) => [...tableLines(one), '']),
    ...emptyMethodNotes(states.map(({ run }) => run)),
    runsText(states),
    ...blocked,
    ...changesLines(study, changes),
    ...(outcome === 'stopped' || isUnfinished ? [again] : []),
    placeText(study),
  ].join('\n');
  const json = { study: study.file, folder: folderOf(study), counts, tables: found.map(tableDocument) };
  return { json: { ...json, ...(changes && { changes }) }, text, outcome };
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
  const lines = open.map(({ run: { name }, status: now, message, job, overview }) => {
    const detail = message ?? (job && `In Slurm: ${jobWords(job, overview !== undefined)}`);
    return `${now.padEnd(11)} ${name}${detail === undefined ? '' : `: ${detail}`}`;
  });
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
  return { json: { study: study.file, counts, ...notes, runs }, text };
}
