/** The actions of the verb `study` for clusters: submitting to Slurm, and executing one run in a job. */
import { UserError } from '../errors';
import { didYouMean } from '../nearest';
import { onStopSignal } from '../signals';
import { changesOf } from '../studies/changes';
import { expand, type StudyRun } from '../studies/expand';
import { makeStudyRun } from '../studies/makeRun';
import { tableDocument } from '../studies/outputs';
import { folderOf, placeText } from '../studies/place';
import { profileFor } from '../studies/slurm/profile';
import { submitStudy } from '../studies/slurm/submit';
import { submittedText } from '../studies/slurm/words';
import { readState } from '../studies/states';
import type { ReadStudy } from '../studies/studyFile';
import { tablesOf } from '../studies/table';
import { countsOf } from '../vocabulary/studyCounts';
import { execute } from './executeHere';
import { runsText } from './formatStudy';
import { changesLines } from './studyChanges';
import type { Arguments, Printed } from './verb';

/** Submits the runs of a study, and ends. */
export async function submit(
  study: ReadStudy,
  { text: { profile: given } }: Arguments,
  isChosen: ((run: StudyRun) => boolean) | undefined,
): Promise<Printed> {
  const profile = await profileFor(study, given);
  const abort = new AbortController();
  const ignoreSignals = onStopSignal(() => {
    abort.abort();
  });
  const submitting = submitStudy(study, { profile, isChosen, signal: abort.signal });
  const { jobs, blocked, states } = await submitting.finally(ignoreSignals);
  const counts = countsOf(states);
  const changes = await changesOf(study, states);
  const submission = submittedText([...jobs.values()], blocked);
  const text = [submission, runsText(states), ...changesLines(study, changes), placeText(study)].join('\n');
  const submitted = [...jobs].map(([run, job]) => ({ run, job }));
  return {
    json: {
      study: study.file,
      folder: folderOf(study),
      counts,
      tables: tablesOf(study, states).map(tableDocument),
      submitted,
      blocked,
      ...(changes && { changes }),
    },
    text,
  };
}

/** Executes one run of a study in this process, for the job scripts of clusters. The exit code says how the run ended. */
export async function task(study: ReadStudy, args: Arguments): Promise<Printed> {
  const name = args.positionals[2];
  const runs = expand(study);
  const names = runs.map((run) => run.name);
  const run = runs.find((one) => one.name === name);
  if (!run)
    throw new UserError(
      name === undefined
        ? `study task needs the name of a run, such as ${names[0] ?? 'RUN'}. “study plan ${study.file} --json” lists them.`
        : `study task: ${study.file} has no run "${name}".${didYouMean(name, names)} “study plan ${study.file} --json” lists them.`,
    );
  for (const need of runs.filter((one) => run.needs.includes(one.name))) {
    const { status, message } = await readState(study, need);
    if (status !== 'done')
      throw new UserError(
        `${run.name} needs ${need.name}, which is ${status}${message === undefined ? '' : ` (${message})`}. Run that first.`,
      );
  }
  return execute(await makeStudyRun(study, run), args);
}
