/** The actions of the verb `study` that show results: tables, figures and reports. */
import { changesOf } from '../studies/changes';
import { emptyMethodNotes } from '../studies/emptyMethods';
import { expand } from '../studies/expand';
import { FIGURE_FORMATS, FIGURE_LIMITS, writeFigure } from '../studies/figureFile';
import { formatOfFile, tableDocument, TABLE_FILE, tableText, writeResult, writeStudyReport } from '../studies/outputs';
import { readStates } from '../studies/states';
import type { ReadStudy } from '../studies/studyFile';
import { tablesOf } from '../studies/table';
import { STUDY_TABLE_FORMATS, tableFormatNamed } from '../vocabulary/tableFormats';
import { tableLines } from './formatStudy';
import { writeMessage } from './output';
import { changesLines } from './studyChanges';
import { oneOf, wholeNumber, type Arguments, type Printed } from './verb';

export async function tables(study: ReadStudy, { text: { name, format, out }, flags }: Arguments): Promise<Printed> {
  const states = await readStates(study, expand(study));
  const found = tablesOf(study, states, name);
  const changes = await changesOf(study, states);
  const notes = emptyMethodNotes(states.map(({ run }) => run));
  const named = format === undefined ? undefined : oneOf('format', tableFormatNamed(format), STUDY_TABLE_FORMATS);
  const given = out === undefined ? named : formatOfFile(out, named);
  const shown = () => [
    found.map((one) => tableLines(one).join('\n')).join('\n\n'),
    ...notes,
    ...changesLines(study, changes),
  ];
  const text = given ? tableText({ study }, found, given) : shown().join('\n');
  if (given) changesLines(study, changes).forEach(writeMessage);
  if (out === undefined)
    return {
      json: { tables: found.map(tableDocument), ...(changes && { changes }), ...(notes.length > 0 && { notes }) },
      text,
    };
  const file = await writeResult(
    text.endsWith('\n') ? text : `${text}\n`,
    { out, force: flags['force'] === true },
    TABLE_FILE,
  );
  return { json: { tables: found.map(tableDocument), file, ...(changes && { changes }) }, text: `Wrote ${file}.` };
}

export async function figure(study: ReadStudy, { text, flags }: Arguments): Promise<Printed> {
  const states = await readStates(study, expand(study));
  const whole = (name: keyof typeof FIGURE_LIMITS) =>
    text[name] === undefined ? undefined : wholeNumber(name, text[name], FIGURE_LIMITS[name]);
  const { name, out } = text;
  const format = text['format'] && oneOf('format', text['format'], FIGURE_FORMATS);
  const written = await writeFigure(
    { study, states },
    {
      ...(name !== undefined && { name }),
      ...(out !== undefined && { out }),
      ...(format && { format }),
      ...{ width: whole('width'), height: whole('height'), dpi: whole('dpi') },
      force: flags['force'] === true,
    },
  );
  const { file, pixels } = written;
  return { json: written, text: `Wrote ${file}${pixels ? `, ${pixels.width} × ${pixels.height} pixels` : ''}.` };
}

/** Writes one HTML page about the study. */
export async function report(study: ReadStudy, { text: { out }, flags }: Arguments): Promise<Printed> {
  const states = await readStates(study, expand(study));
  const file = await writeStudyReport(
    { study, states },
    { out: out ?? `${study.name}.html`, force: flags['force'] === true },
  );
  return { json: { file }, text: `Wrote ${file}.` };
}
