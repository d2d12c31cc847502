/** The formats in which tables are written: one list for panels, the palette and the command line. */

export const TABLE_FORMATS = {
  csv: { ending: 'csv', label: 'CSV', detail: 'For spreadsheets and scripts.' },
  markdown: { ending: 'md', label: 'Markdown', detail: 'A table for web pages and notes.' },
  latex: { ending: 'tex', label: 'LaTeX', detail: 'A tabular for a paper, with the lines of the package booktabs.' },
  json: { ending: 'json', label: 'JSON', detail: 'For programs.' },
} as const;

export type TableFormat = keyof typeof TABLE_FORMATS;

/** The formats of tables of studies that are text. */
export const STUDY_TABLE_FORMATS = ['csv', 'markdown', 'latex'] as const satisfies TableFormat[];
export type StudyTableFormat = (typeof STUDY_TABLE_FORMATS)[number];

/** Returns the format with this name or this file ending, so `md` is `markdown`. Any other text is returned unchanged. */
export function tableFormatNamed(text: string): string {
  const formats = Object.entries(TABLE_FORMATS);
  return formats.find(([name, { ending }]) => name === text || ending === text)?.[0] ?? text;
}

/** Returns the label of a small button, which is the file ending, and its spoken name, which begins with the label. */
export function buttonOf(format: TableFormat): { label: string; name: string } {
  const { ending, label: name } = TABLE_FORMATS[format];
  const label = ending.toUpperCase();
  return { label, name: label === name ? name : `${label} (${name})` };
}
