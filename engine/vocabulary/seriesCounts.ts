/** Counts the weights of layers in one checkpoint of a series. */
import type { LayerComparison, SeriesCounts } from './inspection';

/** What the counts need of a comparison with the previous checkpoint, and of one with the initialization. */
interface Others {
  previous: Pick<LayerComparison, 'keptBoth' | 'flipped' | 'onlyB'> | undefined;
  init?: Pick<LayerComparison, 'keptBoth' | 'sameSign'> | undefined;
}

/** Returns the counts of a layer. In `first` and `previous`, B is the checkpoint of the series. */
export function seriesCountsOf(first: LayerComparison, { previous, init }: Others): SeriesCounts {
  return {
    count: first.count,
    kept: first.keptBoth + first.onlyB,
    keptSinceFirst: first.keptBoth,
    flippedSinceFirst: first.flipped,
    keptSincePrevious: previous?.keptBoth ?? 0,
    flippedSincePrevious: previous?.flipped ?? 0,
    regrown: previous?.onlyB ?? 0,
    ...(init && { keptWithInit: init.keptBoth, sameSignAsInit: init.sameSign }),
  };
}

/** Adds the counts of layers. */
export function sumOfSeries(layers: readonly SeriesCounts[]): SeriesCounts {
  const total: SeriesCounts = {
    ...{ count: 0, kept: 0, keptSinceFirst: 0, flippedSinceFirst: 0 },
    ...{ keptSincePrevious: 0, flippedSincePrevious: 0, regrown: 0 },
    ...(layers[0]?.keptWithInit !== undefined && { keptWithInit: 0, sameSignAsInit: 0 }),
  };
  for (const layer of layers)
    for (const key of Object.keys(total) as (keyof SeriesCounts)[]) total[key] = total[key]! + layer[key]!;
  return total;
}
