/** The actions of the verb `study` that show results: tables, figures and reports. */
import path from 'node:path';
import { UserError } from '../errors';
import { refuseExisting, refuseFolders, writeOutput } from '../outputFile';
import { expand } from '../studies/expand';
import { drawFigure } from '../studies/figure';
import { formatTable, TABLE_FORMATS, type TableFormat } from '../studies/formats';
import { provenanceOf } from '../studies/provenance';
import { studyReport } from '../studies/report';
import { readStates } from '../studies/states';
import type { ReadStudy } from '../studies/studyFile';
import { tablesOf } from '../studies/table';
import type { StudyTable } from '../vocabulary/study';
import { tableLines } from './formatStudy';
import { oneOf, wholeNumber, type Arguments, type Printed } from './verb';

export async function tables(study: ReadStudy, { text: { name, format, out }, flags }: Arguments): Promise<Printed> {
  const found = tablesOf(study, await readStates(study, expand(study)), name);
  const given = format === undefined ? undefined : oneOf('format', format, Object.keys(TABLE_FORMATS) as TableFormat[]);
  if (given === 'csv' && found.length > 1)
    throw new UserError(
      `${study.file} has several tables, and CSV has one: name it with --name. They are ${found.map((one) => one.name).join(', ')}.`,
    );
  const text = given
    ? found.map((one) => formatTable(one, given)).join('\n')
    : found.map((one) => tableLines(one).join('\n')).join('\n\n');
  if (out === undefined) return { json: { tables: found.map(finite) }, text };
  const file = await writeResult(out, text, { what: 'table', example: 'table.csv', force: flags['force'] === true });
  return { json: { tables: found.map(finite), file }, text: `Wrote ${file}.` };
}

export async function figure(study: ReadStudy, { text, flags }: Arguments): Promise<Printed> {
  const states = await readStates(study, expand(study));
  const [drawn] = tablesOf(study, states, text['name']);
  if (!drawn) throw new UserError(`${study.file} has no "results", so there is nothing to draw. Add a table.`);
  const millimetres = (name: 'width' | 'height', usual: number) =>
    text[name] === undefined ? usual : wholeNumber(name, text[name], { minimum: 30, maximum: 1000 });
  const svg = drawFigure(drawn, {
    ...{ width: millimetres('width', 84), height: millimetres('height', 60) },
    provenance: provenanceOf(study, states),
  });
  const out = text['out'] ?? `${drawn.name}.svg`;
  if (!out.endsWith('.svg'))
    throw new UserError(`--out is ${out}, but a figure is an SVG. Name a file that ends with .svg.`);
  const file = await writeResult(out, svg, { what: 'figure', example: 'figure.svg', force: flags['force'] === true });
  return { json: { file }, text: `Wrote ${file}.` };
}

/** Writes one HTML page about the study. */
export async function report(study: ReadStudy, { text: { out }, flags }: Arguments): Promise<Printed> {
  const page = studyReport(study, await readStates(study, expand(study)), new Date());
  const described = { what: 'report', example: 'report.html', force: flags['force'] === true };
  const file = await writeResult(out ?? `${study.name}.html`, page, described);
  return { json: { file }, text: `Wrote ${file}.` };
}

async function writeResult(
  out: string,
  text: string,
  { force, ...described }: { what: string; example: string; force: boolean },
): Promise<string> {
  const output = { file: path.resolve(out), ...described };
  await refuseFolders(output);
  refuseExisting(output, force);
  await writeOutput(output.file, text);
  return output.file;
}

/** JSON has no NaN: a cell without a finite value has the mean null. */
export function finite({ rows, ...rest }: StudyTable) {
  const cellOf = (cell: StudyTable['rows'][number]['cells'][number]) =>
    cell && { ...cell, mean: Number.isFinite(cell.mean) ? cell.mean : null };
  return { ...rest, rows: rows.map(({ cells, ...row }) => ({ ...row, cells: cells.map(cellOf) })) };
}
