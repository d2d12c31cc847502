/** The histogram of |w| of a layer, of a group, or of all layers. */
import type { Inspection, Magnitudes } from '../../../engine/protocol';
import type { HistogramBin, HistogramMark } from '../../charts/histogram';
import { number, received } from '../../format';
import type { DataTable } from '../../parts/dataTable';
import { TOTAL, type LayerRow } from './layerTree';

/** Returns the magnitudes of a row. For a group, the histograms of its layers are added. Undefined if the engine did not send them. */
export function magnitudesOf(inspection: Inspection | undefined, row: LayerRow): Magnitudes | undefined {
  if (!inspection) return undefined;
  if (row.key === TOTAL && row.layers.length === inspection.layers.length && inspection.magnitudes)
    return inspection.magnitudes;
  const wanted = new Set(row.layers.map(({ name }) => name));
  const all = inspection.layers.filter(({ name }) => wanted.has(name)).map(({ magnitudes }) => magnitudes);
  const known = all.filter((one) => one !== undefined);
  return known.length > 0 && known.length === all.length ? known.reduce(added) : undefined;
}

function added(a: Magnitudes, b: Magnitudes): Magnitudes {
  const counts = new Map<number, number>();
  for (const { histogram } of [a, b])
    histogram.counts.forEach((count, place) => {
      const bin = histogram.first + place;
      counts.set(bin, (counts.get(bin) ?? 0) + count);
    });
  const bins = [...counts.keys()];
  const first = bins.length > 0 ? bins.reduce((least, bin) => Math.min(least, bin)) : 0;
  const length = bins.reduce((most, bin) => Math.max(most, bin - first + 1), 0);
  const smallest = [a, b].map((one) => received(one.smallestKept)).filter((value) => !Number.isNaN(value));
  const largest = [a, b].flatMap(({ largestPruned }) => (largestPruned === undefined ? [] : [largestPruned]));
  return {
    histogram: { first, counts: Array.from({ length }, (_, place) => counts.get(first + place) ?? 0) },
    smallestKept: smallest.length > 0 ? Math.min(...smallest) : NaN,
    ...(largest.length > 0 && { largestPruned: Math.max(...largest) }),
  };
}

/** Returns the bins of a histogram. Bins without weights at its ends are left out. */
export function binsOf({ histogram: { first, counts } }: Magnitudes): HistogramBin[] {
  const all = counts.map((count, place) => ({ from: 2 ** (first + place), to: 2 ** (first + place + 1), count }));
  const [begin, end] = [all.findIndex(({ count }) => count > 0), all.findLastIndex(({ count }) => count > 0)];
  return begin < 0 ? [] : all.slice(begin, end + 1);
}

/** Returns the values that the histogram marks. */
export function marksOf({ smallestKept, largestPruned }: Magnitudes): HistogramMark[] {
  const marks = [
    { label: 'smallest kept', value: received(smallestKept) },
    { label: 'largest pruned', value: largestPruned ?? NaN },
  ];
  return marks.filter(({ value }) => value > 0);
}

export function magnitudesTable(magnitudes: Magnitudes | undefined): DataTable {
  const rows = magnitudes ? binsOf(magnitudes).map(({ from, to, count }) => [from, to, count]) : [];
  return { columns: ['from', 'below', 'kept weights'], rows };
}

/** Says what the histogram shows, and whether the mask was made by magnitude. */
export function magnitudesCaption(inspection: Inspection | undefined, row: LayerRow): string {
  const magnitudes = magnitudesOf(inspection, row);
  const name = row.label;
  if (!magnitudes) return `${name}: magnitudes are not known.`;
  const { smallestKept, largestPruned } = magnitudes;
  const what = `Magnitudes |w| of the kept weights of ${name}, in powers of 2.`;
  const least = Number.isNaN(received(smallestKept)) ? '' : ` The smallest kept |w| is ${number(smallestKept)}.`;
  const { kept, count } = row.numbers;
  if (kept === undefined || kept === count) return `${what}${least} No weight is pruned.`;
  const rule = ruleOf(inspection!, row);
  if (largestPruned === undefined) return `${what}${least} The file no longer has the values of the pruned weights.`;
  return `${what}${least} The largest pruned |w| is ${number(largestPruned)}. ${rule}`.trimEnd();
}

function ruleOf({ layers, magnitudeMask }: Inspection, row: LayerRow): string {
  if (row.key === TOTAL && row.layers.length === layers.length) {
    if (magnitudeMask === 'global')
      return 'No pruned weight is greater than a kept one: the threshold is the same in all layers.';
    if (magnitudeMask === 'layers')
      return 'In each layer, no pruned weight is greater than a kept one, but the thresholds differ.';
    return magnitudeMask === 'none' ? 'Some pruned weights are greater than kept ones in their layer.' : '';
  }
  if (!row.header) return '';
  const by = layers.find(({ name }) => name === row.header?.name)?.isMagnitudeMask;
  if (by === undefined) return '';
  return by ? 'No pruned weight is greater than a kept one.' : 'Some pruned weights are greater than kept ones.';
}
