/** Verbs that make, execute, stop and list runs. */
import path from 'node:path';
import { UserError } from '../errors';
import { PLAIN_OPTIONS } from '../vocabulary/runSchema';
import type { ContinueFrom } from '../vocabulary/runRequest';
import { stopRun } from '../runs/launch';
import { readRun } from '../runs/list';
import { untilReleased } from '../runs/lock';
import { draftTransfer } from '../runs/derivedDrafts';
import { draftFromFile, draftLike } from '../runs/repeat';
import { RUNS_FOLDER } from '../runs/paths';
import { readRecord } from '../runs/record';
import { chosen, LOOK } from './chosen';
import { execute, makeAndExecute } from './executeHere';
import { DIR, interpolateVerb, OPTIONS } from './interpolateVerb';
import { runsVerb } from './runsVerb';
import { directoryNamed, folderForDerivedRun, overridesOf, placeOf } from './runArguments';
import { transferChoices, TRANSFER_OPTIONS, TRANSFER_USAGE } from './transferChoices';
import { refuseRun, refuseRunFile, wholeNumber, type Arguments, type Printed, type Verb } from './verb';

const NO_WAIT = {
  'no-wait':
    'fail at once if another machine may still be running this run, instead of waiting until its lock no longer changes',
};
const SET = 'replaces an option, for example seed=2 or augmentation.crop=4; may be repeated';

export const runVerbs: Record<string, Verb> = {
  run: {
    usage: 'run FILE|DIR [--dir DIR] [--set FIELD=VALUE]… [--from CHECKPOINT [--round N] [--init FILE]] [--no-wait]',
    summary:
      'run a run file (NAME.sign.json), or resume a run directory;\nwith --set or --dir, make a new run from the options of a run directory',
    positionals: [1, 1],
    options: {
      dir: `directory of the new run (default ${RUNS_FOLDER}/NAME next to the run file)`,
      from: 'continue the search from this checkpoint, such as an imported one, instead of a new initialization',
      round: 'the round that ended with the checkpoint of --from (default: the one in its metadata)',
      init: 'the network before round 0 of that search; without it, flips since then are unknown',
    },
    repeated: { set: SET },
    flags: NO_WAIT,
    run: async (args) => {
      const target = path.resolve(args.positionals[0]!);
      const directory = directoryNamed(target);
      const overrides = overridesOf(args);
      const from = fromOf(args.text);
      if (directory !== undefined) {
        if (from) throw new UserError('--from needs a run file (NAME.sign.json), not the directory of a run.');
        if (args.text['dir'] === undefined && args.list['set'] === undefined) return execute(directory, args);
        return makeAndExecute(() => draftLike(placeOf(args, path.dirname(directory)), directory, overrides), args);
      }
      const place = placeOf(args, path.join(path.dirname(target), RUNS_FOLDER));
      return makeAndExecute(() => draftFromFile(place, target, { overrides, from }), args);
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
  runs: runsVerb,
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
      const request = {
        checkpoint: chosen(checkpoint, args.text),
        ...transferChoices(args),
        seed: wholeNumber('seed', seed, PLAIN_OPTIONS.seed),
        overrides,
        optionsFile,
      };
      return makeAndExecute(() => draftTransfer(placeOf(args, folderForDerivedRun(checkpoint)), request), args);
    },
  },
  interpolate: interpolateVerb,
};

/** Returns the checkpoint that a search continues from, or undefined without `--from`. */
function fromOf({ from, round, init }: Arguments['text']): ContinueFrom | undefined {
  if (from === undefined) {
    const alone = [round !== undefined && 'round', init !== undefined && 'init'].find((name) => name !== false);
    if (alone !== undefined) throw new UserError(`--${alone} needs --from CHECKPOINT.`);
    return undefined;
  }
  for (const file of [from, ...(init === undefined ? [] : [init])]) refuseRun(file);
  return {
    checkpoint: from,
    ...(round !== undefined && { round: wholeNumber('round', round, { maximum: PLAIN_OPTIONS.rounds.maximum }) }),
    ...(init !== undefined && { initialization: init }),
  };
}

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
