/** Writes CSV for spreadsheets and scripts. Pure. */

export type CsvValue = string | number | boolean | undefined;

/**
 * Returns lines of CSV (RFC 4180), each with a line end. Numbers have their full precision. A text that a spreadsheet would take for a formula
 * begins with an apostrophe, because names come from files. A field that begins with # is quoted: lines that begin with # are comments.
 */
export function csvText(lines: readonly (readonly CsvValue[])[], lineEnd: '\n' | '\r\n' = '\n'): string {
  return lines.map((line) => line.map(field).join(',') + lineEnd).join('');
}

function field(value: CsvValue): string {
  const text = typeof value === 'string' && isFormula(value) ? `'${value}` : String(value ?? '');
  return /[",\r\n]/.test(text) || text.startsWith('#') ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Whether a spreadsheet would compute a text. A number as text is none, also if it is negative. */
function isFormula(text: string): boolean {
  return /^[=+\-@\t\r]/.test(text) && !Number.isFinite(Number(text));
}
