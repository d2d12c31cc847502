import { writeSafetensors } from '../../../engine/checkpoints/write';
import { tensorsWithMasks } from '../../../engine/checkpoints/state';
import { random } from '../../../engine/random';
import type { NetworkState } from '../../../engine/tensors';

/** Makes layers of these shapes with normally distributed weights. A tenth of the weights are exactly 0, and the mask prunes a third. */
export function madeState(seed: number, layers: Record<string, number[]>): NetworkState {
  const state: NetworkState = { tensors: new Map(), masks: new Map() };
  const source = random(seed, 'test');
  for (const [name, shape] of Object.entries(layers)) {
    const count = shape.reduce((product, size) => product * size, 1);
    const data = Float32Array.from({ length: count }, () => (source.uniform() < 0.1 ? 0 : source.normal()));
    state.tensors.set(`${name}.weight`, { dtype: 'F32', shape, data });
    state.masks.set(
      name,
      Uint8Array.from({ length: count }, () => (source.uniform() < 1 / 3 ? 0 : 1)),
    );
  }
  return state;
}

/** Writes a state as a checkpoint. */
export async function writeState(file: string, state: NetworkState): Promise<void> {
  await writeSafetensors(file, { tensors: tensorsWithMasks(state), metadata: {} });
}

/** Returns weights and mask of a layer as plain arrays. */
export function layerOf(state: NetworkState, name: string): { weights: number[]; mask: number[] } {
  return { weights: [...state.tensors.get(`${name}.weight`)!.data].map(Number), mask: [...state.masks.get(name)!] };
}
