/**
 * Transfers masks, signs, magnitudes and ψ (scales and shifts of normalization layers) from a checkpoint to another initialization
 * (official code: utils/mask_transfer.py). `vocabulary/transferVariants.ts` says what each variant takes from where.
 */
import { draw } from '../models/initialize';
import type { Architecture, Entry } from '../models/network';
import { random } from '../random';
import { rescaled } from './rescale';
import { floats, layerNameOf, type Masks, type NetworkState, sizeOf, type StateDict, weightNameOf } from '../tensors';
import { traitsOf, type Rescale, type StartValues, type TransferVariant } from '../vocabulary/transferVariants';

export interface TransferOptions {
  variant: TransferVariant;
  architecture: Architecture;
  /** Seed for random signs. */
  seed: number;
  /** Seed for the magnitudes of `random-magnitudes` (default `seed`). */
  magnitudeSeed?: number | undefined;
  /** The initialization of the source, for `initial-signs`. */
  origin?: NetworkState | undefined;
  rescale?: Rescale | undefined;
  /** Names of the entries of the classifier that start from the initialization in every variant. */
  newClassifier?: readonly string[] | undefined;
  /** Only for tickets of IMP: the network after `rewindStep` steps. `retrain` applies the mask to this network (Frankle et al. 2020). */
  rewindPoint?: NetworkState | undefined;
}

/**
 * Returns the network that the training after a transfer starts from. `initial` must fit the architecture, and so must everything that the
 * variant reads from `from`. Neither is changed.
 */
export function transfer(from: NetworkState, initial: NetworkState, options: TransferOptions): NetworkState {
  const { variant, architecture, newClassifier = [] } = options;
  const { kept, others, psi, dropsZeros, whole } = traitsOf(variant);
  const source = { ...from, masks: prunableMasks(from, options) };
  if (whole) return { ...source, tensors: wholeTensors(source, initial, options) };
  const tensors: StateDict = new Map(initial.tensors);
  for (const entry of architecture.entries) {
    const { name, role } = entry;
    if (newClassifier.includes(name)) continue;
    if (role === 'normalization' && psi === 'source') tensors.set(name, source.tensors.get(name)!);
    if (role !== 'weight' && role !== 'bias') continue;
    const values = entry.prunable ? kept : others;
    if (values.signs === 'initialization' && values.magnitudes === 'initialization') continue;
    tensors.set(
      name,
      combined(entry, values, { networks: { source, initialization: initial, origin: options.origin }, options }),
    );
  }
  const start = { tensors, masks: dropsZeros ? withoutZeros(source) : source.masks };
  return rescaled(start, { source, rescale: options.rescale, newClassifier });
}

/** Returns the tensors of the ticket itself, apart from a new classifier. */
function wholeTensors(source: NetworkState, initial: NetworkState, options: TransferOptions): StateDict {
  const { architecture, newClassifier = [], rewindPoint = source } = options;
  if (newClassifier.length === 0) return rewindPoint.tensors;
  return new Map(
    architecture.entries.map(({ name }) => {
      const { tensors } = newClassifier.includes(name) ? initial : rewindPoint;
      return [name, tensors.get(name)!];
    }),
  );
}

/**
 * Returns the mask of every prunable layer, in the order of the network, and no others. A layer without a mask, and a new classifier, keep
 * every weight.
 */
export function prunableMasks(
  { masks }: NetworkState,
  { architecture, newClassifier = [] }: Pick<TransferOptions, 'architecture' | 'newClassifier'>,
): Masks {
  return new Map(
    architecture.entries
      .filter((entry) => entry.prunable)
      .map((entry) => {
        const mask = newClassifier.includes(entry.name) ? undefined : masks.get(layerOf(entry));
        return [layerOf(entry), mask ?? new Uint8Array(sizeOf(entry.shape)).fill(1)];
      }),
  );
}

/** Returns m′ = (s ≠ 0): a kept weight that is 0 has no sign, so it is pruned. */
function withoutZeros({ tensors, masks }: NetworkState): Masks {
  return new Map(
    Array.from(masks, ([layer, mask]) => {
      if (!tensors.has(weightNameOf(layer))) return [layer, mask]; // a new classifier
      const signs = signsOf(floats(tensors, weightNameOf(layer)), mask);
      return [layer, Uint8Array.from(signs, (sign) => sign & 1)];
    }),
  );
}

interface Sources {
  networks: Record<'source' | 'initialization', NetworkState> & { origin?: NetworkState | undefined };
  options: TransferOptions;
}

/** Returns the start values of an entry: each with the sign of one network and the magnitude of another. */
function combined(entry: Entry, values: StartValues, sources: Sources) {
  const signs = startSigns(entry, values, sources);
  const magnitudes = startMagnitudes(entry, values, sources);
  const data = Float32Array.from(signs, (sign, i) => sign * Math.abs(magnitudes[i]!) || 0); // no −0
  return { dtype: 'F32' as const, shape: entry.shape, data };
}

/** Returns the sign of each value. Signs of a network are 0 where its mask is 0; random signs are never 0. */
function startSigns(entry: Entry, { signs }: StartValues, { networks, options }: Sources): Int8Array {
  const mask = entry.prunable ? networks.source.masks.get(layerOf(entry)) : undefined;
  if (signs !== 'random') return signsOf(floats(networks[signs]!.tensors, entry.name), mask);
  const coin = random(options.seed, `random signs of ${entry.name}`);
  return Int8Array.from({ length: sizeOf(entry.shape) }, () => (coin.below(2) === 0 ? 1 : -1));
}

/**
 * Returns the numbers whose magnitudes the start values have. Random ones have the distribution of the initialization, but their own seed
 * and purpose: unlike those of `signed-mask`, they do not depend on the initialization of the run. So both can vary independently.
 */
function startMagnitudes(entry: Entry, { magnitudes }: StartValues, { networks, options }: Sources): Float32Array {
  if (magnitudes !== 'random') return floats(networks[magnitudes].tensors, entry.name);
  const { seed, magnitudeSeed = seed } = options;
  const { name } = entry;
  return floats(new Map([[name, draw(entry, magnitudeSeed, 'random magnitudes')]]), name);
}

/** Returns sign(weight · mask) of each weight: −1, 0 or +1. */
export function signsOf(weights: Float32Array, mask?: Uint8Array): Int8Array {
  const signs = new Int8Array(weights.length);
  for (let i = 0; i < signs.length; i++) signs[i] = mask?.[i] === 0 ? 0 : Math.sign(weights[i]!);
  return signs;
}

function layerOf(entry: Entry): string {
  return layerNameOf(entry.name);
}
