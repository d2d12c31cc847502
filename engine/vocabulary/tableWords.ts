/** Words of tables of studies that are equal in the terminal, in reports and in files. Pure. */
import type { StudyTableJson } from './study';
import { valueLabel } from './studyLines';

/** Returns the label of a row for a reader: “aws · signed mask” for “aws · signed-mask”. */
export function rowLabel(label: string): string {
  return label.split(' · ').map(valueLabel).join(' · ');
}

/** Says why a table has no rows. */
export function emptyText({ missing = [] }: Pick<StudyTableJson, 'missing'>): string {
  const nodes = missing.map((node) => `“${node}”`);
  const last = nodes.pop();
  const named = nodes.length === 0 ? last : `${nodes.join(', ')} or ${last}`;
  return `No run of ${named ?? 'this table'} has a result yet.`;
}
