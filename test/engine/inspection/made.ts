import { writeSafetensors } from '../../../engine/checkpoints/write';
import { checksumOf, tensorsWithMasks } from '../../../engine/checkpoints/state';
import { random } from '../../../engine/random';
import type { HostTensor, NetworkState } from '../../../engine/tensors';

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

/** Weights of a layer, in several pieces and no whole number of them. */
const SIZE = 2 ** 20 + 77;
/** Number of weights that are drawn, because drawing takes long. Their order is repeated, with other magnitudes. */
const PERIOD = 2 ** 16 + 1;

/**
 * Writes a checkpoint that is scanned in threads: layers with masks, layers without masks, a layer that is not finite, and `more`. With `isOurs`, it
 * has the checksum of a file of Winning Sign. Returns `file`.
 */
export async function writeLarge(file: string, more: Record<string, HostTensor> = {}, isOurs = false): Promise<string> {
  const source = random(1, 'threads');
  const drawn = Float32Array.from({ length: PERIOD }, () => (source.below(4) === 0 ? 0 : source.normal()));
  const bits = Uint8Array.from({ length: PERIOD }, () => source.below(2));
  const [weights, mask] = [new Float32Array(SIZE), new Uint8Array(SIZE)];
  for (let i = 0; i < SIZE; i++) {
    weights[i] = drawn[i % PERIOD]! * (1 + i / SIZE);
    mask[i] = bits[i % PERIOD]!;
  }
  const tensors = new Map<string, HostTensor>();
  for (let layer = 0; layer < 16; layer++) {
    const data = new Float32Array(SIZE);
    const scale = 2 ** -layer;
    for (let i = 0; i < SIZE; i++) data[i] = weights[i]! * scale;
    if (layer === 5) data[7] = Infinity;
    tensors.set(`layer${layer}.weight`, { dtype: 'F32', shape: [1, SIZE], data });
    if (layer % 3 !== 0) tensors.set(`layer${layer}.mask`, { dtype: 'U8', shape: [1, SIZE], data: mask });
    tensors.set(`layer${layer}.bias`, { dtype: 'F32', shape: [3], data: Float32Array.of(1, -2, 0) });
  }
  for (const [name, tensor] of Object.entries(more)) tensors.set(name, tensor);
  const metadata: Record<string, string> = isOurs ? { format: 'winning-sign 1', checksum: checksumOf(tensors) } : {};
  await writeSafetensors(file, { tensors, metadata });
  return file;
}
