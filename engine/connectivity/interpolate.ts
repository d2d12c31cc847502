/** The straight line between two networks, and the barrier along it. */
import type { Barrier, CurvePoint } from '../vocabulary/runEvents';
import { floats, layerNameOf, type NetworkState, type StateDict, weightNameOf } from '../tensors';

/**
 * Returns θ(α) = α·A + (1 − α)·B for every parameter θ, including the scales and shifts (ψ) of normalization layers. A and B are masked
 * first, and the new mask is the union of their masks. Running statistics are copied from A, so the caller must re-estimate them.
 */
export function interpolate(a: NetworkState, b: NetworkState, alpha: number): NetworkState {
  const tensors: StateDict = new Map();
  for (const [name, tensor] of a.tensors) {
    const layer = layerNameOf(name);
    if (tensor.dtype !== 'F32') tensors.set(name, tensor);
    else {
      const [inA, inB] = [effective(a, name, layer), effective(b, name, layer)];
      const data = Float32Array.from(inA, (value, i) => alpha * value + (1 - alpha) * inB[i]!);
      tensors.set(name, { ...tensor, data });
    }
  }
  return { tensors, masks: unionMasks(a, b) };
}

/** Whether both networks have equal masks. The official script requires equal masks. */
export function masksEqual(a: NetworkState, b: NetworkState): boolean {
  return layersOf(a, b).every((layer) => Buffer.compare(maskOf(a, layer), maskOf(b, layer)) === 0);
}

function effective(state: NetworkState, name: string, layer: string): Float32Array {
  const values = floats(state.tensors, name);
  const mask = name === weightNameOf(layer) ? state.masks.get(layer) : undefined;
  return mask ? values.map((value, i) => (mask[i] ? value : 0)) : values;
}

function unionMasks(a: NetworkState, b: NetworkState): NetworkState['masks'] {
  const union = (layer: string) => {
    const other = maskOf(b, layer);
    return maskOf(a, layer).map((bit, i) => bit | other[i]!);
  };
  return new Map(layersOf(a, b).map((layer) => [layer, union(layer)]));
}

function layersOf(a: NetworkState, b: NetworkState): string[] {
  return [...new Set([...a.masks.keys(), ...b.masks.keys()])];
}

/** Returns the mask of a layer. A layer without a mask keeps every weight. */
function maskOf({ masks, tensors }: NetworkState, layer: string): Uint8Array {
  return masks.get(layer) ?? new Uint8Array(floats(tensors, weightNameOf(layer)).length).fill(1);
}

/** Returns `points` evenly spaced values of α from 0 to 1, including both ends. */
export function alphas(points: number): number[] {
  return Array.from({ length: points }, (_, i) => i / (points - 1));
}

const BASELINES = {
  'mean of the ends': (_alpha: number, at0: number, at1: number) => (at0 + at1) / 2,
  'chord between the ends': (alpha: number, at0: number, at1: number) => alpha * at1 + (1 - alpha) * at0,
} as const;

/**
 * Returns the barriers of a curve. The default comes first: how far the test error rises above the mean of both ends (Frankle et al. 2020;
 * official code).
 */
export function measureBarriers(points: readonly CurvePoint[]): [Barrier, ...Barrier[]] {
  const baselines = Object.keys(BASELINES) as Barrier['baseline'][];
  const all = (['error', 'loss'] as const).flatMap((quantity) =>
    (['test', 'train'] as const).flatMap((split) =>
      baselines.map((baseline) => measureBarrier(points, { quantity, split, baseline })),
    ),
  );
  return all as [Barrier, ...Barrier[]];
}

/** Returns the largest amount by which a quantity exceeds its baseline at the measured points, including the ends. */
export function measureBarrier(
  points: readonly CurvePoint[],
  { quantity, split, baseline }: Pick<Barrier, 'quantity' | 'split' | 'baseline'>,
): Barrier {
  const value = (point: CurvePoint) => (quantity === 'error' ? 100 - point[split].accuracy : point[split].loss);
  const end = (alpha: number) => value(points.find((point) => point.alpha === alpha)!);
  const base = (alpha: number) => BASELINES[baseline](alpha, end(0), end(1));
  const ordered = [...points].sort((one, other) => one.alpha - other.alpha); // so that of equal excesses, the one nearest to B is chosen
  const excesses = ordered.map((point) => ({ value: value(point) - base(point.alpha), alpha: point.alpha }));
  const highest = excesses.reduce((a, b) => (b.value > a.value ? b : a));
  const unit = quantity === 'error' ? 'percentage points' : 'nats';
  const definition = `largest ${split} ${quantity} above the ${baseline}, in ${unit}, over ${points.length} points of α from 0 (B) to 1 (A)`;
  return { ...highest, quantity, split, baseline, definition };
}
