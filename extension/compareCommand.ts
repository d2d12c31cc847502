import { inNaturalOrder } from '../engine/vocabulary/text';
import type { Services } from './services';
import { checkpointFor, checkpointsFor, field, fileIn, filesIn } from './subjects';

const TITLE = 'Compare Signed Masks';

/**
 * Shows two checkpoints side by side, or three and more as a matrix: from `{ a, b }`, or from the selected rows or files. The user picks
 * the missing ones.
 */
export async function compare({ runs, panels }: Services, clicked?: unknown, selected?: unknown): Promise<void> {
  const files = await filesFor({ runs }, clicked, selected);
  const [a, b] = files;
  const layers = field(clicked, 'layers');
  if (a === undefined || b === undefined) return;
  if (files.length > 2) panels.show({ view: 'matrix', files });
  else panels.show({ view: 'compare', a, b, ...(layers !== undefined && { layers }) });
}

async function filesFor({ runs }: Pick<Services, 'runs'>, clicked: unknown, selected: unknown): Promise<string[]> {
  const chosen = [...new Set(filesIn(Array.isArray(selected) && selected.length > 0 ? selected : [clicked]))];
  if (chosen.length > 2) return chosen.sort(inNaturalOrder);
  if (chosen.length === 2) return chosen;
  const a = await checkpointFor(field(clicked, 'a') ?? fileIn(clicked), runs, `${TITLE} (A)`);
  if (a === undefined) return [];
  const b = field(clicked, 'b');
  const others = b === undefined ? await checkpointsFor(runs, `${TITLE} (B)`) : [b];
  return others.length > 1 ? [...new Set([a, ...others])] : [a, ...others];
}
