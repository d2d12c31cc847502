/** The rules that choose prunable layers, and their descriptions. */
import { nameText } from './layerNames';
import { NO_LAYER } from './sparsityWords';
import type { LeftOut } from './checkpoint';

export const LAYER_RULES = ['default', 'official', 'matrices', 'decoder'] as const;
export type LayerRule = (typeof LAYER_RULES)[number];

/** Whether a text names a rule. Any other text is a pattern. */
export function isLayerRule(text: string): text is LayerRule {
  return (LAYER_RULES as readonly string[]).includes(text);
}

const MEANING: Record<LayerRule, string> = {
  default:
    'tensors with a mask, and matrices with exact zeros; in a file without masks, all matrices but a dense classifier',
  official: 'as in the official AWS code: convolutions, and linear layers that do not have one output a class',
  matrices: 'all matrices',
  decoder: 'the linear layers in the blocks of the decoder',
};

/** Returns a text that says which layers count as prunable: `rule “decoder”: the linear layers …`. */
export function ruleText(rule: string): string {
  return isLayerRule(rule) ? `rule “${rule}”: ${ruleMeaning(rule)}` : ruleMeaning(rule);
}

/** Returns the same text without the name of the rule, for a place where the name is next to it. */
export function ruleMeaning(rule: string): string {
  return isLayerRule(rule) ? MEANING[rule] : `layers named “${rule}”`;
}

/** Number of layers that are named for each reason. */
const MOST_NAMES = 3;

/** Returns a text for each reason: `lm_head, model.embed_tokens (outside the blocks of the decoder)`. */
export function leftOutTexts(leftOut: readonly LeftOut[]): string[] {
  const reasons = [...new Set(leftOut.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const names = leftOut.filter((one) => one.reason === reason).map(({ name }) => nameText(name));
    const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
    return `${names.slice(0, MOST_NAMES).join(', ')}${more} (${names.length > 1 ? plural(reason) : reason})`;
  });
}

const PLURALS: readonly (readonly [singular: RegExp, plural: string])[] = [
  [/^it has/, 'they have'],
  [/^its name does/, 'their names do'],
  [/^its tensor is/, 'their tensors are'],
  [/^a vector whose mask prunes/, 'vectors whose masks prune'],
  [/^a vector$/, 'vectors'],
  [/^an embedding$/, 'embeddings'],
  [/^a parameter of attention, not a linear layer$/, 'parameters of attention, not linear layers'],
  [/^not a linear layer$/, 'not linear layers'],
];

/** Returns the reason why several layers are left out. */
function plural(reason: string): string {
  return PLURALS.reduce((text, [singular, several]) => text.replace(singular, several), reason);
}

/** Why a matrix without the name of a weight is left out. */
export const NO_WEIGHT_NAME = 'its tensor is not named “weight” or “kernel”';

/** Says why no layer is shown. Layers that were left out are the reason if there are any; otherwise no tensor looks like a layer. */
export function noLayerText(leftOut: readonly LeftOut[]): string {
  const isNamed = leftOut.some(({ reason }) => reason !== NO_WEIGHT_NAME);
  return !isNamed ? NO_LAYER : `No layer can be counted. Left out: ${leftOutTexts(leftOut).join('; ')}.`;
}
