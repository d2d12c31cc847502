/** Counts the sign flips of a network since its initialization and since the previous round. */
import type { RoundLayer } from '../vocabulary/runEvents';
import type { LayerPart } from '../checkpoints/masks';
import { floats, type NetworkState, weightNameOf } from '../tensors';
import { addPairs, flippedSigns, keptInBoth, noPairs, type PairCounts } from './pairs';
import { countSigns } from './states';

/**
 * Returns the counts of each layer of `state`, in the order of its masks. A layer without a mask in `initial` or `previous` counts as
 * dense in that state. Without `initial`, flips since the initialization are unknown. In round 0 there is no `previous`, and the counts that compare with the previous round are 0.
 */
export function countFlips(states: {
  state: NetworkState;
  initial?: NetworkState;
  previous?: NetworkState;
}): RoundLayer[] {
  return [...states.state.masks.keys()].map((name) => {
    const now = partOf(states.state, name);
    const { kept, positive, negative } = countSigns(now);
    const flippedFromInit = states.initial && flippedSigns(pairsOf(now, partOf(states.initial, name)));
    const since = states.previous ? pairsOf(now, partOf(states.previous, name)) : noPairs();
    return {
      name,
      ...{ count: now.weights.length, kept, positive, negative },
      ...(flippedFromInit !== undefined && { flippedFromInit }),
      keptSincePrevious: keptInBoth(since),
      flippedFromPrevious: flippedSigns(since),
    };
  });
}

function pairsOf(a: LayerPart, b: LayerPart): PairCounts {
  const counts = noPairs();
  addPairs(counts, a, b);
  return counts;
}

function partOf({ tensors, masks }: NetworkState, layer: string): LayerPart {
  const weights = floats(tensors, weightNameOf(layer));
  return { weights, mask: masks.get(layer) ?? new Uint8Array(weights.length).fill(1) };
}
