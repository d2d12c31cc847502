/** Lines of `inspect` about structure, magnitudes and storage. */
import type { Inspection, LayerStatistics } from '../vocabulary/inspection';
import { intendedBytes, intendedPattern, type LayerParts } from '../vocabulary/overview';
import { bytesText, significant } from '../vocabulary/numbers';
import { cutMiddle, oneLine } from '../vocabulary/text';

/** Returns one line each for N:M patterns, dead parts, magnitudes and storage, as far as there is something to say. */
export function overviewLines(inspection: Inspection): string[] {
  const { layers } = inspection;
  return [...patternLines(layers), ...deadLines(layers), ...magnitudeLines(inspection), ...storageLines(inspection)];
}

function patternLines(layers: readonly LayerStatistics[]): string[] {
  const found = layers.flatMap(({ structure }) => (structure ? intendedPattern(structure) : []));
  const patterns = found.filter((pattern) => pattern !== 'none');
  if (patterns.length === 0) return [];
  const texts = [...new Set(patterns)].map((pattern) => {
    return `${pattern} in ${patterns.filter((other) => other === pattern).length} of ${counted(layers.length, 'layer')}`;
  });
  return [`N:M pattern along the input axis: ${texts.join(', ')}`];
}

/** Greatest number of layers that are named in a line. */
const MOST_NAMED = 4;

const WIDEST_NAME = 40;

const KINDS = ['outputs', 'inputs', 'kernels', 'heads'] as const;

function deadLines(layers: readonly LayerStatistics[]): string[] {
  return KINDS.flatMap((kind) => {
    const dead = layers.flatMap(({ name, structure }) => {
      const parts: LayerParts | undefined = structure?.[kind];
      return parts && parts.dead > 0
        ? [`${parts.dead} of ${parts.count} in ${cutMiddle(oneLine(name), WIDEST_NAME)}`]
        : [];
    });
    if (dead.length === 0) return [];
    const more = dead.length - MOST_NAMED;
    const others = more > 0 ? ` and in ${counted(more, 'more layer')}` : '';
    return [`dead ${kind} (no kept weight): ${dead.slice(0, MOST_NAMED).join(', ')}${others}`];
  });
}

const MASKS = {
  global: 'no pruned weight is greater than a kept one in any layer, as after global magnitude pruning',
  layers: 'no pruned weight is greater than a kept one of its layer, as after magnitude pruning by layer',
  none: 'some pruned weights are greater than kept ones of their layer, so these values did not decide the mask',
};

function magnitudeLines({ magnitudes, magnitudeMask, weights }: Inspection): string[] {
  if (!magnitudes || weights.pruned === 0 || !Number.isFinite(magnitudes.smallestKept)) return [];
  const { smallestKept, largestPruned } = magnitudes;
  const threshold = `smallest kept |w| ${significant(smallestKept)}`;
  if (largestPruned === undefined || magnitudeMask === undefined)
    return [`magnitudes: ${threshold}; the pruned weights are 0 in the file`];
  return [`magnitudes: ${threshold}, largest pruned |w| ${significant(largestPruned)}; ${MASKS[magnitudeMask]}`];
}

function storageLines({ storage, weights, layers }: Inspection): string[] {
  if (!storage || weights.pruned === 0) return [];
  const { file, weights: stored, masks, forms } = storage;
  const now = [`${bytesText(stored)} of prunable weights`, ...(masks > 0 ? [`${bytesText(masks)} of masks`] : [])];
  const { dense, bitmask, csr } = forms;
  const nm = forms.nm === undefined ? undefined : intendedBytes(layers);
  const texts = [
    `${bytesText(dense)} dense`,
    `${bytesText(bitmask)} as bitmask + values`,
    `${bytesText(csr)} as CSR`,
    ...(nm === undefined ? [] : [`${bytesText(nm)} as N:M`]),
  ];
  return [`size: ${bytesText(file)}, with ${now.join(' and ')}`, `prunable weights would take: ${texts.join(', ')}`];
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
