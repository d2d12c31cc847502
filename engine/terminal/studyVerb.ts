/** The verb `study`: plans, executes and summarizes the studies of study files. */
import { threadLimit } from '../backends/threads';
import { command } from '../commands';
import { UserError } from '../errors';
import { didYouMean } from '../nearest';
import { onStopSignal } from '../signals';
import { executeStudy } from '../studies/execute';
import { expand, type StudyRun } from '../studies/expand';
import { TABLE_FORMATS } from '../studies/formats';
import { finite } from '../studies/outputs';
import { folderOf } from '../studies/place';
import { planStudy } from '../studies/plan';
import { secondsLeft } from '../studies/secondsLeft';
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
import type { StudyStatus } from '../vocabulary/study';
import { studyLines, tableLines } from './formatStudy';
import { writeLine, writeMessage } from './output';
import { figure, report, tables } from './studyResults';
import { wholeNumber, type Arguments, type Printed, type Verb } from './verb';

/** The actions on a study file. */
const ACTIONS = { plan, run, status, stop, table: tables, figure, report } as const;
const NAMES = ['new', ...Object.keys(ACTIONS)] as ('new' | keyof typeof ACTIONS)[];

export const studyVerbs: Record<string, Verb> = {
  study: {
    usage:
      'study new TEMPLATE [--scale SCALE] [--out FILE] | plan|run|status|stop|table|figure|report FILE [--only NODE …] [--cores N] [--name TABLE] [--format FORMAT] [--out FILE] [--width MM] [--height MM] [--force]',
    summary:
      'write a study file (NAME.study.json) from a template; show what a study will run; run it; show how far it is; stop it; write its tables, figures and a report',
    positionals: [1, 2],
    options: {
      scale: `for new: ${Object.keys(SCALES).join(', ')} (default: demo if the template has it)`,
      out: 'for new, table, figure and report: the file to write (default: TEMPLATE.study.json, TABLE.svg, STUDY.html)',
      cores: 'for plan and run: number of processors to use (default: all)',
      name: 'for table and figure: the table to show (default: all for table, the first for figure)',
      format: `for table: ${Object.keys(TABLE_FORMATS).join(', ')} (default: as in a terminal)`,
      width: 'for figure: width in millimetres (default 84, a column of a paper)',
      height: 'for figure: height in millimetres (default 60)',
    },
    repeated: { only: 'for run: a node or the name of a run; only it and what it needs is run; may be repeated' },
    flags: { force: 'for table, figure and report: replaces the file' },
    run: async (args) => {
      const [given, target] = args.positionals as [string, string?];
      const action = NAMES.find((name) => name === given);
      if (!action)
        throw new UserError(`study ${given}: unknown. The actions are ${NAMES.join(', ')}.${didYouMean(given, NAMES)}`);
      if (action === 'new') return make(target, args);
      if (target === undefined) throw new UserError(`study ${action} needs a study file (NAME.study.json).`);
      return ACTIONS[action](await readStudy(target), args);
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

async function plan(study: ReadStudy, args: Arguments): Promise<Printed> {
  const states = await readStates(study, expand(study));
  const cores = coresOf(args);
  const planned = await planStudy(states, { cores, speedOf: measureSpeeds({ cores, onMessage: writeMessage }) });
  return { json: planned, text: studyLines(study, planned) };
}

async function run(study: ReadStudy, args: Arguments): Promise<Printed> {
  const abort = new AbortController();
  const stream = args.json ? process.stderr : process.stdout;
  const ignoreSignals = onStopSignal(() => {
    writeLine(stream, 'Stopping after the states are saved.');
    abort.abort();
  });
  try {
    const states = await executeStudy(study, {
      cores: coresOf(args),
      isChosen: chosenBy(study, args.list['only']),
      signal: abort.signal,
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
    countsText(counts),
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
  const waiting = states.filter(({ status: now }) => now === 'waiting');
  return states
    .filter(({ status: now }) => now === 'diverged')
    .flatMap(({ run: { name } }) => {
      const count = waiting.filter(({ run }) => run.needs.includes(name)).length;
      return count === 0
        ? []
        : [`${count} ${count === 1 ? 'run needs' : 'runs need'} a checkpoint of ${name}, which diverged.`];
    });
}

async function status(study: ReadStudy): Promise<Printed> {
  const expanded = expand(study);
  const brief = await readStates(study, expanded, { overviews: false });
  const states = brief.every(({ status: now }) => hasEnded(now)) ? brief : await readStates(study, expanded);
  const counts = countsOf(states);
  const runs = states.map(({ run: { name, node }, status: now, directory, message }) => ({
    ...{ name, node, status: now, directory },
    ...(message !== undefined && { message }),
  }));
  const open = runs.filter(({ status: now }) => !hasEnded(now) && now !== 'waiting' && now !== 'queued');
  const lines = open.map(
    ({ name, status: now, message }) => `${now.padEnd(11)} ${name}${message === undefined ? '' : `: ${message}`}`,
  );
  const left = states === brief ? 0 : secondsLeft(states);
  const words =
    left === undefined || left === 0 ? [] : [`About ${duration(left)} left, from the times of its finished runs.`];
  const json = { study: study.file, counts, ...(left !== undefined && { secondsLeft: left }), runs };
  return { json, text: [...lines, countsText(counts), ...words].join('\n') };
}

async function stop(study: ReadStudy): Promise<Printed> {
  const { stopping, message: text } = await stopStudy(study);
  return { json: { study: study.file, stopping }, text };
}

function countsOf(states: readonly RunState[]): Partial<Record<StudyStatus, number>> {
  const counts: Partial<Record<StudyStatus, number>> = {};
  for (const { status: now } of states) counts[now] = (counts[now] ?? 0) + 1;
  return counts;
}

function countsText(counts: Partial<Record<StudyStatus, number>>): string {
  const texts = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
  return `Runs: ${texts.join(', ')}.`;
}
