/** The verb `study`: plans, executes and summarizes the studies of study files. */
import { threadLimit } from '../backends/threads';
import { groupBy } from '../vocabulary/groupBy';
import { command } from '../commands';
import { UserError } from '../errors';
import { didYouMean } from '../nearest';
import { onStopSignal } from '../signals';
import { executeStudy } from '../studies/execute';
import { EXECUTORS, statesOf, type ExecutorName, type StatesOfStudy } from '../studies/executors';
import { expand, type StudyRun } from '../studies/expand';
import { TABLE_FORMATS } from '../studies/formats';
import { finite } from '../studies/outputs';
import { folderOf } from '../studies/place';
import { planStudy } from '../studies/plan';
import { secondsLeft } from '../studies/secondsLeft';
import { hasLiveJob, isLive, jobWords } from '../studies/slurm/jobs';
import { jobOfRun, readJobs } from '../studies/slurm/states';
import { measureSpeeds } from '../studies/speed';
import { hasEnded, readStates, type RunState } from '../studies/states';
import { readStudy, type ReadStudy } from '../studies/studyFile';
import { tablesOf } from '../studies/table';
import { stopStudy } from '../studies/stop';
import { listTemplates, newStudy } from '../studies/templates/newStudy';
import { SCALES } from '../studies/templates/scales';
import path from 'node:path';
import { duration } from '../vocabulary/numbers';
import type { Outcome } from '../vocabulary/runStatus';
import type { StudyPlan, StudyStatus } from '../vocabulary/study';
import { countsOf, countsText } from '../vocabulary/studyCounts';
import { studyLines, tableLines } from './formatStudy';
import { writeLine, writeMessage } from './output';
import { refuseIgnored } from './studyOptions';
import { figure, report, tables } from './studyResults';
import { submit, task } from './studySlurm';
import { oneOf, wholeNumber, type Arguments, type Printed, type Verb } from './verb';

/** The actions on a study file. */
const ACTIONS = { plan, run, status, stop, table: tables, figure, report, task } as const;
const NAMES = ['new', ...Object.keys(ACTIONS)] as ('new' | keyof typeof ACTIONS)[];

export const studyVerbs: Record<string, Verb> = {
  study: {
    usage:
      'study new TEMPLATE [--scale SCALE] [--out FILE] | plan|run|status|stop|table|figure|report FILE [--only NODE …] [--retry NODE …] [--cores N] [--memory GB] [--executor local|slurm [--profile FILE]] [--name TABLE] [--format FORMAT] [--out FILE] [--width MM] [--height MM] [--force] | task FILE RUN [--no-wait]',
    summary:
      'write a study file (NAME.study.json) from a template; show what a study will run; run it; show how far it is; stop it; write its tables, figures and a report; execute one run of it, for the scripts of clusters',
    positionals: [1, 3],
    options: {
      scale: `for new: ${Object.keys(SCALES).join(', ')} (default: demo if the template has it)`,
      out: 'for new, table, figure and report: the file to write (default: TEMPLATE.study.json, TABLE.svg, STUDY.html)',
      cores: 'for plan and run: number of processors to use (default: all)',
      memory: 'for run: gigabytes of memory that all runs use together (default: what is free)',
      executor: `for run: ${Object.entries(EXECUTORS)
        .map(([name, where]) => `${name} (${where})`)
        .join(', ')} (default local)`,
      profile: 'for run with Slurm: what jobs ask for, NAME.slurm.json (default: the only one beside the study file)',
      content: 'for task: a copy of the study file that is executed, so that the file can be changed meanwhile',
      name: 'for table and figure: the table to show (default: all for table; for figure the first that is not of kept weights)',
      format: `for table: ${Object.keys(TABLE_FORMATS).join(', ')} (default: as in a terminal)`,
      width: 'for figure: width in millimetres (default 84, a column of a paper)',
      height: 'for figure: height in millimetres (default 60)',
    },
    repeated: {
      only: 'for run: a node or the name of a run; only it and what it needs is run; may be repeated',
      retry: 'for run: a node or the name of a run that diverged or failed; it begins anew; may be repeated',
    },
    flags: {
      force: 'for table, figure and report: replaces the file',
      'no-wait': 'for task: fails at once if another machine may still be executing this run',
    },
    run: async (args) => {
      const [given, target] = args.positionals as [string, string?];
      const action = NAMES.find((name) => name === given);
      if (!action)
        throw new UserError(`study ${given}: unknown. The actions are ${NAMES.join(', ')}.${didYouMean(given, NAMES)}`);
      refuseIgnored(action, args);
      if (action === 'new') return make(target, args);
      if (target === undefined) throw new UserError(`study ${action} needs a study file (NAME.study.json).`);
      if (args.positionals.length > 2 && action !== 'task')
        throw new UserError(`study ${action} takes one study file. Remove "${args.positionals[2]!}".`);
      return ACTIONS[action](await readStudy(target, args.text['content']), args);
    },
  },
};

/** Writes a study file. Without a name, lists the templates. */
async function make(name: string | undefined, { text: { scale, out } }: Arguments): Promise<Printed> {
  const { templates } = listTemplates();
  if (name === undefined)
    return {
      json: { templates: templates.map(({ name: one, question }) => ({ name: one, question })) },
      text: templates.map((one) => `${one.name.padEnd(22)} ${one.question}`).join('\n'),
    };
  const file = await newStudy({
    template: name,
    ...(scale !== undefined && { scale }),
    file: out ?? `${path.posix.basename(name)}.study.json`,
  });
  const next = command('study', 'plan', path.relative('', file));
  return { json: { file }, text: `Wrote ${file}. To see what it will run: ${next}` };
}

function coresOf({ text: { cores } }: Arguments): number {
  return cores === undefined ? threadLimit().threads : wholeNumber('cores', cores, { minimum: 1, maximum: 256 });
}

function memoryOf({ text: { memory } }: Arguments): number | undefined {
  return memory === undefined ? undefined : 1e9 * wholeNumber('memory', memory, { minimum: 1, maximum: 1e6 });
}

async function plan(study: ReadStudy, args: Arguments): Promise<Printed> {
  const { states } = await statesOf(study, expand(study));
  const cores = coresOf(args);
  const planned = await planStudy(states, {
    ...{ cores, keep: study.study.keep },
    speedOf: measureSpeeds({ cores, onMessage: writeMessage }),
  });
  const jobs = new Map(states.flatMap(({ run: { name }, job }) => (job ? [[name, jobOfRun(study, job)]] : [])));
  const nodes = planned.nodes.map((node) => ({ ...node, ...(jobs.has(node.name) && { job: jobs.get(node.name)! }) }));
  return { json: { ...planned, nodes } satisfies StudyPlan, text: studyLines(study, planned) };
}

async function run(study: ReadStudy, args: Arguments): Promise<Printed> {
  const isChosen = chosenBy(study, args.list['only']);
  const { executor = 'local', profile } = args.text;
  if (oneOf('executor', executor, Object.keys(EXECUTORS) as ExecutorName[]) === 'slurm') {
    if (args.list['retry']) throw new UserError('--retry works only on this machine. Leave out --executor slurm, or remove the directory of the run.'); // prettier-ignore
    return submit(study, args, isChosen);
  }
  if (profile !== undefined) throw new UserError('--profile needs --executor slurm.');
  const jobs = [...(await readJobs(study)).jobs.values()].filter(isLive).length;
  if (jobs > 0) writeMessage(`${jobs} ${jobs === 1 ? 'run has a job' : 'runs have jobs'} in Slurm. Each run is executed by what begins it first.`); // prettier-ignore
  const abort = new AbortController();
  const stream = args.json ? process.stderr : process.stdout;
  const ignoreSignals = onStopSignal(() => {
    writeLine(stream, 'Stopping after the states are saved.');
    abort.abort();
  });
  try {
    const states = await executeStudy(study, {
      cores: coresOf(args),
      memory: memoryOf(args),
      isChosen,
      retry: args.list['retry'],
      signal: abort.signal,
      onMessage: writeMessage,
      onChange: ({ run: { name }, status: now, message, ended, total }) => {
        if (now === 'running') return;
        const count = `[${String(ended).padStart(String(total).length)}/${total}]`;
        writeLine(stream, `${count} ${now.padEnd(8)} ${name}${message === undefined ? '' : `: ${message}`}`);
      },
    });
    return summary(study, states, { stopped: abort.signal.aborted, isPart: args.list['only'] !== undefined });
  } finally {
    ignoreSignals();
  }
}

/** Throws UserError if a name is neither a node nor a run. */
function chosenBy(study: ReadStudy, only: readonly string[] = []): ((run: StudyRun) => boolean) | undefined {
  if (only.length === 0) return undefined;
  const isChosen = ({ name, node }: StudyRun) => only.includes(node) || only.includes(name);
  const runs = expand(study);
  for (const name of only)
    if (!runs.some((one) => one.node === name || one.name === name))
      throw new UserError(
        `--only is "${name}", which is neither a node nor a run of ${study.file}. “study plan” lists them.`,
      );
  return isChosen;
}

function summary(
  study: ReadStudy,
  states: readonly RunState[],
  { stopped, isPart }: { stopped: boolean; isPart: boolean },
): Printed {
  const found = tablesOf(study, states);
  const counts = countsOf(states);
  const blocked = isPart ? [] : blockedTexts(states);
  const outcome = outcomeOf(counts, { stopped, isBlocked: blocked.length > 0 });
  const again = `To continue, run “${command('study', 'run', study.file)}” again.`;
  const text = [
    ...found.flatMap((one) => [...tableLines(one), '']),
    `Runs: ${countsText(counts)}.`,
    ...blocked,
    ...(outcome === 'stopped' || outcome === 'failed' ? [again] : []),
    `Everything is in ${folderOf(study)}.`,
  ].join('\n');
  return { json: { study: study.file, folder: folderOf(study), counts, tables: found.map(finite) }, text, outcome };
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

/** Returns a sentence for each diverged run that others wait for. */
function blockedTexts(states: readonly RunState[]): string[] {
  const waiting = states.filter(({ status: now }) => now === 'waiting').flatMap(({ run }) => [...new Set(run.needs)]);
  const needed = groupBy(waiting, (name) => name);
  return states
    .filter(({ status: now }) => now === 'diverged')
    .flatMap(({ run: { name } }) => {
      const count = needed.get(name)?.length ?? 0;
      return count === 0
        ? []
        : [`${count} ${count === 1 ? 'run needs' : 'runs need'} a checkpoint of ${name}, which diverged.`];
    });
}

async function status(study: ReadStudy): Promise<Printed> {
  const expanded = expand(study);
  const brief: StatesOfStudy['states'] = await readStates(study, expanded, { overviews: false });
  const isOver = brief.every(({ status: now }) => hasEnded(now));
  const { states, problem }: StatesOfStudy = isOver ? { states: brief } : await statesOf(study, expanded);
  const counts = countsOf(states);
  const runs = states.map(({ run: { name, node }, status: now, directory, message, job }) => ({
    ...{ name, node, status: now, directory },
    ...(message !== undefined && { message }),
    ...(job && { job: jobOfRun(study, job) }),
  }));
  const open = states.filter(
    ({ status: now, job }) => !hasEnded(now) && (job !== undefined || (now !== 'waiting' && now !== 'queued')),
  );
  const lines = open.map(({ run: { name }, status: now, message, job }) => {
    const detail = message ?? (job && `In Slurm: ${jobWords(job)}`);
    return `${now.padEnd(11)} ${name}${detail === undefined ? '' : `: ${detail}`}`;
  });
  const left = isOver ? 0 : states.some(hasLiveJob) ? undefined : secondsLeft(states); // an estimate for this machine
  const words =
    left === undefined || left === 0 ? [] : [`About ${duration(left)} left, from the times of its finished runs.`];
  const notes = { ...(left !== undefined && { secondsLeft: left }), ...(problem !== undefined && { problem }) };
  const text = [...lines, `Runs: ${countsText(counts)}.`, ...words, ...(problem === undefined ? [] : [problem])].join(
    '\n',
  );
  return { json: { study: study.file, counts, ...notes, runs }, text };
}

async function stop(study: ReadStudy): Promise<Printed> {
  const { stopping, jobs, message: text } = await stopStudy(study);
  return { json: { study: study.file, stopping, ...(jobs > 0 && { jobs }) }, text };
}
