/** The verb `interpolate`: measures the networks between checkpoints. */
import { draftConnectivity } from '../runs/measurementDrafts';
import { RUNS_FOLDER } from '../runs/paths';
import {
  type ConnectivityNormalization,
  DEFAULT_MASKS,
  DEFAULT_NORMALIZATION,
  MASK_RULES,
  type MaskRule,
  NORMALIZATIONS,
} from '../vocabulary/connectivity';
import { BARRIER_NAMES, NAMED_BARRIERS, pointsOf } from '../vocabulary/namedBarriers';
import type { Measuring } from '../vocabulary/runRecord';
import { POINTS } from '../vocabulary/runSchema';
import { UserError } from '../errors';
import { chosen, chosenB, LOOK, LOOK_B } from './chosen';
import { makeAndExecute } from './executeHere';
import { folderForDerivedRun, placeOf } from './runArguments';
import { oneOf, refuseRun, wholeNumber, type Arguments, type Verb } from './verb';

export const DIR = `directory of the new run (default: next to the run of the checkpoint, else in ${RUNS_FOLDER})`;
export const OPTIONS =
  'run file with model, data and training options; needed for a checkpoint outside a run directory';

const NORMALIZATION_NAMES = Object.keys(NORMALIZATIONS) as ConnectivityNormalization[];
const MASK_RULE_NAMES = Object.keys(MASK_RULES) as MaskRule[];

export const interpolateVerb: Verb = {
  usage: `interpolate A B [--points N] [--barrier ${BARRIER_NAMES.join('|')}] [--normalization ${NORMALIZATION_NAMES.join('|')}] [--masks ${MASK_RULE_NAMES.join('|')}] [--layers RULE] [--mask FILE] [--mask-b FILE] [--state NAME] [--state-b NAME] [--dir DIR] [--options FILE]`,
  summary: 'measure the networks on the line between two checkpoints, and the barrier',
  positionals: [2, 2],
  options: {
    points: `number of values of α, from 1 (A) to 0 (B), both included (default ${POINTS.default})`,
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
  run: async (args) => {
    const [a, b] = args.positionals as [string, string];
    args.positionals.forEach(refuseRun);
    const { options: optionsFile } = args.text;
    const ends = { a: chosen(a, args.text), b: chosenB(b, args.text) };
    const request = { ...ends, points: pointsIn(args), ...measuringIn(args), optionsFile };
    return makeAndExecute(await draftConnectivity(placeOf(args, folderForDerivedRun(a, b)), request), args);
  },
};

function choicesText(
  what: string,
  choices: Readonly<Record<string, { label: string; detail: string }>>,
  standard: string,
): string {
  const lines = Object.entries(choices).map(([name, { label, detail }]) => `${name}: ${label}. ${detail}`);
  return [`${what} (default ${standard}):`, ...lines].join('\n');
}

/** Returns the number of points: `--points`, else that of `--barrier`, else the default. */
export function pointsIn({ text: { points, barrier } }: Arguments, bounds = POINTS): number {
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
