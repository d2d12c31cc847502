/** The warning about a layer that lost all of its weights. */

/** A part of the warning. Logs of runs contain it, so it must not change. */
export const KEEPS_NO_WEIGHT = 'keeps no weight of';

/** Whether the warnings of a run say that pruning emptied a layer. Later rounds do not regrow the layer, so training the ticket is no use. */
export function hasEmptyLayer(warnings: readonly string[]): boolean {
  return warnings.some((warning) => warning.includes(KEEPS_NO_WEIGHT));
}
