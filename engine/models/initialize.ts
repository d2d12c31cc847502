/** Draws a new network. Each entry has its own random stream, so its values do not depend on the other entries or their order. */
import { random, type Random } from '../random';
import { type HostTensor, layerNameOf, type Masks, type NetworkState, sizeOf, type StateDict } from '../tensors';
import type { Architecture, Entry, Initializer } from './network';

/** Returns the initial network θ_init for a seed (an integer), with masks of ones. */
export function initialize(architecture: Architecture, seed: number): NetworkState {
  const tensors: StateDict = new Map(architecture.entries.map((entry) => [entry.name, draw(entry, seed)]));
  return { tensors, masks: fullMasks(architecture) };
}

/**
 * Returns only ψ_init, the initial scales and shifts of normalization layers. They equal those of `initialize`, and need little memory even
 * in large networks.
 */
export function initializeNormalization({ entries }: Architecture, seed: number): StateDict {
  const psi = entries.filter(({ role }) => role === 'normalization');
  return new Map(psi.map((entry) => [entry.name, draw(entry, seed)]));
}

/** Returns scale 1 and shift 0 for each normalization layer, whatever the network starts with. */
export function identityNormalization({ entries }: Architecture): StateDict {
  const psi = entries.filter(({ role }) => role === 'normalization');
  return new Map(
    psi.map(({ name, shape }) => {
      const data = new Float32Array(sizeOf(shape)).fill(name.endsWith('.weight') ? 1 : 0);
      return [name, { dtype: 'F32', shape, data }];
    }),
  );
}

/** Returns what is not trained, filled with zeros: running statistics, counters, and the entries that the forward pass does not use. */
export function emptyBuffers({ entries }: Architecture): StateDict {
  const buffers = entries.filter(({ role, unused }) => role === 'buffer' || unused);
  return new Map(buffers.map((entry) => [entry.name, zeros(entry)]));
}

/** Returns the tensors that the forward pass does not use. */
export function unusedOf({ entries }: Architecture, tensors: StateDict): StateDict {
  return new Map(entries.filter(({ unused }) => unused).map(({ name }) => [name, tensors.get(name)!]));
}

/** Returns masks of the prunable layers, filled with zeros. */
export function emptyMasks({ entries }: Architecture) {
  const prunable = entries.filter((entry) => entry.prunable);
  return new Map(
    prunable.map(({ name, shape }) => {
      const mask = { dtype: 'U8' as const, shape, data: new Uint8Array(sizeOf(shape)) };
      return [layerNameOf(name), mask];
    }),
  );
}

/** Returns masks of ones for each prunable layer. */
export function fullMasks(architecture: Architecture): Masks {
  return new Map(Array.from(emptyMasks(architecture), ([layer, { data }]) => [layer, data.fill(1)]));
}

/** Returns the initial value of an entry. Buffers do not depend on the seed. Draws for different purposes are independent. */
export function draw(entry: Entry, seed: number, purpose = 'initialize'): HostTensor {
  const tensor = zeros(entry);
  if (tensor.dtype === 'I64') return tensor;
  const next = sampler(entry.initializer, random(seed, `${purpose}/${entry.name}`));
  for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = next();
  return tensor;
}

function zeros({ dtype, shape }: Entry) {
  const size = sizeOf(shape);
  return dtype === 'I64'
    ? { dtype, shape, data: new BigInt64Array(size) }
    : { dtype, shape, data: new Float32Array(size) };
}

function sampler(initializer: Initializer, source: Random): () => number {
  const center = initializer.kind === 'constant' ? 0 : (initializer.center ?? 0);
  switch (initializer.kind) {
    case 'constant':
      return () => initializer.value;
    case 'uniform':
      return () => (2 * source.uniform() - 1) * initializer.bound + center;
    case 'normal':
      return () => normal(source, initializer) + center;
  }
}

function normal(source: Random, { deviation, limit = Infinity }: Initializer & { kind: 'normal' }): number {
  for (;;) {
    const value = source.normal() * deviation;
    if (Math.abs(value) <= limit) return value;
  }
}
