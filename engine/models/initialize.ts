/** A fresh network: every entry drawn from its own stream of the seed, so that no entry depends on another or on their order. */
import { random } from '../random';
import { sizeOf, type HostTensor, type Masks, type NetworkState, type StateDict } from '../tensors';
import { prunableLayers, type Architecture, type Entry, type Initializer } from './network';

/** θ_init of a seed (an integer), with masks of all ones. */
export function initialize(architecture: Architecture, seed: number): NetworkState {
  const tensors: StateDict = new Map(architecture.entries.map((entry) => [entry.name, draw(entry, seed)]));
  return { tensors, masks: fullMasks(architecture) };
}

/** ψ_init alone, equal to that of `initialize`: large networks have little of it. */
export function initializeNormalization({ entries }: Architecture, seed: number): StateDict {
  const psi = entries.filter(({ role }) => role === 'normalization');
  return new Map(psi.map((entry) => [entry.name, draw(entry, seed)]));
}

/** Nothing pruned: ones for each weight of each prunable layer. */
export function fullMasks(architecture: Architecture): Masks {
  const sizes = new Map(architecture.entries.map((entry) => [entry.name, sizeOf(entry.shape)]));
  return new Map(
    prunableLayers(architecture).map((layer) => [layer, new Uint8Array(sizes.get(`${layer}.weight`)!).fill(1)]),
  );
}

function draw(entry: Entry, seed: number): HostTensor {
  const size = sizeOf(entry.shape);
  if (entry.dtype === 'I64') return { dtype: 'I64', shape: entry.shape, data: new BigInt64Array(size) };
  const next = sampler(entry.initializer, entry.name, seed);
  const data = new Float32Array(size);
  for (let i = 0; i < size; i++) data[i] = next();
  return { dtype: 'F32', shape: entry.shape, data };
}

function sampler(initializer: Initializer, name: string, seed: number): () => number {
  const source = random(seed, `initialize/${name}`);
  switch (initializer.kind) {
    case 'constant':
      return () => initializer.value;
    case 'uniform':
      return () => (2 * source.uniform() - 1) * initializer.bound;
    case 'normal':
      return () => source.normal() * initializer.deviation;
  }
}
