/** Writes the results of a study to files: tables and reports. Figures are written by `figureFile.ts`. */
import path from 'node:path';
import { UserError } from '../errors';
import { refuseExisting, refuseFolders, writeOutput } from '../outputFile';
import { shownP } from '../vocabulary/pairedTest';
import type { StudyTable, StudyTableJson, TableCellJson } from '../vocabulary/study';
import { findingsOf } from '../vocabulary/studyFindings';
import type { TableFormat } from '../vocabulary/tableFormats';
import { formatTable } from './formats';
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

/** Returns tables as text. `name` is that of the only table; without it, all tables are written. */
export function tableText(
  { study: { file } }: Pick<StudyStates, 'study'>,
  tables: readonly StudyTable[],
  format: TableFormat,
): string {
  if (format === 'csv' && tables.length > 1)
    throw new UserError(
      `${file} has several tables, and CSV has one. They are ${tables.map(({ name }) => name).join(', ')}.`,
      { advice: { terminal: 'Name one with --name.', window: 'Choose one.' } },
    );
  if (format === 'json') return `${JSON.stringify({ tables: tables.map(tableDocument) }, undefined, 2)}\n`;
  return tables.map((table) => formatTable(table, format)).join('\n');
}

/** Writes one table, or all, and returns the path of the file. */
export async function writeTables(
  given: StudyStates,
  { name, format, ...output }: Output & { name?: string | undefined; format: TableFormat },
): Promise<string> {
  const tables = tablesOf(given.study, given.states, name);
  return writeResult(tableText(given, tables, format), output, TABLE_FILE);
}

export const TABLE_FILE = { what: 'table', example: 'table.csv' } as const;

/** Writes one HTML page about the study, and returns its path. */
export async function writeStudyReport({ study, states }: StudyStates, output: Output): Promise<string> {
  return writeResult(studyReport(study, states, new Date()), output, { what: 'report', example: 'report.html' });
}

/** Writes a text or bytes, unless the file exists and may not be replaced. Returns its absolute path. */
export async function writeResult(
  content: string | Uint8Array,
  { out, force }: Output,
  described: { what: string; example: string },
): Promise<string> {
  const output = { file: path.resolve(out), ...described };
  await refuseFolders(output);
  refuseExisting(output, force);
  await writeOutput(output.file, typeof content === 'string' ? content : [content]);
  return output.file;
}

/** Returns a table as JSON of the command line, which also has what follows from its numbers: p values and findings. */
export function tableDocument(table: StudyTable) {
  const { rows, ...rest } = finite(table);
  const tested = (cell: TableCellJson | null) => {
    const p = cell?.difference && shownP(cell.difference);
    return cell?.difference && p !== undefined ? { ...cell, difference: { ...cell.difference, p } } : cell;
  };
  return {
    ...rest,
    rows: rows.map(({ cells, ...row }) => ({ ...row, cells: cells.map(tested) })),
    findings: findingsOf(table),
  };
}

/** JSON has no NaN: a cell without a finite value has the mean null. */
export function finite({ rows, ...rest }: StudyTable): StudyTableJson {
  const cellOf = (cell: StudyTable['rows'][number]['cells'][number]) =>
    cell && { ...cell, mean: Number.isFinite(cell.mean) ? cell.mean : null };
  return { ...rest, rows: rows.map(({ cells, ...row }) => ({ ...row, cells: cells.map(cellOf) })) };
}
