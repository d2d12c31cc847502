/** The verb `compare`: compares two checkpoints layer by layer, or several in pairs. */
import path from 'node:path';
import { maskNamesBeside } from '../checkpoints/maskFile';
import { fileAtRevision } from '../checkpoints/revision';
import { command } from '../commands';
import { UserError } from '../errors';
import { compareCheckpoints } from '../inspection/compare';
import { readMap } from '../inspection/mapNames';
import { compareMatrix } from '../inspection/matrix';
import { quote } from '../json/strict';
import type { CheckpointRef } from '../vocabulary/checkpoint';
import type { Comparison, NameMap } from '../vocabulary/inspection';
import { nameText } from '../vocabulary/layerNames';
import { MOST_IN_MATRIX } from '../vocabulary/matrix';
import { oneLine } from '../vocabulary/text';
import { chosen, chosenB, LOOK, LOOK_B } from './chosen';
import { formatComparison } from './formatCheckpoint';
import { formatMatrix } from './formatMatrix';
import { refuseRun, type Arguments, type Printed, type Verb } from './verb';

export const compareVerb: Verb = {
  usage:
    'compare A B [--layers RULE] [--mask FILE] [--mask-b FILE] [--state NAME] [--state-b NAME] [--map NAME_IN_A=NAME_IN_B …] | A --revision REVISION | FILE FILE FILE… [--layers RULE] [--state NAME]',
  summary:
    'show mask overlap and sign flips between two checkpoints, between a file in a Git revision (A) and the file now (B), or between all pairs of several checkpoints',
  positionals: [1, MOST_IN_MATRIX],
  options: { revision: 'a Git commit, branch or tag, for example HEAD~1', ...LOOK, ...LOOK_B },
  repeated: { map: 'compare these layers with each other; names are otherwise matched by rules' },
  run: (args) => {
    args.positionals.forEach(refuseRun);
    return args.positionals.length > 2 ? compareSeveral(args) : compareTwo(args);
  },
};

async function compareTwo({ positionals, text, list }: Arguments): Promise<Printed> {
  const { revision } = text;
  const [file = '', other] = positionals;
  if ((other === undefined) === (revision === undefined))
    throw new UserError('Name two or more checkpoints, or one checkpoint and a --revision.');
  if (revision === undefined) return compared([chosen(file, text), chosenB(other ?? '', text)], list);
  const copy = await fileAtRevision(file, revision);
  const named = revisionNames({ copy, file, revision });
  try {
    const printed = await compared([chosen(copy, text), chosenB(file, text)], list);
    return { ...printed, text: named(printed.text) };
  } catch (error) {
    throw error instanceof UserError ? new UserError(named(error.message), { cause: error }) : error;
  }
}

/** Returns a function that names a copy, and the mask file copied with it, after the revision: `prune.pth@HEAD`. */
function revisionNames({ copy, file, revision }: { copy: string; file: string; revision: string }) {
  const renamed = [path.basename(copy), ...maskNamesBeside(path.basename(copy))].map((name) => [
    path.join(path.dirname(copy), name),
    `${path.join(path.dirname(file), name)}@${revision}`,
  ]);
  return (text: string) =>
    renamed.reduce((result, [from, to]) => result.replaceAll(oneLine(from!), () => oneLine(to!)), text);
}

async function compared(
  [refA, refB]: readonly [CheckpointRef, CheckpointRef],
  list: Arguments['list'],
): Promise<Printed> {
  const map = await readMap(list['map'] ?? [], [refA, refB]);
  const comparison = await compareCheckpoints(refA, refB, { map });
  if (comparison.layers.length === 0) throw new UserError(nothingInCommon(comparison, map));
  return { json: comparison, text: formatComparison(comparison) };
}

/** Says why no layer was compared, and what to do. */
function nothingInCommon({ a, b, unmatched, leftOut }: Comparison, map: NameMap): string {
  const odd = unmatched.find(({ otherShape }) => otherShape !== undefined) ?? unmatched[0];
  const [side, left] = leftOut.a[0] ? ['A', leftOut.a[0]] : ['B', leftOut.b[0]];
  if (!odd && left)
    return `${a} and ${b} have no layer that can be compared, because layer ${quote(left.name)} of ${side} is left out: ${left.reason}. “${command('inspect')}” lists all that are left out.`;
  const example = odd ? ` (${nameText(odd.name)} of ${odd.side.toUpperCase()}: ${odd.reason})` : '';
  const advice =
    map.length > 0
      ? 'Match layers that have the same shape.'
      : 'Compare checkpoints of one architecture, or match layers of the same shape by hand: --map NAME_IN_A=NAME_IN_B.';
  return `${a} and ${b} have no layer of the same name and shape${example}. ${advice}`;
}

/** Options for two checkpoints. They do not say which of several checkpoints they are for. */
const FOR_TWO = ['revision', 'mask', 'mask-b', 'state-b'] as const;

async function compareSeveral({ positionals, text, list }: Arguments): Promise<Printed> {
  const odd = list['map'] ? 'map' : FOR_TWO.find((name) => text[name] !== undefined);
  if (odd !== undefined)
    throw new UserError(
      `--${odd} is for two checkpoints, but ${positionals.length} are given. Leave it out, or name two checkpoints.`,
    );
  const matrix = await compareMatrix({ files: positionals.map((file) => chosen(file, text)) });
  const [first] = matrix.pairs;
  const { unreadable = [] } = matrix;
  if (unreadable.length >= positionals.length - 1)
    throw new UserError(
      `Fewer than two of the ${positionals.length} checkpoints can be read: ${unreadable.map(({ reason }) => reason).join(' ')}`,
    );
  if (first && matrix.pairs.every(({ total }) => !total))
    throw new UserError(
      `No two of the ${positionals.length} checkpoints can be compared. The first two: ${first.reason ?? ''}`,
    );
  return { json: matrix, text: formatMatrix(matrix), ...(unreadable.length > 0 && { isIncomplete: true }) };
}
