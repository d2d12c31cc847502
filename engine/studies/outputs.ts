/** Writes the results of a study to files: tables and reports. Figures are written by `figureFile.ts`. */
import path from 'node:path';
import { UserError } from '../errors';
import { refuseExisting, refuseFolders, writeOutput } from '../outputFile';
import { shownP } from '../vocabulary/pairedTest';
import type { StudyTable, StudyTableJson, TableCellJson } from '../vocabulary/study';
import { findingsOf } from '../vocabulary/studyFindings';
import { TABLE_FORMATS, tableFormatNamed, type TableFormat } from '../vocabulary/tableFormats';
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
  formatOfFile(output.out, format);
  const tables = tablesOf(given.study, given.states, name);
  return writeResult(tableText(given, tables, format), output, TABLE_FILE);
}

export const TABLE_FILE = { what: 'table', example: 'table.csv' } as const;

const ENDINGS = Object.values(TABLE_FORMATS).map(({ ending }) => `.${ending}`);

/**
 * Returns the format of a file of tables: the given one, or that of its ending. Undefined for text, whose files end with .txt or have no
 * ending. Throws UserError if the ending is that of another format, or of none.
 */
export function formatOfFile(out: string, given?: TableFormat): TableFormat | undefined {
  const ending = path.extname(out).toLowerCase();
  const own = (Object.keys(TABLE_FORMATS) as TableFormat[]).find((one) => tableFormatNamed(ending.slice(1)) === one);
  if (given && own !== undefined && own !== given)
    throw new UserError(
      `${out}: the table is written as ${TABLE_FORMATS[given].label}, but the name is that of ${TABLE_FORMATS[own].label}. Name a file that ends with .${TABLE_FORMATS[given].ending},`,
      { advice: { terminal: 'or leave out --format.', window: 'or choose the other format.' } },
    );
  if (given || own) return given ?? own;
  if (ending === '' || ending === '.txt') return undefined;
  throw new UserError(
    `${out}: no format of tables has the ending ${ending}. Name a file that ends with ${ENDINGS.join(', ')} or .txt,`,
    { advice: { terminal: 'or choose the format with --format.', window: 'or choose a format.' } },
  );
}

/** Writes one HTML page about the study, and returns its path. */
export async function writeStudyReport({ study, states }: StudyStates, output: Output): Promise<string> {
  const ending = path.extname(output.out).toLowerCase();
  if (ending !== '' && !PAGES.includes(ending))
    throw new UserError(`${output.out}: the report is an HTML page. Name a file that ends with .html.`);
  return writeResult(studyReport(study, states, new Date()), output, { what: 'report', example: 'report.html' });
}

const PAGES: readonly string[] = ['.html', '.htm'];

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
