/**
 * The variants of a transfer, declared once: how each makes the network that the training starts from. The types, what a variant reads from
 * the checkpoint, the help of the command line, the palette and the table in docs/command-line.md all come from here.
 */
import type { CheckpointRef } from './checkpoint';

/** The networks that signs and magnitudes are taken from, or `random` for a new draw. `origin` is the initialization of the source. */
export type ValueOrigin = 'source' | 'initialization' | 'origin' | 'random';

/** The start values of some parameters: each has the sign of one network and the magnitude of another. */
export interface StartValues {
  signs: ValueOrigin;
  magnitudes: Exclude<ValueOrigin, 'origin'>;
}

export interface VariantTraits {
  /** The name in the palette. */
  title: string;
  /** The kept weights as a formula, for the documentation. m is the mask of the source, s = sign(θ_source ⊙ m), ⊙ the product by element. */
  formula: string;
  /** One sentence or two for palette, help and documentation. */
  sentence: string;
  /** The kept weights of layers with a mask. */
  kept: StartValues;
  /** Biases, and weights without a mask such as the classifier. */
  others: StartValues;
  /** ψ, the scales and shifts of normalization. */
  psi: 'source' | 'initialization';
  /** Whether kept weights of the source that are 0 are pruned, as in the official code: they have no sign. */
  dropsZeros: boolean;
  /** Whether everything else is taken from the source, too: running statistics, positions and tokens. */
  whole?: true;
}

/** |θ_init| with the signs of the source. */
const SIGNED: StartValues = { signs: 'source', magnitudes: 'initialization' };
/** |θ_source| with the signs of θ_init. */
const SIZED: StartValues = { signs: 'initialization', magnitudes: 'source' };
/** |θ_init| with the signs of the initialization of the source. */
const ORIGINAL: StartValues = { signs: 'origin', magnitudes: 'initialization' };
const INITIAL: StartValues = { signs: 'initialization', magnitudes: 'initialization' };
const TRAINED: StartValues = { signs: 'source', magnitudes: 'source' };
const FRESH_PSI = { psi: 'initialization' } as const;

export const TRANSFER_VARIANTS = {
  'signed-mask': {
    title: 'Signed mask',
    formula: '|θ_init| ⊙ s',
    sentence:
      'New initialization with the mask and signs of the checkpoint. Biases and the classifier get its signs, too, as in the official code.',
    kept: SIGNED,
    others: SIGNED,
    ...FRESH_PSI,
    dropsZeros: true,
  },
  'mask-only': {
    title: 'Mask only',
    formula: 'θ_init ⊙ m',
    sentence: 'New initialization with the mask of the checkpoint. All signs are those of the initialization.',
    kept: INITIAL,
    others: INITIAL,
    ...FRESH_PSI,
    dropsZeros: false,
  },
  'psi-kept': {
    title: 'Signed mask, ψ kept',
    formula: '|θ_init| ⊙ s',
    sentence: 'Like signed-mask, but with the trained ψ of the checkpoint (scale and shift of normalization).',
    kept: SIGNED,
    others: SIGNED,
    psi: 'source',
    dropsZeros: true,
  },
  'random-signs': {
    title: 'Random signs',
    formula: '|θ_init| ⊙ m ⊙ ±1',
    sentence: 'Like mask-only, but with random signs of the kept weights.',
    kept: { signs: 'random', magnitudes: 'initialization' },
    others: INITIAL,
    ...FRESH_PSI,
    dropsZeros: false,
  },
  'random-signed-mask': {
    title: 'Signed mask, random signs',
    formula: '|θ_init| ⊙ m ⊙ ±1',
    sentence: 'Like signed-mask, but with random signs of the kept weights: the like-for-like control of its signs.',
    kept: { signs: 'random', magnitudes: 'initialization' },
    others: SIGNED,
    ...FRESH_PSI,
    dropsZeros: true,
  },
  'random-magnitudes': {
    title: 'Signed mask, random magnitudes',
    formula: '|θ_new| ⊙ s',
    sentence:
      'Like signed-mask, but the kept weights get magnitudes θ_new that are drawn with a seed of their own: the like-for-like control of its magnitudes.',
    kept: { signs: 'source', magnitudes: 'random' },
    others: SIGNED,
    ...FRESH_PSI,
    dropsZeros: true,
  },
  'initial-signs': {
    title: 'Initial signs',
    formula: '|θ_init| ⊙ m ⊙ sign(θ_origin)',
    sentence:
      'Like signed-mask, but with the signs of θ_origin, the initialization that the checkpoint was trained from. It shows what the training did to the signs.',
    kept: ORIGINAL,
    others: ORIGINAL,
    ...FRESH_PSI,
    dropsZeros: false,
  },
  'source-magnitudes': {
    title: 'Magnitudes of the source',
    formula: '|θ_source| ⊙ m ⊙ sign(θ_init)',
    sentence:
      'Mask and magnitudes of the checkpoint, with the signs of the new initialization. This also holds for biases and the classifier.',
    kept: SIZED,
    others: SIZED,
    ...FRESH_PSI,
    dropsZeros: false,
  },
  'source-magnitudes-random-signs': {
    title: 'Magnitudes of the source, random signs',
    formula: '|θ_source| ⊙ m ⊙ ±1',
    sentence: 'Like source-magnitudes, but with random signs of the kept weights.',
    kept: { signs: 'random', magnitudes: 'source' },
    others: SIZED,
    ...FRESH_PSI,
    dropsZeros: false,
  },
  retrain: {
    title: 'Retrain',
    formula: 'θ_source ⊙ m',
    sentence: 'The ticket itself, trained fully. For imp, its mask is applied to the rewound weights.',
    kept: TRAINED,
    others: TRAINED,
    psi: 'source',
    dropsZeros: false,
    whole: true,
  },
} as const satisfies Record<string, VariantTraits>;

export type TransferVariant = keyof typeof TRANSFER_VARIANTS;

export const VARIANT_NAMES = Object.keys(TRANSFER_VARIANTS) as TransferVariant[];

export function traitsOf(variant: TransferVariant): VariantTraits {
  return TRANSFER_VARIANTS[variant];
}

/** Whether biases and the classifier are not simply those of the new initialization. */
export function carriesOthers(variant: TransferVariant): boolean {
  const { signs, magnitudes } = traitsOf(variant).others;
  return signs !== 'initialization' || magnitudes !== 'initialization';
}

/** Whether a variant uses the signs or magnitudes of a network for its kept weights or its other weights and biases. */
export function uses(part: 'kept' | 'others', variant: TransferVariant, origin: ValueOrigin): boolean {
  const { signs, magnitudes } = traitsOf(variant)[part];
  return signs === origin || magnitudes === origin;
}

/** How the kept weights of each layer with a mask are scaled after the transfer. Only for magnitudes that are drawn. */
export const RESCALES = {
  none: 'They stay as they are.',
  layer:
    'They are divided by the square root of the kept share of the layer, so that the variance of its output is that of the dense initialization.',
  source: 'They are scaled so that their norm is that of the kept weights of the layer in the checkpoint.',
} as const;

/** Where the classifier comes from, in variants that take something of it from the checkpoint. */
export const CLASSIFIERS = {
  source: 'It is transferred like the biases. The checkpoint must have as many classes as the data.',
  new: 'It is that of the new initialization.',
} as const;

export type ClassifierChoice = keyof typeof CLASSIFIERS;

export type Rescale = keyof typeof RESCALES;

/** The choices for a transfer. */
export interface TransferChoices {
  variant: TransferVariant;
  /** For `random-magnitudes`: the seed of the magnitudes (default: the seed of the run). */
  magnitudeSeed?: number | undefined;
  rescale?: Rescale | undefined;
  /** By default `source`, or `new` if the checkpoint has another number of classes than the data. */
  classifier?: ClassifierChoice | undefined;
  /** The network that the source was trained from. By default it is looked for in the run directory of the source. */
  initialization?: CheckpointRef | undefined;
}
