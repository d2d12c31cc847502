/** Warns before a search about what the numbers of its options lead to. */
import type { Architecture } from '../models/network';
import { layerNameOf, sizeOf } from '../tensors';
import type { Inspection } from '../vocabulary/inspection';
import { PLAIN_OPTIONS } from '../vocabulary/runSchema';
import type { RunRecord } from '../vocabulary/runRecord';
import { goalsOf } from './plan';

/**
 * Returns warnings about options of pruning without effect, and about layers that a scope empties. `start` describes the checkpoint that a
 * search continues from.
 */
export function countWarnings(record: RunRecord, architecture: Architecture, start?: Inspection): string[] {
  const { kind, method, pruningFraction } = record;
  if (kind !== 'search') return [];
  const unused = method === 'one-shot' && pruningFraction !== PLAIN_OPTIONS.pruningFraction.default;
  const emptied = emptiedWarning(record, architecture, start);
  return [
    ...(unused
      ? [
          `"pruningFraction" is ${pruningFraction}, which has no effect. The method one-shot prunes once, to "targetSparsity". Remove "pruningFraction".`,
        ]
      : []),
    ...(emptied === undefined ? [] : [emptied]),
  ];
}

function emptiedWarning(record: RunRecord, architecture: Architecture, start?: Inspection): string | undefined {
  const layers = architecture.entries.filter(({ prunable }) => prunable);
  for (const { round, goal } of goalsOf(record, architecture, start)) {
    const empty = 'each' in goal ? layers.filter((_, layer) => goal.each[layer] === 0) : [];
    const [first] = empty;
    if (!first) continue;
    const more = empty.length > 1 ? ` and ${empty.length - 1} more` : '';
    return `"scope" is "${record.scope}", so pruning after round ${round} will leave no weight in ${layerNameOf(first.name)} (${sizeOf(first.shape)} weights)${more}. Choose a lower sparsity, or another scope.`;
  }
  return undefined;
}
