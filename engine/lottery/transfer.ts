/**
 * Transfers masks, signs and ψ (scales and shifts of normalization layers) from a checkpoint to another initialization (official code:
 * utils/mask_transfer.py).
 */
import type { Architecture, Entry } from '../models/network';
import type { TransferVariant } from '../vocabulary/runRecord';
import { random, type Random } from '../random';
import { floats, layerNameOf, type Masks, type NetworkState, sizeOf, type StateDict, weightNameOf } from '../tensors';

export interface TransferOptions {
  variant: TransferVariant;
  architecture: Architecture;
  /** Seed for the signs of `random-signs` and `random-signed-mask`. */
  seed: number;
  /** Only for tickets of IMP: the network after `rewindStep` steps. `retrain` applies the mask to this network (Frankle et al. 2020). */
  rewindPoint?: NetworkState | undefined;
}

/**
 * Returns the network that the training after a transfer starts from. `initial` and `from` must fit the architecture. Neither is
 * changed.
 */
export function transfer(from: NetworkState, initial: NetworkState, options: TransferOptions): NetworkState {
  const source = { ...from, masks: prunableMasks(from, options.architecture) };
  switch (options.variant) {
    case 'retrain':
      return { ...source, tensors: options.rewindPoint?.tensors ?? source.tensors };
    case 'mask-only':
      return { tensors: initial.tensors, masks: source.masks };
    case 'signed-mask':
      return transferSigns(source, initial, options.architecture);
    case 'psi-kept':
      return keepNormalization(source, transferSigns(source, initial, options.architecture), options.architecture);
    case 'random-signs':
      return randomizeSigns(source.masks, initial, initial.tensors, options.seed);
    case 'random-signed-mask': {
      const { masks, tensors } = transferSigns(source, initial, options.architecture);
      return randomizeSigns(masks, initial, tensors, options.seed);
    }
  }
}

/** Returns the mask of every prunable layer. A layer without a mask keeps every weight. */
function prunableMasks({ masks }: NetworkState, { entries }: Architecture): Masks {
  return new Map(
    entries
      .filter((entry) => entry.prunable)
      .map((entry) => {
        const mask = masks.get(layerOf(entry)) ?? new Uint8Array(sizeOf(entry.shape)).fill(1);
        return [layerOf(entry), mask];
      }),
  );
}

/**
 * Returns the weights θ = |θ_init| ⊙ s and the mask m′ = (s ≠ 0), where θ_init are the initial weights. s = sign(θ_source ⊙ m) are the
 * signs of the source under its mask m. Biases and the classifier have no mask, but also get the signs of the source. ψ stays as
 * initialized.
 */
function transferSigns(source: NetworkState, initial: NetworkState, architecture: Architecture): NetworkState {
  const masks: Masks = new Map();
  const tensors: StateDict = new Map(initial.tensors);
  for (const entry of architecture.entries) {
    if (entry.role !== 'weight' && entry.role !== 'bias') continue;
    const mask = entry.prunable ? source.masks.get(layerOf(entry)) : undefined;
    const signs = signsOf(floats(source.tensors, entry.name), mask);
    const magnitudes = floats(initial.tensors, entry.name);
    const data = Float32Array.from(signs, (sign, i) => sign * Math.abs(magnitudes[i]!) || 0); // no −0
    tensors.set(entry.name, { dtype: 'F32', shape: entry.shape, data });
    if (mask)
      masks.set(
        layerOf(entry),
        Uint8Array.from(signs, (sign) => sign & 1),
      );
  }
  return { tensors, masks };
}

/** Returns sign(weight · mask) of each weight: −1, 0 or +1. */
export function signsOf(weights: Float32Array, mask?: Uint8Array): Int8Array {
  const signs = new Int8Array(weights.length);
  for (let i = 0; i < signs.length; i++) signs[i] = mask?.[i] === 0 ? 0 : Math.sign(weights[i]!);
  return signs;
}

/** Copies the scale and shift of every normalization layer from the source. Running statistics stay as initialized. */
function keepNormalization(source: NetworkState, onto: NetworkState, architecture: Architecture): NetworkState {
  const tensors: StateDict = new Map(onto.tensors);
  for (const { role, name } of architecture.entries)
    if (role === 'normalization') tensors.set(name, source.tensors.get(name)!);
  return { tensors, masks: onto.masks };
}

/**
 * Gives the weights of masked layers the magnitudes of the initialization and random signs. Copies all other tensors from `others`.
 * The results are controls for `signed-mask`.
 */
function randomizeSigns(masks: Masks, initial: NetworkState, others: StateDict, seed: number): NetworkState {
  const tensors: StateDict = new Map(others);
  for (const layer of masks.keys()) {
    const name = weightNameOf(layer);
    const coin = random(seed, `random signs of ${name}`);
    const data = Float32Array.from(floats(initial.tensors, name), (weight) => flip(Math.abs(weight), coin));
    tensors.set(name, { dtype: 'F32', shape: initial.tensors.get(name)!.shape, data });
  }
  return { tensors, masks };
}

function flip(weight: number, coin: Random): number {
  return coin.below(2) === 0 ? weight : -weight;
}

function layerOf(entry: Entry): string {
  return layerNameOf(entry.name);
}
