/** The sentences above the layers: the density of the network, and weights that are not finite. */
import type { Inspection } from '../../../engine/protocol';
import { leftOutTexts, ruleText } from '../../../engine/vocabulary/layerRules';
import { count, percent } from '../../format';
import { moduleName } from '../picture/source';

/** Returns a sentence with the density of the prunable weights and the density of all parameters. */
export function totalsSentence({ layers, tensors, sparsity }: Inspection): string {
  if (layers.length === 0) return 'No prunable layer was recognized.';
  const kept = sum(layers.map((layer) => layer.kept));
  const prunable = sum(layers.map((layer) => layer.count));
  const of = `${percent(1 - sparsity.prunable)} of prunable weights kept (${count(kept)} of ${count(prunable)})`;
  return `${of}, ${percent(1 - sparsity.all)} of all parameters kept.${nonfiniteSentence(tensors)}`;
}

/** Says which rule chose the prunable layers, and what it left out. */
export function ruleSentence({ rule, leftOut }: Inspection): string {
  const left = leftOut.length > 0 ? ` Left out: ${leftOutTexts(leftOut).join('; ')}.` : '';
  return `Prunable layers: ${ruleText(rule)}.${left}`;
}

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
