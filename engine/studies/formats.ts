/** Writes a table of a study in the formats of papers, spreadsheets and web pages. */
import { shownP } from '../vocabulary/pairedTest';
import type { StudyTable, TableCell } from '../vocabulary/study';
import { csvText } from '../vocabulary/csv';
import { baselineCells, baselineText, caption, cellText, commonCount, HALF } from '../vocabulary/studyCells';
import { valueLabel } from '../vocabulary/studyLines';
import type { StudyTableFormat } from '../vocabulary/tableFormats';
import { emptyText, rowLabel } from '../vocabulary/tableWords';

/** Returns a table as text that ends with a line break. */
export function formatTable(table: StudyTable, format: StudyTableFormat): string {
  switch (format) {
    case 'csv':
      return csvOf(table);
    case 'markdown':
      return markdownOf(table);
    case 'latex':
      return latexOf(table);
  }
}

const CSV_HEAD = ['mean', 'deviation', 'n', 'diverged', 'difference', 'difference deviation', 'difference n'];

/** Barriers and half-differences by themselves. "mean" has barriers only, so it is empty if there is a half-difference. */
const CSV_BARRIERS = ['barrier', 'barrier deviation', 'half-difference', 'half-difference deviation'];

/**
 * A spreadsheet can sort and filter lines, so each cell has its own, and so has the baseline, whose column is its node. Numbers have their
 * full precision. A table without rows begins with a comment that says what is missing.
 */
function csvOf(table: StudyTable): string {
  const { name, measure, columns, rows: own, baseline } = table;
  const hasKept = own.some(({ kept }) => kept !== undefined);
  const rows: StudyTable['rows'] = [
    ...own,
    ...baselineCells({ baseline }).map((one) => ({ ...one, cells: [...columns.map(() => null), one.cell] })),
  ];
  const base = (cell: TableCell) => (baseline ? [cell.difference && baseline.node] : []);
  const axes = [...new Set(rows.flatMap((row) => Object.keys(row.axes)))];
  const none = <T>(...values: T[]) => (measure.includes('barrier') ? values : []); // columns of barriers only
  const lines = rows.flatMap((row) =>
    row.cells.flatMap((cell, i) => {
      if (!cell) return [];
      const { mean, deviation, n, diverged, difference, withoutBarrier, withBarrier, halfDifference } = cell;
      const whole = n > 0 && !halfDifference ? { mean, deviation } : undefined;
      const barriers = halfDifference ? withBarrier : whole;
      const apart = [barriers, halfDifference].flatMap((one) => [one?.mean, one?.deviation]);
      const numbers = [whole?.mean, whole?.deviation, n, diverged, difference?.mean, difference?.deviation];
      const p = difference && shownP(difference);
      return [
        [
          ...[name, measure, ...axes.map((axis) => row.axes[axis]), columns[i] ?? baseline?.node, ...numbers],
          ...[difference?.n, ...none(withoutBarrier, ...apart), ...base(cell)],
          ...[...(hasKept ? [row.kept] : []), ...(baseline ? [p] : [])],
        ],
      ];
    }),
  );
  const head = [
    ...['table', 'measure', ...axes, 'column', ...CSV_HEAD, ...none('without barrier', ...CSV_BARRIERS)],
    ...[...(baseline ? ['baseline'] : []), ...(hasKept ? ['kept'] : []), ...(baseline ? ['p'] : [])],
  ];
  const about = own.length === 0 ? `# ${emptyCaption(table).replace(/\s+/g, ' ')}\n` : '';
  return about + csvText([head, ...lines]);
}

function markdownOf(table: StudyTable): string {
  const { columns, rows, ...rest } = table;
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(' | ')} |\n`;
  const shown = { ...rest, count: commonCount(table) };
  const body = rows.map(({ label, cells }) => line([rowLabel(label), ...cells.map((cell) => cellText(cell, shown))]));
  const rule = `| --- |${' ---: |'.repeat(columns.length)}\n`;
  const below = baselineText(table);
  const base = below === undefined ? [] : [`\n${markdownText(below)}\n`];
  if (rows.length === 0) return [markdownText(emptyCaption(table)), '\n', ...base].join('');
  return [`${markdownText(caption(table))}\n\n`, line(['', ...columns.map(valueLabel)]), rule, ...body, ...base].join(
    '',
  );
}

function markdownText(text: string): string {
  return text.replace(/[\\|`*_<>[\]]/g, '\\$&').replaceAll('\n', ' ');
}

function latexOf(table: StudyTable): string {
  const { columns, rows, ...rest } = table;
  const line = (cells: readonly string[]) => `  ${cells.join(' & ')} \\\\\n`;
  const shown = { ...rest, count: commonCount(table) };
  const body = rows.map(({ label, cells }) =>
    line([latexText(rowLabel(label)), ...cells.map((cell) => latexCell(cell, shown))]),
  );
  const base = baselineCells(table).map(
    ({ label, cell }) => `  ${latexText(label)} & \\multicolumn{${columns.length}}{r}{${latexCell(cell, rest)}} \\\\\n`,
  );
  if (rows.length === 0) return emptyLatex(table);
  return [
    `% ${latexText(caption(table))}\n`,
    `\\begin{tabular}{l${'r'.repeat(columns.length)}}\n  \\toprule\n`,
    line(['', ...columns.map((column) => latexText(valueLabel(column)))]),
    '  \\midrule\n',
    ...body,
    ...(base.length > 0 ? ['  \\midrule\n', ...base] : []),
    '  \\bottomrule\n\\end{tabular}\n',
  ].join('');
}

/** Without rows there are no columns of values, and a column of width 0 would not compile. */
function emptyLatex(table: StudyTable): string {
  const base = baselineCells(table).map(({ label, cell }) => `${latexText(label)}: ${latexCell(cell, table)}`);
  const lines = [latexText(emptyText(table)), ...base].map((line) => `  ${line} \\\\\n`);
  return [
    `% ${latexText(table.title ?? table.name)}\n\\begin{tabular}{l}\n  \\toprule\n`,
    ...lines,
    '  \\bottomrule\n\\end{tabular}\n',
  ].join('');
}

function emptyCaption(table: StudyTable): string {
  return `${table.title ?? table.name}: ${emptyText(table)}`;
}

function latexCell(cell: TableCell | null, table: Parameters<typeof cellText>[1]): string {
  if (!cell) return '--';
  if (cell.n === 0) return 'diverged';
  const text = cellText(cell, { ...table, plusMinus: '\\pm' })
    .replaceAll('n=', '\\,n=')
    .replaceAll('−', '-');
  const words = /\d+ diverged|(?:\d+ )?no barrier/g; // they are no mathematics
  return `$${text.replaceAll(HALF, '\\tfrac12\\Delta').replace(words, (word) => `\\text{${word}}`)}$`;
}

const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '·': '$\\cdot$',
  ψ: '$\\psi$',
  α: '$\\alpha$',
  '±': '$\\pm$',
  '½': '$\\tfrac12$',
  Δ: '$\\Delta$',
};

function latexText(text: string): string {
  return text.replace(/[\\~^·ψα±½Δ]|[&%$#_{}]/g, (character) => LATEX[character] ?? `\\${character}`);
}
