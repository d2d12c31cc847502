/** Verbs that examine checkpoints and this machine: `inspect`, `compare`, `series`, `report`, `doctor`. */
import path from 'node:path';
import { inspect } from '../inspection/inspect';
import { refuseExisting, refuseOwnInput } from '../outputFile';
import { pageAt, writeReport } from '../report/report';
import { chosen, LOOK } from './chosen';
import { compareVerb } from './compareVerb';
import { examine } from './doctor';
import { formatChecks } from './format';
import { formatInspection } from './formatCheckpoint';
import { seriesVerb } from './seriesVerb';
import { refuseRun, type Verb } from './verb';

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
  compare: compareVerb,
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
      await refuseOwnInput(positionals, pageAt(file));
      refuseExisting(pageAt(file), force === true);
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
