/** The verb `interpolate`: measures the networks between checkpoints. */
import path from 'node:path';
import { threadLimit } from '../threads';
import type { Draft } from '../runs/drafts';
import { howItEnded } from '../runs/detached';
import { readRun } from '../runs/list';
import { onStopSignal } from '../signals';
import { draftConnectivity, draftSurface } from '../runs/measurementDrafts';
import { summaryWithPair } from '../runs/pairOfRun';
import { RUNS_FOLDER } from '../runs/paths';
import {
  type ConnectivityNormalization,
  DEFAULT_MASKS,
  DEFAULT_NORMALIZATION,
  MASK_RULES,
  type MaskRule,
  NORMALIZATIONS,
  PAIR_CHOICES,
  PAIR_CHOICE_NAMES,
  pairsOf,
} from '../vocabulary/connectivity';
import { BARRIER_NAMES, NAMED_BARRIERS, pointsOf } from '../vocabulary/namedBarriers';
import type { Measuring } from '../vocabulary/runRecord';
import { POINTS, SURFACE_POINTS } from '../vocabulary/runSchema';
import type { Bounds } from '../vocabulary/schemaWords';
import type { CheckpointChoice } from '../vocabulary/checkpoint';
import { MOST_IN_MATRIX } from '../vocabulary/matrix';
import type { Outcome } from '../vocabulary/runStatus';
import { MachineError, UserError } from '../errors';
import { Runners } from '../studies/runner';
import { duration } from '../vocabulary/numbers';
import { chosen, chosenB, LOOK, LOOK_B } from './chosen';
import { barrierMatrixDocument, formatBarriers, type MeasuredPair } from './formatBarriers';
import { makeAndExecute, makeChecked } from './executeHere';
import { folderForDerivedRun, placeOf } from './runArguments';
import { writeLine } from './output';
import { oneOf, refuseRun, wholeNumber, type Arguments, type Printed, type Verb } from './verb';

export const DIR = `directory of the new run (default: next to the run of the checkpoint, else in ${RUNS_FOLDER})`;
export const OPTIONS =
  'run file with model, data and training options; needed for a checkpoint outside a run directory';

const NORMALIZATION_NAMES = Object.keys(NORMALIZATIONS) as ConnectivityNormalization[];
const MASK_RULE_NAMES = Object.keys(MASK_RULES) as MaskRule[];

export const interpolateVerb: Verb = {
  usage: `interpolate A B [--points N] [--barrier ${BARRIER_NAMES.join('|')}] [--normalization ${NORMALIZATION_NAMES.join('|')}] [--masks ${MASK_RULE_NAMES.join('|')}] [--layers RULE] [--mask FILE] [--mask-b FILE] [--state NAME] [--state-b NAME] [--dir DIR] [--options FILE] | FILE FILE FILE… [--pairs ${PAIR_CHOICE_NAMES.join('|')}] | A B C --surface`,
  summary:
    'measure the networks on the line between two checkpoints, and the barrier; between pairs of several checkpoints; or on the plane through three',
  positionals: [2, MOST_IN_MATRIX],
  flags: { surface: 'measures a grid on the plane through three checkpoints (Garipov et al. 2018)' },
  options: {
    pairs: [
      'which of several checkpoints are measured (default all). Each pair is a run of its own:',
      ...Object.entries(PAIR_CHOICES).map(([name, { detail }]) => `${name}: ${detail}`),
    ].join('\n'),
    points: `number of values of α, from 1 (A) to 0 (B), both included, or along each axis of a surface (default ${POINTS.default})`,
    barrier: [
      'sets the number of points of a definition. All three barriers are always shown:',
      ...BARRIER_NAMES.map((name) => `${name}: ${NAMED_BARRIERS[name].definition} (${NAMED_BARRIERS[name].source})`),
    ].join('\n'),
    normalization: choicesText('what is done with batch-norm statistics', NORMALIZATIONS, DEFAULT_NORMALIZATION),
    masks: choicesText('which weights are interpolated if the masks differ', MASK_RULES, DEFAULT_MASKS),
    ...LOOK,
    ...LOOK_B,
    dir: DIR,
    options: OPTIONS,
  },
  run: (args) => {
    args.positionals.forEach(refuseRun);
    if (args.flags['surface']) return measureSurface(args);
    return args.positionals.length > 2 ? measurePairs(args) : measurePair(args);
  },
};

function measurePair(args: Arguments): Promise<Printed> {
  const [a, b] = args.positionals as [string, string];
  const { options: optionsFile, pairs } = args.text;
  if (pairs !== undefined) throw new UserError('--pairs is for three or more checkpoints. Leave it out.');
  const ends = { a: chosen(a, args.text), b: chosenB(b, args.text) };
  const request = { ...ends, points: pointsIn(args), ...measuringIn(args), optionsFile };
  return makeAndExecute(() => draftConnectivity(placeOf(args, folderForDerivedRun(a, b)), request), args);
}

function measureSurface(args: Arguments): Promise<Printed> {
  const { positionals, text } = args;
  if (positionals.length !== 3)
    throw new UserError(`--surface needs three checkpoints, but ${positionals.length} are given.`);
  refuseOptionsForTwo(text, ['pairs', 'barrier']);
  const [a, b, c] = positionals.map((file) => chosen(file, text)) as [
    CheckpointChoice,
    CheckpointChoice,
    CheckpointChoice,
  ];
  const request = {
    a,
    b,
    c,
    points: pointsIn(args, SURFACE_POINTS),
    ...measuringIn(args),
    optionsFile: text['options'],
  };
  return makeAndExecute(() => draftSurface(placeOf(args, folderForDerivedRun(...positionals)), request), args);
}

/** Measures pairs one after another. A pair that was measured before is not measured again, and an interrupted one is resumed. */
async function measurePairs(args: Arguments): Promise<Printed> {
  const { positionals, text } = args;
  refuseOptionsForTwo(text);
  const folder = text['dir'] === undefined ? folderForDerivedRun(...positionals) : path.resolve(text['dir']);
  const choice = oneOf('pairs', text['pairs'] ?? 'all', PAIR_CHOICE_NAMES);
  const points = pointsIn(args);
  const drafts = [];
  for (const [a, b] of pairsOf(positionals.length, choice)) {
    const ends = { a: chosen(positionals[a]!, text), b: chosen(positionals[b]!, text) };
    const request = { ...ends, points, ...measuringIn(args), optionsFile: text['options'] };
    drafts.push({ a, b, draft: await draftConnectivity({ folder }, request) });
  }
  const outcome = await runAll(
    drafts.map(({ draft }) => draft),
    args,
  );
  const measured: MeasuredPair[] = [];
  for (const { a, b, draft } of drafts) {
    const run = await summaryWithPair((await readRun(draft.directory)).snapshot);
    measured.push({ a, b, directory: draft.directory, run });
  }
  const files = positionals.map((file) => path.resolve(file));
  return { json: barrierMatrixDocument(files, measured), text: formatBarriers(files, measured), outcome };
}

/** Makes all runs, and executes them one after another. Each has its own process, because a process can start a backend only once. */
async function runAll(drafts: readonly Draft[], { json }: Arguments): Promise<Outcome> {
  const directories: string[] = [];
  for (const draft of drafts) directories.push(await makeChecked(draft));
  const stream = json ? process.stderr : process.stdout;
  const runners = new Runners();
  const began = Date.now();
  const { threads } = threadLimit();
  const abort = new AbortController();
  const ignoreSignals = onStopSignal(() => {
    abort.abort();
    runners.stop();
  });
  try {
    for (const [i, directory] of directories.entries()) {
      const { code, signal, output } = await runners.execute(directory, threads);
      if (abort.signal.aborted && (code !== 0 || i + 1 < directories.length)) return 'stopped';
      if (code !== 0)
        throw new MachineError(
          `${directory}: the run ended with ${howItEnded(code, signal)}. Its last output:\n${output.trim()}`,
        );
      const count = `[${String(i + 1).padStart(2)}/${directories.length}]`;
      const elapsed = duration((Date.now() - began) / 1000).padStart(6);
      writeLine(stream, `${count} ${elapsed}  ${path.basename(directory)}`);
    }
    return 'done';
  } finally {
    ignoreSignals();
  }
}

/** Options that do not say which of several checkpoints they are for. */
function refuseOptionsForTwo(text: Arguments['text'], others: readonly string[] = []): void {
  const odd = ['mask', 'mask-b', 'state-b', ...others].find((name) => text[name] !== undefined);
  if (odd !== undefined)
    throw new UserError(`--${odd} cannot be used with these checkpoints. Leave it out, or name two checkpoints.`);
}

function choicesText(
  what: string,
  choices: Readonly<Record<string, { label: string; detail: string }>>,
  standard: string,
): string {
  const lines = Object.entries(choices).map(([name, { label, detail }]) => `${name}: ${label}. ${detail}`);
  return [`${what} (default ${standard}):`, ...lines].join('\n');
}

type PointBounds = Bounds & { default: number };

/** Returns the number of points: `--points`, else that of `--barrier`, else the default. */
export function pointsIn({ text: { points, barrier } }: Arguments, bounds: PointBounds = POINTS): number {
  if (barrier === undefined) return points === undefined ? bounds.default : wholeNumber('points', points, bounds);
  if (points !== undefined)
    throw new UserError('--points and --barrier are both given, and both set the number of points. Use only one.');
  return pointsOf(oneOf('barrier', barrier, BARRIER_NAMES)) ?? bounds.default;
}

/** Returns the choices of `--normalization` and `--masks`. */
export function measuringIn({ text: { normalization, masks } }: Arguments): Measuring {
  return {
    ...(normalization !== undefined && {
      normalization: oneOf('normalization', normalization, NORMALIZATION_NAMES),
    }),
    ...(masks !== undefined && { masks: oneOf('masks', masks, MASK_RULE_NAMES) }),
  };
}
