/** The sentences of the compare panel. */
import type { CheckpointHeader, Comparison, LayerComparison } from '../../../engine/protocol';
import { ruleText } from '../../../engine/vocabulary/layerRules';
import { matchingSentences } from '../../../engine/vocabulary/matching';
import { baseName, number, percent, plural, received, signed } from '../../format';
import { moduleName } from '../picture/source';

/** Returns the sentences above the table: masks and signs, how layers were matched, and which were not compared. */
export function findingOf(comparison: Comparison): string {
  const matching = matchingSentences(comparison.layers);
  return [comparisonSentence(comparison), ...matching, unmatchedSentence(comparison)].filter(Boolean).join(' ');
}

/**
 * Returns a sentence about the masks and one about the signs. Each has the total and the layer that differs most. A third sentence says
 * which layers are prunable, if the user has chosen a rule.
 */
export function comparisonSentence({ layers, total, rules }: Comparison): string {
  if (layers.length === 0) return '';
  const rule = rules.a === 'default' ? '' : `Prunable in both: ${ruleText(rules.a)}.`;
  return [masksSentence(layers, total), signsSentence(layers, total), rule].filter(Boolean).join(' ');
}

function masksSentence(layers: readonly LayerComparison[], total: LayerComparison): string {
  const { iou, chanceIou, maskSigma } = total;
  const worst = leastOf(layers, (layer) => layer.iou);
  const where = worst ? `; the masks differ most in ${moduleName(worst.name)} (IoU ${number(worst.iou)})` : '';
  return `Masks: IoU ${number(iou)} (chance ${number(chanceIou)}, ${signed(received(maskSigma))} σ)${where}.`;
}

function signsSentence(layers: readonly LayerComparison[], total: LayerComparison): string {
  if (total.keptBoth === 0) return 'No weight is kept in both.';
  const compared = layers.filter(({ keptBoth }) => keptBoth > 0);
  const worst = leastOf(compared, ({ signAgreement }) => signAgreement);
  const where = worst ? `; they agree least in ${moduleName(worst.name)} (${percent(worst.signAgreement)})` : '';
  const chance = `chance ${percent(total.chanceAgreement)}, ${signed(received(total.signSigma))} σ`;
  return `Signs of the weights kept in both: ${percent(total.signAgreement)} agree (${chance})${where}.`;
}

/** Returns the layer with the least value. Undefined if there is only one layer. */
function leastOf(layers: readonly LayerComparison[], value: (layer: LayerComparison) => number) {
  const [first, ...others] = layers;
  if (!first || others.length === 0) return undefined;
  return others.reduce((least, layer) => (value(layer) < value(least) ? layer : least), first);
}

/** Describes the chosen layer: name, shape, IoU of the masks and agreement of the signs. */
export function layerSentence(layer: LayerComparison, shape: readonly number[]): string {
  const { name, iou, keptBoth, signAgreement, match } = layer;
  const byHand = match?.by === 'map' ? ', matched by hand' : '';
  const other = match?.nameB !== undefined && match.nameB !== name ? ` (${moduleName(match.nameB)} in B${byHand})` : '';
  const signs = keptBoth > 0 ? ` · same sign ${percent(signAgreement)}` : '';
  return `${moduleName(name)}${other} · ${shape.join(' × ')} · IoU ${number(iou)}${signs}`;
}

/** Returns a sentence with the number of layers that were not compared, and the reason for the first. */
export function unmatchedSentence({ unmatched }: Comparison): string {
  if (unmatched.length === 0) return '';
  const [first] = unmatched;
  const example = `${moduleName(first!.name)} of ${first!.side.toUpperCase()}: ${first!.reason}`;
  return `${plural(unmatched.length, 'layer')} could not be compared (${example}).`;
}

/** Says that nothing can be compared, and why. */
export function incompatibleSentence(comparison: Comparison): string {
  const why = unmatchedSentence(comparison);
  return `A and B have no layer in common, so there is nothing to compare.${why && ` ${why}`}`;
}

/** Returns the reason why the two networks cannot be connected. Undefined if no reason is known. */
export function unconnectable({ layers, unmatched }: Comparison): string | undefined {
  if (layers.length === 0) return 'Connectivity needs two networks with the same layers. A and B have none in common.';
  const other = unmatched.find(({ otherShape }) => otherShape !== undefined);
  if (!other) return undefined;
  return `Connectivity needs two networks with the same layers. ${moduleName(other.name)} has another shape in ${other.side === 'a' ? 'B' : 'A'}.`;
}

/** Returns “aws, round 3”, or the name of the file. */
export function checkpointName({ file, run }: CheckpointHeader): string {
  if (!run) return baseName(file);
  return `${run.name}, ${run.round === undefined ? baseName(file) : `round ${run.round}`}`;
}
