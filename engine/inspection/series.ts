/** Follows the layers of a network through a series of checkpoints. Two files are read at a time, in pieces. */
import type { CheckpointRef } from '../vocabulary/checkpoint';
import { quote } from '../json/strict';
import type { Comparison, LayerComparison, Series, SeriesCheckpoint, SeriesRequest } from '../vocabulary/inspection';
import { seriesCountsOf, sumOfSeries } from '../vocabulary/seriesCounts';
import { compareCheckpoints } from './compare';
import { countedInFiles } from './counted';
import { seriesFiles } from './seriesFiles';

/**
 * Compares each checkpoint with the first checkpoint, with the previous one, and with the initialization if it is given. A layer that counts in one
 * checkpoint counts in all that have it.
 */
export async function measureSeries({ targets, init, asGiven = false, layers, state }: SeriesRequest): Promise<Series> {
  const { files, skipped } = await seriesFiles(targets, { asGiven });
  const byRule = layers === undefined ? {} : { layers };
  const chosen = (file: string): CheckpointRef => ({ file, ...byRule, ...(state !== undefined && { state }) });
  const start = init === undefined ? undefined : { file: init, ...byRule }; // it need not have the same state dicts
  const [first = ''] = files;
  const checkpoints: SeriesCheckpoint[] = [];
  const warnings = new Set<string>();
  const counted = await countedInFiles(files.map(chosen));
  const compare = async (a: CheckpointRef, b: CheckpointRef) => {
    const comparison = await compareCheckpoints(a, b, { counted });
    for (const warning of comparison.warnings ?? []) warnings.add(warning);
    return comparison;
  };
  const withItself = await compare(chosen(first), chosen(first));
  const own = withItself.layers;
  for (const [i, file] of files.entries()) {
    const sincePrevious = i > 0 ? await compare(chosen(files[i - 1]!), chosen(file)) : undefined;
    const sinceFirst = i > 1 ? await compare(chosen(first), chosen(file)) : (sincePrevious ?? withItself);
    for (const warning of notCounted(sinceFirst)) warnings.add(warning);
    const withInit = start && (await compare(chosen(file), start));
    checkpoints.push(checkpointOf(file, own, { sinceFirst, sincePrevious, withInit }));
  }
  const known = own.map(({ name, count }) => ({ name, count }));
  return { ...(init !== undefined && { init }), layers: known, checkpoints, skipped, warnings: [...warnings] };
}

/** Says which layers a checkpoint does not have in common with the first one, so that the totals do not count the same weights. */
function notCounted({ a, b, unmatched }: Comparison): string[] {
  return unmatched.map(({ name, side, reason }) => {
    const where =
      side === 'a' ? `is not in the total of ${b}` : `of ${b} is not in the series, whose layers are those of ${a}`;
    return `layer ${quote(name)} ${where}: ${reason}.`;
  });
}

interface Comparisons {
  sinceFirst: Comparison;
  sincePrevious: Comparison | undefined;
  /** Here A is the checkpoint and B is the initialization. */
  withInit: Comparison | undefined;
}

function checkpointOf(file: string, own: readonly LayerComparison[], comparisons: Comparisons): SeriesCheckpoint {
  const { sinceFirst, sincePrevious, withInit } = comparisons;
  const byFirst = new Map(sinceFirst.layers.map((layer) => [layer.name, layer]));
  const byNow = new Map(sincePrevious?.layers.map((layer) => [layer.match?.nameB ?? layer.name, layer]));
  const byInit = new Map(withInit?.layers.map((layer) => [layer.name, layer]));
  const layers = own.map(({ name }) => {
    const first = byFirst.get(name);
    if (!first) return null;
    const now = first.match?.nameB ?? first.name;
    return seriesCountsOf(first, { previous: byNow.get(now), init: withInit && (byInit.get(now) ?? NOTHING) });
  });
  return { file, total: sumOfSeries(layers.filter((layer) => layer !== null)), layers };
}

const NOTHING = { keptBoth: 0, sameSign: 0 };
