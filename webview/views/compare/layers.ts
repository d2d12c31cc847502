/** The table of compared layers, and the sentences above it. */
import type { Comparison, LayerComparison } from '../../../engine/protocol';
import { count, number, percent, plural, signed } from '../../format';
import type { Column } from '../../parts/table';
import { moduleName } from '../picture/source';

/** Returns how many standard deviations (binomial) the sign agreement is above chance. NaN if the standard deviation is 0. */
export function aboveChance({ sameSign, keptBoth, chanceAgreement: chance }: LayerComparison): number {
  const spread = Math.sqrt(keptBoth * chance * (1 - chance));
  return spread > 0 ? (sameSign - keptBoth * chance) / spread : NaN;
}

/** Returns the share of the weights kept in A or B that differ in mask or sign. 0 if no weight is kept. */
export function disagreement({ onlyA, onlyB, flipped, keptBoth }: LayerComparison): number {
  const either = keptBoth + onlyA + onlyB;
  return either > 0 ? (onlyA + onlyB + flipped) / either : 0;
}

/** Sorts layers by disagreement, the largest first. */
export function byDisagreement(layers: readonly LayerComparison[]): LayerComparison[] {
  return [...layers].sort((a, b) => disagreement(b) - disagreement(a));
}

/** Returns the sentences above the table: “Both masks keep 81.2 % of the weights that A or B keeps. …” */
export function comparisonSentence({ layers, total }: Comparison): string {
  if (layers.length === 0) return 'No layer of A has the same name and shape as a layer of B.';
  const [most] = byDisagreement(layers);
  const masks = `Both masks keep ${percent(total.iou)} of the weights that A or B keeps.`;
  const chance = `chance ${percent(total.chanceAgreement)}, ${signed(aboveChance(total))} σ`;
  const signs =
    total.keptBoth > 0
      ? ` Of the weights kept in both, ${percent(total.signAgreement)} have the same sign (${chance}).`
      : '';
  const where =
    most && layers.length > 1 ? ` ${moduleName(most.name)} disagrees most (${percent(disagreement(most))}).` : '';
  return `${masks}${signs}${where}`;
}

/** Returns a sentence with the number of layers that were not compared, and the reason for the first. */
export function unmatchedSentence({ unmatched }: Comparison): string {
  if (unmatched.length === 0) return '';
  const [first] = unmatched;
  const example = `${moduleName(first!.name)} of ${first!.side.toUpperCase()}: ${first!.reason}`;
  return `${plural(unmatched.length, 'layer')} could not be compared (${example}).`;
}

/** Explains “chance”. The command line explains it with similar words. */
export const CHANCE =
  'Chance is the share of equal signs to expect if the signs of B were shuffled among the weights kept in both. It is 50 % if half of these signs are positive. The number before σ says how many standard deviations the agreement is above chance.';

const share = (part: number, whole: number) => `${percent(part / whole)} of ${count(whole)}`;

/** Returns the columns of the table of layers. */
export function comparisonColumns(): Column<LayerComparison>[] {
  const counted = (
    title: string,
    hint: string,
    value: (layer: LayerComparison) => number,
  ): Column<LayerComparison> => ({
    title,
    hint,
    numeric: true,
    draw: (cell, layer) => {
      cell.textContent = count(value(layer));
      cell.title = share(value(layer), layer.count);
    },
  });
  return [
    { title: 'layer', text: ({ name }) => moduleName(name) },
    counted('kept both', 'weights kept in A and in B', ({ keptBoth }) => keptBoth),
    counted('only A', 'kept in A, pruned in B', ({ onlyA }) => onlyA),
    counted('only B', 'kept in B, pruned in A', ({ onlyB }) => onlyB),
    { title: 'IoU', hint: 'kept in both ÷ kept in A or B', numeric: true, text: ({ iou }) => number(iou) },
    { title: 'same sign', hint: 'share of the weights kept in both', numeric: true, text: ({ signAgreement }) => percent(signAgreement) },
    counted('flipped', 'kept in both, signs differ', ({ flipped }) => flipped),
    { title: 'against chance', hint: CHANCE, numeric: true, text: (layer) => `${signed(aboveChance(layer))} σ` },
  ]; // prettier-ignore
}
