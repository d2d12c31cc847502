/** The formats in which the engine writes tables of studies. */

export const TABLE_EXPORTS = [
  { format: 'csv', label: 'CSV', name: 'CSV' },
  { format: 'markdown', label: 'MD', name: 'MD (Markdown)' },
  { format: 'latex', label: 'TEX', name: 'TEX (LaTeX)' },
] as const;
