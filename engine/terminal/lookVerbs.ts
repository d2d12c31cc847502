/** Verbs that examine checkpoints and this machine: `inspect`, `compare`, `series`, `report`, `doctor`. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileAtRevision } from '../checkpoints/revision';
import { UserError } from '../errors';
import { compareCheckpoints } from '../inspection/compare';
import { inspect } from '../inspection/inspect';
import { refuseOwnInput, writeReport } from '../report/report';
import type { CheckpointChoice } from '../vocabulary/checkpoint';
import { examine } from './doctor';
import { formatChecks } from './format';
import { formatComparison, formatInspection } from './formatCheckpoint';
import { seriesVerb } from './seriesVerb';
import { refuseRun, type Arguments, type Verb } from './verb';

/** Options that choose which part of a checkpoint is shown. */
const LOOK = {
  layers:
    'which layers are prunable: default, official (as in the official AWS code), matrices, decoder\n(the linear layers of a language model), or a pattern of names such as "layer?.*.conv*,fc"',
  mask: 'a file with the masks, if they are not in the checkpoint or beside it',
  state: 'the state dict to show, if the file has several, such as ema',
};
/** The options of the second checkpoint of a comparison. */
const LOOK_B = { 'mask-b': 'a file with the masks of B', 'state-b': 'the state dict of B, if it is not the one of A' };

export const lookVerbs: Record<string, Verb> = {
  inspect: {
    usage: 'inspect FILE [--layers RULE] [--mask FILE] [--state NAME]',
    summary: 'show layers, masks, signs and sparsity of a checkpoint, or its tensors if there is no layer',
    positionals: [1, 1],
    options: LOOK,
    run: async ({ positionals, text }) => {
      refuseRun(positionals[0]!);
      const inspection = await inspect(chosen(positionals[0]!, text));
      return { json: inspection, text: formatInspection(inspection) };
    },
  },
  compare: {
    usage:
      'compare A B [--layers RULE] [--mask FILE] [--mask-b FILE] [--state NAME] [--state-b NAME] [--map NAME_IN_A=NAME_IN_B …] | A --revision REVISION',
    summary:
      'show mask overlap and sign flips between two checkpoints, or between a file in a Git revision (A) and the file now (B)',
    positionals: [1, 2],
    options: { revision: 'a Git commit, branch or tag, for example HEAD~1', ...LOOK, ...LOOK_B },
    repeated: { map: 'compare these layers with each other; names are otherwise matched by rules' },
    run: async ({ positionals, text, list }) => {
      const { revision } = text;
      positionals.forEach(refuseRun);
      const [file = '', other] = positionals;
      if ((other === undefined) === (revision === undefined))
        throw new UserError('Name two checkpoints, or one checkpoint and a --revision.');
      const [a, b] = revision === undefined ? [file, other ?? ''] : [await fileAtRevision(file, revision), file];
      const map = (list['map'] ?? []).map(pairOfNames);
      const comparison = await compareCheckpoints(
        chosen(a, text),
        chosen(b, { ...text, mask: text['mask-b'], state: text['state-b'] ?? text['state'] }),
        {
          map,
        },
      );
      const [odd] = comparison.unmatched;
      if (comparison.layers.length === 0)
        throw new UserError(
          `${comparison.a} and ${comparison.b} have no layer of the same name and shape${odd ? ` (${odd.name} of ${odd.side.toUpperCase()}: ${odd.reason})` : ''}. Compare checkpoints of one architecture, or match layers by hand: --map NAME_IN_A=NAME_IN_B.`,
        );
      return { json: comparison, text: formatComparison(comparison) };
    },
  },
  series: seriesVerb,
  report: {
    usage: 'report FILE… [--out FILE.html] [--force]',
    summary: 'write one HTML page about checkpoints: layers, masks, signs, and how pairs differ',
    positionals: [1, 100],
    options: { out: 'the page to write (default report.html in this folder)' },
    flags: { force: 'replaces the page if it exists' },
    run: async ({ positionals, text: { out = 'report.html' }, flags: { force } }) => {
      positionals.forEach(refuseRun);
      const file = path.resolve(out);
      await refuseOwnInput(positionals, file);
      if (!force && existsSync(file))
        throw new UserError(`${file} exists. Name another page with --out, or replace it with --force.`);
      await writeReport(positionals, file);
      return { json: { file, checkpoints: positionals.map((name) => path.resolve(name)) }, text: `Wrote ${file}.` };
    },
  },
  doctor: {
    usage: 'doctor',
    summary: 'check this machine and say what to fix',
    positionals: [0, 0],
    run: async () => {
      process.once('disconnect', () => process.exit(1)); // the server that started this has ended
      const checks = await examine();
      return { json: { checks }, text: formatChecks(checks) };
    },
  },
};

function chosen(file: string, text: Arguments['text']): CheckpointChoice {
  const given = (['layers', 'mask', 'state'] as const).flatMap((name) =>
    text[name] === undefined ? [] : [[name, text[name]] as const],
  );
  return { file, ...Object.fromEntries(given) };
}

/** Parses `NAME_IN_A=NAME_IN_B`. */
function pairOfNames(text: string): [a: string, b: string] {
  const [a = '', ...rest] = text.split('=');
  const b = rest.join('=');
  if (a !== '' && b !== '') return [a, b];
  throw new UserError(`--map is "${text}". Write the name of a layer in A, “=”, and its name in B.`);
}
