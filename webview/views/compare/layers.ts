/** The table of compared layers, and the sentences above it. */
import type { Comparison, LayerComparison } from '../../../engine/protocol';
import { count, number, percent, plural, signed } from '../../format';
import type { Column } from '../../parts/table';
import { moduleName } from '../picture/source';

/** Returns the standard deviations by which the sign agreement exceeds that of shuffled signs (binomial). */
export function aboveChance({ sameSign, keptBoth, chanceAgreement: chance }: LayerComparison): number {
  const spread = Math.sqrt(keptBoth * chance * (1 - chance));
  return spread > 0 ? (sameSign - keptBoth * chance) / spread : NaN;
}

/** Returns the share of the weights kept in either that differ in mask or sign. 0 if nothing is kept. */
export function disagreement({ onlyA, onlyB, flipped, keptBoth }: LayerComparison): number {
  const either = keptBoth + onlyA + onlyB;
  return either > 0 ? (onlyA + onlyB + flipped) / either : 0;
}

/** Sorts layers, the one with the most disagreement first. */
export function byDisagreement(layers: readonly LayerComparison[]): LayerComparison[] {
  return [...layers].sort((a, b) => disagreement(b) - disagreement(a));
}

/** Returns a sentence: “The masks share 81.2 % of the weights that either keeps, and 96.4 % of the signs kept in both agree …” */
export function comparisonSentence({ layers, total }: Comparison): string {
  if (layers.length === 0) return 'No layer of A has a partner of the same name and shape in B.';
  const [most] = byDisagreement(layers);
  const masks = `The masks share ${percent(total.iou)} of the weights that either keeps`;
  const chance = `chance ${percent(total.chanceAgreement)}, ${signed(aboveChance(total))} σ`;
  const signs =
    total.keptBoth > 0 ? `, and ${percent(total.signAgreement)} of the signs kept in both agree (${chance})` : '';
  const where =
    most && layers.length > 1 ? `; ${moduleName(most.name)} disagrees most (${percent(disagreement(most))})` : '';
  return `${masks}${signs}${where}.`;
}

/** Says how many layers were not compared, with an example and its reason. */
export function unmatchedSentence({ unmatched }: Comparison): string {
  if (unmatched.length === 0) return '';
  const [first] = unmatched;
  const example = `${moduleName(first!.name)} of ${first!.side.toUpperCase()}: ${first!.reason}`;
  return `${plural(unmatched.length, 'layer')} without a partner of the same name and shape (${example}).`;
}

/** What “chance” means, in the words of the terminal. */
export const CHANCE =
  'Chance is the share with the same sign that is expected if the signs of B are shuffled among the weights kept in both: 50 % if half of them are positive. σ is how many standard deviations the agreement is above that.';

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
    { title: 'IoU', hint: 'kept in both / kept in either', numeric: true, text: ({ iou }) => number(iou) },
    { title: 'same sign', hint: 'of the weights kept in both', numeric: true, text: ({ signAgreement }) => percent(signAgreement) },
    counted('flipped', 'kept in both, signs differ', ({ flipped }) => flipped),
    { title: 'against chance', hint: CHANCE, numeric: true, text: (layer) => `${signed(aboveChance(layer))} σ` },
  ]; // prettier-ignore
}
