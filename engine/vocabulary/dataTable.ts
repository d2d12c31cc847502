/** Tables of numbers as CSV, JSON or Markdown, together with the names of their source files. Pure. */
import { csvText } from './csv';
import type { TableFormat } from './tableFormats';

export type Value = string | number | undefined;

export interface DataTable {
  columns: string[];
  rows: Value[][];
}

/** Information about an exported table, which its file includes. */
export interface Provenance {
  title: string;
  /** The files that the numbers were read from. */
  files: readonly string[];
}

export const DATA_FORMATS = ['csv', 'json', 'markdown'] as const satisfies TableFormat[];
export type DataFormat = (typeof DATA_FORMATS)[number];

/** Returns a table as the text of a file. */
export function exportTable(format: DataFormat, table: DataTable, provenance?: Provenance): string {
  switch (format) {
    case 'csv':
      return csv(table, provenance);
    case 'json':
      return `${JSON.stringify({ ...(provenance && aboutOf(provenance)), columns: table.columns, rows: table.rows.map(record(table)) }, null, 1)}\n`;
    case 'markdown':
      return markdown(table, provenance);
  }
}

function aboutOf({ title, files }: Provenance) {
  return { title, ...(files.length > 0 && { files }), madeBy: 'Winning Sign' };
}

function record({ columns }: DataTable) {
  return (row: Value[]) => Object.fromEntries(columns.map((column, place) => [column, row[place] ?? null]));
}

/** Returns CSV with full precision. The first lines begin with # and list the title and the source files. */
function csv({ columns, rows }: DataTable, provenance?: Provenance): string {
  const about = provenance ? [provenance.title, ...provenance.files] : [];
  return about.map((text) => `# ${text.replace(/\s+/g, ' ')}\r\n`).join('') + csvText([columns, ...rows], '\r\n');
}

function aboutLines(provenance: Provenance | undefined): string[] {
  if (!provenance) return [];
  const source = provenance.files.map((file) => `\`${file}\``).join(', ');
  return [`${provenance.title}${source && `. Read from ${source}`} by Winning Sign.`, ''];
}

function markdown({ columns, rows }: DataTable, provenance?: Provenance): string {
  const cellText = (value: Value) =>
    String(value ?? '')
      .replace(/[|\\]/g, '\\$&')
      .replace(/\s+/g, ' ');
  const line = (values: readonly Value[]) => `| ${values.map(cellText).join(' | ')} |`;
  const isNumeric = (_: string, place: number) => rows.some((row) => typeof row[place] === 'number');
  const rule = columns.map((column, place) => (isNumeric(column, place) ? '---:' : '---'));
  return [...aboutLines(provenance), line(columns), line(rule), ...rows.map(line), ''].join('\n');
}
