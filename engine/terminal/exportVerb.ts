/** The verb `export`: writes a checkpoint for PyTorch, NumPy or the official AWS code. */
import { UserError } from '../errors';
import { exportWithFacts } from '../runs/exportFacts';
import { EXPORT_FORMS, type ExportForm } from '../vocabulary/exportForms';
import { chosen, LOOK } from './chosen';
import { writeMessage } from './output';
import { oneOf, refuseRun, type Verb } from './verb';

const FORMS = Object.keys(EXPORT_FORMS) as ExportForm[];

export const exportVerb: Verb = {
  usage: `export CHECKPOINT --as ${FORMS.join('|')} [--out FILE] [--force] [--layers RULE] [--mask FILE] [--state NAME]`,
  summary: 'write a checkpoint for PyTorch, NumPy or the official AWS code',
  positionals: [1, 1],
  options: {
    as: ['the form of the file:', ...FORMS.map((form) => `${form}: ${EXPORT_FORMS[form].meaning}`)].join('\n'),
    out: 'the file to write (default: beside the checkpoint, with the ending of the form)',
    ...LOOK,
  },
  flags: { force: 'replaces the file if it exists; the checkpoint itself is never replaced' },
  run: async ({ positionals, text, flags }) => {
    const file = positionals[0]!;
    refuseRun(file);
    const { as, out } = text;
    if (as === undefined) throw new UserError(`--as is missing. It must be one of ${FORMS.join(', ')}.`);
    const form = oneOf('as', as, FORMS);
    const exported = await exportWithFacts({
      ...{ checkpoint: chosen(file, text), form, out },
      force: flags['force'] === true,
    });
    exported.notes.forEach(writeMessage);
    return { json: exported, text: `Wrote ${exported.file}.` };
  },
};
