/** Weighted sums of networks, such as the points of a line or of a plane through them. */
import { UserError } from '../errors';
import { floats, layerNameOf, type Masks, type NetworkState, type StateDict, weightNameOf } from '../tensors';
import type { MaskRule } from '../vocabulary/connectivity';

/**
 * Returns Σ shareᵢ·θᵢ for every parameter θ, including the scales and shifts (ψ) of normalization layers, biases, class tokens and
 * positions. The networks are masked first. The masks of the result are the union or the intersection of their masks. Running statistics
 * are summed, too, and counters are those of the first network. `shares` should have the sum 1.
 */
export function combine(states: readonly NetworkState[], shares: readonly number[], rule: MaskRule): NetworkState {
  const masks = combinedMasks(states, rule);
  const tensors: StateDict = new Map();
  for (const [name, tensor] of states[0]!.tensors) {
    if (tensor.dtype !== 'F32') {
      tensors.set(name, tensor);
      continue;
    }
    const layer = layerNameOf(name);
    const isWeight = name === weightNameOf(layer);
    const parts = states.map((state) => effective(state, name, isWeight ? state.masks.get(layer) : undefined));
    const mask = isWeight ? masks.get(layer) : undefined;
    const data = weightedSum(parts, shares);
    if (mask) for (let i = 0; i < data.length; i++) if (mask[i] === 0) data[i] = 0;
    tensors.set(name, { ...tensor, data });
  }
  return { tensors, masks };
}

/** Adds in double precision, from the first part to the last, and rounds once at the end. */
function weightedSum(parts: readonly Float32Array[], shares: readonly number[]): Float32Array {
  const sums = new Float64Array(parts[0]!);
  const first = shares[0]!;
  for (let i = 0; i < sums.length; i++) sums[i]! *= first;
  for (let at = 1; at < parts.length; at++) {
    const [part, share] = [parts[at]!, shares[at]!];
    for (let i = 0; i < sums.length; i++) sums[i]! += share * part[i]!;
  }
  return new Float32Array(sums);
}

/** Whether all networks have equal masks. The official script requires equal masks. */
export function masksEqual(...states: readonly NetworkState[]): boolean {
  return differentMasks(states).length === 0;
}

/**
 * Throws UserError if the networks have different masks.
 * @param files paths of the networks, which the error names
 */
export function refuseDifferentMasks(files: readonly string[], states: readonly NetworkState[]): void {
  const layers = differentMasks(states);
  if (layers.length === 0) return;
  const further = layers.length > 1 ? ` and ${layers.length - 1} more layers` : '';
  throw new UserError(`${files.join(' and ')} have different masks, in ${layers[0]!}${further}.`, {
    advice: {
      terminal: 'Measure checkpoints with equal masks, or set --masks to union or intersection.',
      window: 'Measure checkpoints with equal masks, or choose the union or the intersection of the masks.',
    },
  });
}

/** Returns the layers in which not all networks have the same mask. */
function differentMasks(states: readonly NetworkState[]): string[] {
  const [first, ...others] = states;
  return layersOf(states).filter((layer) => {
    const mask = maskOf(first!, layer);
    return others.some((other) => Buffer.compare(mask, maskOf(other, layer)) !== 0);
  });
}

/** Returns the values of a tensor, with 0 for pruned weights. */
export function effective({ tensors }: NetworkState, name: string, mask: Uint8Array | undefined): Float32Array {
  const values = floats(tensors, name);
  return mask ? values.map((value, i) => (mask[i] ? value : 0)) : values;
}

function combinedMasks(states: readonly NetworkState[], rule: MaskRule): Masks {
  const keeps = rule === 'intersection' ? (a: number, b: number) => a & b : (a: number, b: number) => a | b;
  const combined = (layer: string) => {
    const [first, ...others] = states.map((state) => maskOf(state, layer));
    return first!.map((bit, i) => others.reduce((all, other) => keeps(all, other[i]!), bit));
  };
  return new Map(layersOf(states).map((layer) => [layer, combined(layer)]));
}

function layersOf(states: readonly NetworkState[]): string[] {
  return [...new Set(states.flatMap(({ masks }) => [...masks.keys()]))];
}

/** Returns the mask of a layer. A layer without a mask keeps every weight. */
function maskOf({ masks, tensors }: NetworkState, layer: string): Uint8Array {
  return masks.get(layer) ?? new Uint8Array(floats(tensors, weightNameOf(layer)).length).fill(1);
}
