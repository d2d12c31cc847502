/** The runs and checkpoints of pickers, with the names and the order of the tree. */
import { QuickPickItemKind, type QuickPickItem } from 'vscode';
import type { ListedRun } from '../engine/protocol';
import type { RunTree } from './tree/grow';
import type { Row } from './tree/rows';
import { roundFigures } from './words';

export interface RunItem extends QuickPickItem {
  directory: string;
}

export interface CheckpointItem extends QuickPickItem {
  file?: string;
}

/** Returns the runs that `wanted` accepts. The description begins with the rows that a run is below. */
export function runItems(tree: RunTree, wanted: (run: ListedRun) => boolean): RunItem[] {
  const items: RunItem[] = [];
  for (const { row, above } of tree.walk()) {
    if (row.kind !== 'run' || !wanted(row.run)) continue;
    const { label, figures, run } = row;
    items.push({ label, description: described(above, figures), directory: run.directory });
  }
  return items;
}

/** Returns the checkpoints of all runs, below a separator for each study and each run at the top. */
export function checkpointItems(tree: RunTree, wanted: 'all' | 'trained' = 'all'): CheckpointItem[] {
  return tree.top().flatMap((top): CheckpointItem[] => {
    const items: CheckpointItem[] = [];
    for (const { row, above } of tree.walk(tree.below(top), [top])) {
      if (row.kind !== 'round' && row.kind !== 'checkpoint') continue;
      if (wanted === 'trained' && row.kind === 'checkpoint' && row.role === 'initialization') continue;
      items.push({ label: row.label, description: described(above, figuresOf(row, above)), file: row.file });
    }
    return items.length > 0 ? [{ label: top.label, kind: QuickPickItemKind.Separator }, ...items] : [];
  });
}

/** Returns the figures of a checkpoint. An accuracy in a search is labelled, because a picker has no rows above that say so. */
function figuresOf(row: Extract<Row, { kind: 'round' | 'checkpoint' }>, above: readonly Row[]): string {
  if (row.kind === 'checkpoint') return row.role === 'final' ? (above.at(-1)?.figures ?? '') : '';
  const round = row.run.rounds.find((one) => one.round === row.round);
  return round ? roundFigures(round, row.run) : '';
}

/** Returns “aws › round 3 › signed mask · 84.9 %”. */
function described(above: readonly Row[], figures: string): string {
  return [above.map(({ label }) => label).join(' › '), figures].filter(Boolean).join(' · ');
}
