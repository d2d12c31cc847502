/** The sentences above the layers: the density of the network, and weights that are not finite. */
import type { CheckpointHeader, Inspection } from '../../../engine/protocol';
import { isLayerRule, leftOutTexts, ruleMeaning } from '../../../engine/vocabulary/layerRules';
import { cutMiddle } from '../../../engine/vocabulary/text';
import { count, percent, plural } from '../../format';
import { moduleName } from '../picture/source';

/** Returns a sentence with the density of the prunable weights and the density of all parameters. */
export function totalsSentence({ layers, tensors, sparsity }: Inspection): string {
  if (layers.length === 0) return 'The rule leaves out all layers. Choose another rule.';
  if (layers.every(({ maskRule }) => maskRule === 'quantized'))
    return `Sparsity unknown, because all layers are quantized.${nonfiniteSentence(tensors)}`;
  const kept = sum(layers.map((layer) => layer.kept));
  const prunable = sum(layers.map((layer) => layer.count));
  const of = `${percent(1 - sparsity.prunable)} of prunable weights kept (${count(kept)} of ${count(prunable)})`;
  return `${of}, ${percent(1 - sparsity.all)} of all parameters kept.${nonfiniteSentence(tensors)}`;
}

/** Says how many layers are prunable, and by which rule. */
export function ruleWords({ layers, rule }: Pick<CheckpointHeader, 'rule'> & { layers: unknown[] }): string {
  const layersOf = plural(layers.length, 'layer');
  return isLayerRule(rule) ? `${layersOf}: ${ruleMeaning(rule)}` : `${layersOf} named “${rule}”`;
}

/** Says what the rule left out. `text` names at most one layer, and `full` has every reason. Undefined if nothing was left out. */
export function leftOutWords({
  leftOut,
}: Pick<CheckpointHeader, 'leftOut'>): { text: string; full: string } | undefined {
  const [first] = leftOut;
  if (!first) return undefined;
  const one = `${cutMiddle(moduleName(first.name), WIDEST_NAME)} (${first.reason})`;
  const text = leftOut.length === 1 ? `left out: ${one}` : `${leftOut.length} left out, such as ${one}`;
  return { text, full: `Left out: ${leftOutTexts(leftOut).join('; ')}` };
}

/** Characters of a name in the header. */
const WIDEST_NAME = 40;
const MOST_NAMED = 3;

/** Says how many weights are NaN or infinite, and in which tensors. */
function nonfiniteSentence(tensors: Inspection['tensors']): string {
  const wrong = tensors.filter(({ nans, infs }) => nans + infs > 0);
  if (wrong.length === 0) return '';
  const counts = [
    { number: sum(wrong.map(({ nans }) => nans)), what: 'NaN' },
    { number: sum(wrong.map(({ infs }) => infs)), what: 'infinite' },
  ].filter(({ number }) => number > 0);
  const said = counts.map(({ number, what }, place) => {
    const noun = place > 0 ? '' : number === 1 ? ' weight' : ' weights';
    return `${count(number)}${noun} ${number === 1 ? 'is' : 'are'} ${what}`;
  });
  const named = wrong.slice(0, MOST_NAMED).map(({ name }) => moduleName(name));
  const more = wrong.length > MOST_NAMED ? ` and ${wrong.length - MOST_NAMED} more` : '';
  return ` ${said.join(' and ')} (${named.join(', ')}${more}).`;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
