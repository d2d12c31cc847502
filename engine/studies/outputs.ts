/** Writes the results of a study to files: tables, figures and reports. */
import path from 'node:path';
import { UserError } from '../errors';
import { refuseExisting, refuseFolders, writeOutput } from '../outputFile';
import type { StudyTable, StudyTableJson } from '../vocabulary/study';
import { drawFigure, fairHeight } from './figure';
import { formatTable, type TableFormat } from './formats';
import { provenanceOf } from './provenance';
import { studyReport } from './report';
import { expand } from './expand';
import { readStates, type RunState } from './states';
import { readStudy, type ReadStudy } from './studyFile';
import { tablesOf } from './table';

/** A study and the states of its runs. */
export interface StudyStates {
  study: ReadStudy;
  states: readonly RunState[];
}

/** Reads a study and the states of its runs. Throws FileError if the file has mistakes. */
export async function studyStates(file: string): Promise<StudyStates> {
  const study = await readStudy(file);
  return { study, states: await readStates(study, expand(study)) };
}

export interface Output {
  out: string;
  /** Replaces the file if it exists. */
  force: boolean;
}

/** Default size of a figure in millimetres: the width of a column of a paper. */
export const FIGURE_SIZE = { width: 84, height: 60 } as const;
const SIZES = { minimum: 30, maximum: 1000 } as const;

/** Returns tables as text. `name` is that of the only table; without it, all tables are written. */
export function tableText(
  { study: { file } }: Pick<StudyStates, 'study'>,
  tables: readonly StudyTable[],
  format: TableFormat | 'json',
): string {
  if (format === 'csv' && tables.length > 1)
    throw new UserError(
      `${file} has several tables, and CSV has one: name it with --name. They are ${tables.map(({ name }) => name).join(', ')}.`,
    );
  if (format === 'json') return `${JSON.stringify({ tables: tables.map(finite) }, undefined, 2)}\n`;
  return tables.map((table) => formatTable(table, format)).join('\n');
}

/** Writes one table, or all, and returns the path of the file. */
export async function writeTables(
  given: StudyStates,
  { name, format, ...output }: Output & { name?: string | undefined; format: TableFormat | 'json' },
): Promise<string> {
  const tables = tablesOf(given.study, given.states, name);
  return writeResult(tableText(given, tables, format), output, TABLE_FILE);
}

export const TABLE_FILE = { what: 'table', example: 'table.csv' } as const;

/**
 * Draws a table, or the first one that is not of kept weights, and returns the path of the SVG. Its default name is that of the table.
 * Without a given height, the figure is as high as its legend needs.
 */
export async function writeFigure(
  { study, states }: StudyStates,
  { name, out, force, ...size }: Partial<Output> & Partial<Record<'name', string | undefined>> & Partial<Size>,
): Promise<string> {
  const tables = tablesOf(study, states, name);
  const drawn = tables.find(({ measure }) => measure !== 'kept') ?? tables[0]; // kept weights need no figure
  if (!drawn) throw new UserError(`${study.file} has no "results", so there is nothing to draw. Add a table.`);
  if (drawn.rows.every(({ cells }) => cells.every((cell) => !cell || cell.n === 0)))
    throw new UserError(
      `${study.file}: no run of the table "${drawn.name}" has a result yet, so there is nothing to draw. Run the study first.`,
    );
  const { width = FIGURE_SIZE.width } = size;
  for (const [side, value] of Object.entries({ width, height: size.height ?? FIGURE_SIZE.height }))
    if (!(value >= SIZES.minimum && value <= SIZES.maximum))
      throw new UserError(
        `The ${side} of the figure is ${value} mm, but must be from ${SIZES.minimum} to ${SIZES.maximum}. Give another ${side}.`,
      );
  const height = size.height ?? Math.max(FIGURE_SIZE.height, fairHeight(drawn, width));
  const svg = drawFigure(drawn, { width, height, provenance: provenanceOf(study, states) });
  const file = out ?? `${drawn.name}.svg`;
  if (!file.endsWith('.svg'))
    throw new UserError(`--out is ${file}, but a figure is an SVG. Name a file that ends with .svg.`);
  return writeResult(svg, { out: file, force: force === true }, { what: 'figure', example: 'figure.svg' });
}

/** Width and height in millimetres. */
interface Size {
  width: number | undefined;
  height: number | undefined;
}

/** Writes one HTML page about the study, and returns its path. */
export async function writeStudyReport({ study, states }: StudyStates, output: Output): Promise<string> {
  return writeResult(studyReport(study, states, new Date()), output, { what: 'report', example: 'report.html' });
}

/** Writes a text, unless the file exists and may not be replaced. Returns its absolute path. */
export async function writeResult(
  text: string,
  { out, force }: Output,
  described: { what: string; example: string },
): Promise<string> {
  const output = { file: path.resolve(out), ...described };
  await refuseFolders(output);
  refuseExisting(output, force);
  await writeOutput(output.file, text);
  return output.file;
}

/** JSON has no NaN: a cell without a finite value has the mean null. */
export function finite({ rows, ...rest }: StudyTable): StudyTableJson {
  const cellOf = (cell: StudyTable['rows'][number]['cells'][number]) =>
    cell && { ...cell, mean: Number.isFinite(cell.mean) ? cell.mean : null };
  return { ...rest, rows: rows.map(({ cells, ...row }) => ({ ...row, cells: cells.map(cellOf) })) };
}
