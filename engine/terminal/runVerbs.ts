/** Verbs that make, execute, stop and list runs. */
import { checkBackend } from '../backends/startBackend';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import type { Outcome } from '../vocabulary/runStatus';
import { PLAIN_OPTIONS, POINTS } from '../vocabulary/runSchema';
import type { Dataset } from '../datasets/dataset';
import { executeRun } from '../execution/execute';
import { listRuns } from '../runs/catalogue';
import { stopRun } from '../runs/launch';
import { readRun } from '../runs/list';
import { untilReleased } from '../runs/lock';
import { preflight } from '../runs/preflight';
import { draftConnectivity, draftTransfer } from '../runs/derivedDrafts';
import { makeRun, type Draft } from '../runs/drafts';
import { draftFromFile, draftLike } from '../runs/repeat';
import { RUNS_FOLDER } from '../runs/paths';
import { readRecord } from '../runs/record';
import { summaryOf } from '../runs/snapshot';
import { onStopSignal } from '../signals';
import { formatRun, formatRuns } from './format';
import { chosen, chosenB, LOOK, LOOK_B } from './chosen';
import { runDocument, summaryDocument } from './runDocument';
import { directoryNamed, folderForDerivedRun, isFolder, overridesOf, placeOf } from './runArguments';
import { watchProgress } from './progress';
import { transferChoices, TRANSFER_OPTIONS, TRANSFER_USAGE } from './transferChoices';
import { writeMessage } from './output';
import { refuseRun, refuseRunFile, wholeNumber, type Arguments, type Printed, type Verb } from './verb';

const DIR = `directory of the new run (default: next to the run of the checkpoint, else in ${RUNS_FOLDER})`;
const OPTIONS = 'run file with model, data and training options; needed for a checkpoint outside a run directory';
const NO_WAIT = {
  'no-wait':
    'fail at once if another machine may still be running this run, instead of waiting until its lock no longer changes',
};
const SET = 'replaces an option, for example seed=2 or augmentation.crop=4; may be repeated';

export const runVerbs: Record<string, Verb> = {
  run: {
    usage: 'run FILE|DIR [--dir DIR] [--set FIELD=VALUE]… [--no-wait]',
    summary:
      'run a run file (NAME.sign.json), or resume a run directory;\nwith --set or --dir, make a new run from the options of a run directory',
    positionals: [1, 1],
    options: { dir: `directory of the new run (default ${RUNS_FOLDER}/NAME next to the run file)` },
    repeated: { set: SET },
    flags: NO_WAIT,
    run: async (args) => {
      const target = path.resolve(args.positionals[0]!);
      const directory = directoryNamed(target);
      const overrides = overridesOf(args);
      if (directory !== undefined) {
        if (args.text['dir'] === undefined && args.list['set'] === undefined) return execute(directory, args);
        return makeAndExecute(await draftLike(placeOf(args, path.dirname(directory)), directory, overrides), args);
      }
      const place = placeOf(args, path.join(path.dirname(target), RUNS_FOLDER));
      return makeAndExecute(await draftFromFile(place, target, overrides), args);
    },
  },
  resume: {
    usage: 'resume DIR [--no-wait]',
    summary: 'resume a run that was stopped or interrupted',
    positionals: [1, 1],
    flags: NO_WAIT,
    run: (args) => {
      refuseRunFile(args.positionals[0]!);
      return execute(path.resolve(args.positionals[0]!), args);
    },
  },
  stop: {
    usage: 'stop DIR [--wait]',
    summary: 'ask a run to save its state and stop, and return at once',
    positionals: [1, 1],
    flags: { wait: 'wait until the run has stopped' },
    run: async ({ positionals, flags }) => {
      refuseRunFile(positionals[0]!);
      const directory = path.resolve(positionals[0]!);
      await readRecord(directory);
      return stop(directory, flags['wait'] === true);
    },
  },
  runs: {
    usage: 'runs [DIR]',
    summary: `list the runs below a folder (default ${RUNS_FOLDER})`,
    positionals: [0, 1],
    run: async ({ positionals }) => {
      const folder = path.resolve(positionals[0] ?? RUNS_FOLDER);
      if (positionals[0] !== undefined && !existsSync(folder))
        throw new UserError(`${folder}: folder not found. Check the path.`);
      if (existsSync(folder) && !isFolder(folder)) throw new UserError(`${folder} is a file. Name a folder of runs.`);
      const list = await listRuns(folder);
      const { runs, problems } = list;
      return { json: { runs: runs.map(summaryDocument), problems }, text: formatRuns(list, folder) };
    },
  },
  transfer: {
    usage: `transfer CHECKPOINT --seed N ${TRANSFER_USAGE} [--layers RULE] [--mask FILE] [--state NAME] [--dir DIR] [--options FILE] [--set FIELD=VALUE]…`,
    summary: 'transfer a signed mask to a new initialization and train the network fully',
    positionals: [1, 1],
    options: {
      seed: 'seed for the new initialization, and for the data order unless --set dataSeed=N is given',
      ...TRANSFER_OPTIONS,
      ...LOOK,
      dir: DIR,
      options: OPTIONS,
    },
    repeated: { set: SET },
    run: async (args) => {
      const checkpoint = args.positionals[0]!;
      refuseRun(checkpoint);
      const { seed, options: optionsFile } = args.text;
      if (seed === undefined) throw new UserError('--seed is missing. Give a seed for the new initialization.');
      const overrides = overridesOf(args);
      if ('seed' in overrides) throw new UserError('--seed and --set seed are both given. Use only --seed.');
      const draft = await draftTransfer(placeOf(args, folderForDerivedRun(checkpoint)), {
        checkpoint: chosen(checkpoint, args.text),
        ...transferChoices(args),
        seed: wholeNumber('seed', seed, PLAIN_OPTIONS.seed),
        overrides,
        optionsFile,
      });
      return makeAndExecute(draft, args);
    },
  },
  interpolate: {
    usage:
      'interpolate A B [--points N] [--layers RULE] [--mask FILE] [--mask-b FILE] [--state NAME] [--state-b NAME] [--dir DIR] [--options FILE]',
    summary: 'measure the networks on the line between two checkpoints, and the barrier',
    positionals: [2, 2],
    options: {
      points: `number of values of α, from 1 (A) to 0 (B), both included (default ${POINTS.default})`,
      ...LOOK,
      ...LOOK_B,
      dir: DIR,
      options: OPTIONS,
    },
    run: async (args) => {
      const [a, b] = args.positionals as [string, string];
      args.positionals.forEach(refuseRun);
      const { points = String(POINTS.default), options: optionsFile } = args.text;
      const ends = { a: chosen(a, args.text), b: chosenB(b, args.text) };
      const request = { ...ends, points: wholeNumber('points', points, POINTS), optionsFile };
      return makeAndExecute(await draftConnectivity(placeOf(args, folderForDerivedRun(a, b)), request), args);
    },
  },
};

async function stop(directory: string, wait: boolean): Promise<Printed> {
  const { status, stopping } = await stopRun(directory);
  if (!stopping) return { json: { directory, status, stopping }, text: `${directory}: ${status}` };
  if (!wait)
    return {
      json: { directory, status, stopping },
      text: `${directory}: stopping. The run saves its state after its current step. Use --wait to wait until it has stopped.`,
    };
  await untilReleased(directory);
  const { status: last } = (await readRun(directory)).snapshot;
  return { json: { directory, status: last, stopping: false }, text: `${directory}: ${last}` };
}

/** Checks a draft, makes the run if it does not exist, and executes the run. */
async function makeAndExecute(draft: Draft, args: Arguments): Promise<Printed> {
  const found = await preflight(draft, { checkBackend });
  if (found) [found.summary, ...found.notes, ...found.warnings].forEach(writeMessage);
  return execute(await makeRun(draft), args, found?.dataset);
}

/** A second signal within this time is a copy of the first signal (for example from npx), not a second Ctrl-C. */
const ECHO_MS = 1_000;

/** Executes a run in this process and shows its progress. The first signal saves the state and stops. A second signal ends at once. */
async function execute(directory: string, { json, flags }: Arguments, dataset?: Dataset): Promise<Printed> {
  const record = await readRecord(directory);
  const abort = new AbortController();
  let firstSignalAt = 0;
  const stop = () => {
    if (abort.signal.aborted) {
      if (Date.now() - firstSignalAt > ECHO_MS) process.exit(130);
      return;
    }
    firstSignalAt = Date.now();
    progress.onMessage('Stopping after the state is saved. Press Ctrl-C again to end at once.');
    abort.abort();
  };
  const progress = watchProgress({ directory, record, stream: json ? process.stderr : process.stdout });
  const ignoreSignals = onStopSignal(stop);
  try {
    const { onEvent, onMessage } = progress;
    const wait = flags['no-wait'] !== true;
    const { outcome, message } = await executeRun(directory, {
      signal: abort.signal,
      dataset,
      onEvent,
      onMessage,
      wait,
    });
    if (outcome === 'stopped' && message !== undefined) onMessage(message);
    return await report(directory, outcome);
  } finally {
    progress.end();
    ignoreSignals();
  }
}

async function report(directory: string, outcome: Outcome): Promise<Printed> {
  const { snapshot } = await readRun(directory);
  const summary = summaryOf(snapshot);
  return { json: runDocument(summary, snapshot), text: formatRun(summary), outcome };
}
