/** The verb `study`: plans, executes and summarizes the studies of study files. */
import { threadLimit } from '../threads';
import { command, pathWord } from '../commands';
import { UserError } from '../errors';
import { didYouMean } from '../nearest';
import { onStopSignal } from '../signals';
import { changesOf } from '../studies/changes';
import { chosen, executeStudy } from '../studies/execute';
import { EXECUTORS, statesOf, type ExecutorName } from '../studies/executors';
import { expand, type StudyRun } from '../studies/expand';
import { FIGURE_FORMATS } from '../studies/figureFile';
import { planStudy } from '../studies/plan';
import { isLive } from '../studies/slurm/jobs';
import { jobOfRun, readJobs } from '../studies/slurm/states';
import { measureSpeeds } from '../studies/speed';
import { readStudy, type ReadStudy } from '../studies/studyFile';
import { stopStudy } from '../studies/stop';
import { refuseOtherPath } from '../studies/studyPath';
import { unknownText } from '../studies/unknownRun';
import { newStudy } from '../studies/templates/newStudy';
import { SCALES } from '../studies/templates/scales';
import path from 'node:path';
import type { StudyPlan } from '../vocabulary/study';
import { studyLines } from './formatStudy';
import { writeLine, writeMessage } from './output';
import { STUDY_TABLE_FORMATS } from '../vocabulary/tableFormats';
import { changesLines } from './studyChanges';
import { refuseIgnored } from './studyOptions';
import { figure, report, tables } from './studyResults';
import { submit, task } from './studySlurm';
import { status, summary } from './studyStatus';
import { templatesList } from './studyTemplates';
import { oneOf, wholeNumber, type Arguments, type Printed, type Verb } from './verb';

/** The actions on a study file. */
const ACTIONS = { plan, run, status, stop, table: tables, figure, report, task } as const;
const NAMES = ['new', ...Object.keys(ACTIONS)] as ('new' | keyof typeof ACTIONS)[];

export const studyVerbs: Record<string, Verb> = {
  study: {
    usage:
      'study new TEMPLATE [NAME] [--scale SCALE] [--out FILE] | plan|run|status|stop|table|figure|report FILE [--only NODE …] [--retry NODE …] [--cores N] [--memory GB] [--executor local|slurm [--profile FILE]] [--name TABLE] [--format FORMAT] [--out FILE] [--width MM] [--height MM] [--dpi N] [--force] | task FILE RUN [--content FILE] [--no-wait]',
    summary:
      'write a study file (NAME.study.json) from a template; show what a study will run; run it; show how far it is; stop it; write its tables, figures and a report; execute one run of it, for the scripts of clusters',
    positionals: [1, 3],
    options: {
      scale: `for new: ${Object.keys(SCALES).join(', ')} (default: demo if the template has it)`,
      out: 'for new, table, figure and report: the file to write (default: TEMPLATE.study.json, TABLE.svg or TABLE.png, STUDY.html)',
      cores: 'for plan and run: number of processors to use (default: all)',
      memory: 'for run: gigabytes of memory that all runs use together (default: what is free)',
      executor: `for run: ${Object.entries(EXECUTORS)
        .map(([name, where]) => `${name} (${where})`)
        .join(', ')} (default local)`,
      profile: 'for run with Slurm: what jobs ask for, NAME.slurm.json (default: the only one beside the study file)',
      content: 'for task: a copy of the study file that is executed, so that the file can be changed meanwhile',
      name: 'for table and figure: the table to show (default: all for table; for figure the first that is not of kept weights)',
      format: `for table: ${STUDY_TABLE_FORMATS.join(', ')} (default: as in a terminal); for figure: ${FIGURE_FORMATS.join(', ')} (default: as --out ends, else svg)`,
      width: 'for figure: width in millimetres (default 84, a column of a paper)',
      height: 'for figure: height in millimetres (default 60, or more if the legend needs it)',
      dpi: 'for figure as PNG: pixels per inch (default 300)',
    },
    repeated: {
      only: 'for plan and run: a node or the name of a run; only it and what it needs is planned or run; may be repeated',
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
      if (action === 'new') return make(args);
      if (target === undefined) throw new UserError(`study ${action} needs a study file (NAME.study.json).`);
      if (args.positionals.length > 2 && action !== 'task')
        throw new UserError(`study ${action} takes one study file. Remove "${args.positionals[2]!}".`);
      refuseOtherPath(target);
      return ACTIONS[action](await readStudy(target, args.text['content']), args);
    },
  },
};

/** Writes a study file. Without a template, lists the templates. */
async function make({ positionals: [, template, name], text: { scale, out } }: Arguments): Promise<Printed> {
  if (template === undefined) return templatesList();
  if (name !== undefined && out !== undefined)
    throw new UserError(`The study is named twice: "${name}" and --out ${out}. Remove one.`);
  const file = await newStudy({
    template,
    ...(scale !== undefined && { scale }),
    file: out ?? name ?? `${path.posix.basename(template)}.study.json`,
  });
  const next = command('study', 'plan', pathWord(file));
  const ending = out === undefined || file.endsWith(out) ? '' : ' (the name of a study file ends with .study.json)';
  return { json: { file }, text: `Wrote ${file}${ending}. To see what it will run: ${next}` };
}

function coresOf({ text: { cores } }: Arguments): number {
  return cores === undefined ? threadLimit().threads : wholeNumber('cores', cores, { minimum: 1, maximum: 256 });
}

function memoryOf({ text: { memory } }: Arguments): number | undefined {
  return memory === undefined ? undefined : 1e9 * wholeNumber('memory', memory, { minimum: 1, maximum: 1e6 });
}

async function plan(study: ReadStudy, args: Arguments): Promise<Printed> {
  const runs = expand(study);
  const { states } = await statesOf(study, runs);
  const names = new Set(chosen(runs, chosenBy(study, args.list['only'])).map(({ name }) => name));
  const planStates = states.filter(({ run: { name } }) => names.has(name));
  const cores = coresOf(args);
  const planned = await planStudy(planStates, {
    ...{ cores, keep: study.study.keep },
    speedOf: measureSpeeds({ cores, onMessage: writeMessage }),
  });
  const jobs = new Map(states.flatMap(({ run: { name }, job }) => (job ? [[name, jobOfRun(study, job)]] : [])));
  const nodes = planned.nodes.map((node) => ({ ...node, ...(jobs.has(node.name) && { job: jobs.get(node.name)! }) }));
  const changes = await changesOf(study, states);
  return {
    json: { ...planned, nodes, ...(changes && { changes }) } satisfies StudyPlan,
    text: studyLines(study, planned, changesLines(study, changes)),
  };
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
    return await summary(study, states, { stopped: abort.signal.aborted, only: args.list['only'] ?? [], isChosen });
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
      throw new UserError(`--only is "${name}", which ${unknownText(study, runs, name)}`);
  return isChosen;
}

async function stop(study: ReadStudy): Promise<Printed> {
  const { stopping, jobs, message: text } = await stopStudy(study);
  return { json: { study: study.file, stopping, ...(jobs > 0 && { jobs }) }, text };
}
