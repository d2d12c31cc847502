/** Verbs that make, execute, stop and list runs. */
import { checkBackend } from '../backends/startBackend';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import type { Outcome } from '../vocabulary/runStatus';
import type { TransferVariant } from '../vocabulary/runRecord';
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
import { runDocument, summaryDocument } from './runDocument';
import { besideRunOf, directoryNamed, isFolder, overridesOf, placeOf } from './runArguments';
import { watchProgress } from './progress';
import { say } from './output';
import { oneOf, refuseRun, refuseRunFile, wholeNumber, type Arguments, type Printed, type Verb } from './verb';

const VARIANTS: Record<TransferVariant, string> = {
  'signed-mask':
    '|θ_init| with the mask and signs of the checkpoint; biases and classifier take its signs too, as in the official code',
  'mask-only': 'θ_init with the mask; biases and classifier keep their own signs',
  'psi-kept': 'as signed-mask, with the trained scale and shift of normalization',
  'random-signs': '|θ_init| with the mask and random signs; biases and classifier keep their own',
  'random-signed-mask':
    'as signed-mask, biases and classifier included, but with random signs of the masked weights: the like-for-like control',
  retrain: 'the ticket itself; of imp its mask on the rewound weights',
};
const VARIANT_NAMES = Object.keys(VARIANTS) as TransferVariant[];

const DIR = `the run's own directory (default one beside the run the checkpoint is of, else in ${RUNS_FOLDER})`;
const OPTIONS = 'a run file that says model, data and training; needed for a checkpoint that lies in no run directory';
const NO_WAIT = {
  'no-wait': 'fail at once if another machine may still run this, instead of waiting until its lock is silent',
};
const SET = 'replaces an option: seed=2, augmentation.crop=4; again for each';

export const runVerbs: Record<string, Verb> = {
  run: {
    usage: 'run FILE|DIR [--dir DIR] [--set FIELD=VALUE]… [--no-wait]',
    summary:
      'run a run file (NAME.sign.json), or resume a run directory;\nwith --set or --dir, a run directory gives a new run with the same options but these',
    positionals: [1, 1],
    options: { dir: `the new run's directory (default ${RUNS_FOLDER}/NAME beside the run file)` },
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
    summary: 'go on with a run that was stopped or interrupted, until it ends',
    positionals: [1, 1],
    flags: NO_WAIT,
    run: (args) => {
      refuseRunFile(args.positionals[0]!);
      return execute(path.resolve(args.positionals[0]!), args);
    },
  },
  stop: {
    usage: 'stop DIR [--wait]',
    summary: 'ask a run to save its state and end; returns at once',
    positionals: [1, 1],
    flags: { wait: 'return when the run has ended' },
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
        throw new UserError(`${folder}: there is no such folder.`);
      if (existsSync(folder) && !isFolder(folder)) throw new UserError(`${folder} is a file; name a folder of runs.`);
      const list = await listRuns(folder);
      const { runs, problems } = list;
      return { json: { runs: runs.map(summaryDocument), problems }, text: formatRuns(list, folder) };
    },
  },
  transfer: {
    usage: `transfer CHECKPOINT --seed N [--variant ${VARIANT_NAMES.join('|')}] [--dir DIR] [--options FILE] [--set FIELD=VALUE]…`,
    summary: 'carry a signed mask onto a new initialization and train it to the end',
    positionals: [1, 1],
    options: {
      seed: 'of the new initialization, and of the order of the data unless --set dataSeed=N is given',
      variant: [
        'what is carried over (default signed-mask):',
        ...Object.entries(VARIANTS).map(([name, meaning]) => `${name}: ${meaning}`),
      ].join('\n'),
      dir: DIR,
      options: OPTIONS,
    },
    repeated: { set: SET },
    run: async (args) => {
      const checkpoint = args.positionals[0]!;
      refuseRun(checkpoint);
      const { seed, variant = 'signed-mask', options: optionsFile } = args.text;
      if (seed === undefined) throw new UserError('--seed is missing; it names the initialization to transfer onto.');
      const overrides = overridesOf(args);
      if ('seed' in overrides) throw new UserError('--set seed is given beside --seed; give it once, by --seed.');
      const draft = await draftTransfer(placeOf(args, besideRunOf(checkpoint)), {
        checkpoint,
        variant: oneOf('variant', variant, VARIANT_NAMES),
        seed: wholeNumber('seed', seed, PLAIN_OPTIONS.seed),
        overrides,
        optionsFile,
      });
      return makeAndExecute(draft, args);
    },
  },
  interpolate: {
    usage: 'interpolate A B [--points N] [--dir DIR] [--options FILE]',
    summary: 'measure the networks between two checkpoints, and the barrier',
    positionals: [2, 2],
    options: {
      points: `number of values of α, from 1 (A) to 0 (B), both included (default ${POINTS.default})`,
      dir: DIR,
      options: OPTIONS,
    },
    run: async (args) => {
      const [a, b] = args.positionals as [string, string];
      args.positionals.forEach(refuseRun);
      const { points = String(POINTS.default), options: optionsFile } = args.text;
      const request = { a, b, points: wholeNumber('points', points, POINTS), optionsFile };
      return makeAndExecute(await draftConnectivity(placeOf(args, besideRunOf(a, b)), request), args);
    },
  },
};

async function stop(directory: string, wait: boolean): Promise<Printed> {
  const { status, stopping } = await stopRun(directory);
  if (!stopping) return { json: { directory, status, stopping }, text: `${directory}: ${status}` };
  if (!wait)
    return {
      json: { directory, status, stopping },
      text: `${directory}: stopping. It saves its state after the current step; --wait waits for that.`,
    };
  await untilReleased(directory);
  const { status: last } = (await readRun(directory)).snapshot;
  return { json: { directory, status: last, stopping: false }, text: `${directory}: ${last}` };
}

/** Makes the run of a draft, unless it is there or can be seen to fail, and runs it. */
async function makeAndExecute(draft: Draft, args: Arguments): Promise<Printed> {
  const found = await preflight(draft, { checkBackend });
  if (found) [found.summary, ...found.warnings].forEach(say);
  return execute(await makeRun(draft), args, found?.dataset);
}

/** npx passes on the Ctrl-C that its child had already, and a shell the end of its terminal: what comes so soon is no second wish. */
const ECHO_MS = 1_000;

/** Runs a directory in this process, showing its progress; the first signal saves and stops, a second one ends at once. */
async function execute(directory: string, { json, flags }: Arguments, dataset?: Dataset): Promise<Printed> {
  const record = await readRecord(directory);
  const abort = new AbortController();
  let asked = 0;
  const stop = () => {
    if (abort.signal.aborted) {
      if (Date.now() - asked > ECHO_MS) process.exit(130);
      return;
    }
    asked = Date.now();
    progress.say('Stopping once the state is saved; again to end at once.');
    abort.abort();
  };
  const progress = watchProgress({ directory, record, stream: json ? process.stderr : process.stdout });
  const ignoreSignals = onStopSignal(stop);
  try {
    const { heard, say } = progress;
    const wait = flags['no-wait'] !== true;
    const { outcome, message } = await executeRun(directory, { signal: abort.signal, dataset, heard, say, wait });
    if (outcome === 'stopped' && message !== undefined) say(message);
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
