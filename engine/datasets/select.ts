/** Chooses some images of a split. */
import type { FileSplit } from './dataset';
import { badField } from './fields';

/** Returns the first images of a split, at most `limit`. Throws UserError if none is left. */
export function limited(split: FileSplit, limit = Infinity): FileSplit {
  if (limit < 1) throw badField('limit', 'each split needs at least one example');
  const count = Math.min(split.count, limit);
  return { ...split, count, labels: split.labels.slice(0, count), rows: split.rows.slice(0, count) };
}
