/** Structure, magnitudes and storage of the layers of a checkpoint. Types only. */

/** Number of equal parts of a layer, such as its filters, and how many of them are dead: all their weights are pruned. */
export interface LayerParts {
  count: number;
  dead: number;
}

/** The parts of a layer that are pruned as a whole. */
export interface LayerStructure {
  /**
   * The strictest N:M pattern of the mask, such as `2:4`: of every M consecutive weights along the input axis, at most N are kept. M is 2, 4,
   * 8 or 16 and divides the length of that axis, and N is 1, 2, 4 or 8 and at most M / 2. `none` if no such pattern fits.
   */
  pattern: string;
  /**
   * Probability, in [0, 1], that a mask which keeps each weight with the same probability, the kept share of the layer, fits the pattern.
   * Absent if the pattern is `none`.
   */
  patternChance?: number;
  /** Index of the input axis in the shape of the weight. Absent if the layer has no input axis, or several. */
  patternAxis?: number;
  /** Filters, output channels or neurons. None of a vector, such as a bias, is dead: a pruned bias does not end an output. */
  outputs: LayerParts;
  /** Input channels or input features. Absent for a vector. */
  inputs?: LayerParts;
  /** Kernels of a convolution: the weights from one input to one output. Absent if a kernel is a single weight. */
  kernels?: LayerParts;
  /** Heads of a projection of attention, if their number is known. `rule` is a phrase that says where the number comes from. */
  heads?: LayerParts & { rule: string };
}

/** From this probability on, a pattern is taken for chance: very sparse and very small layers often fit one. */
const CHANCE = 0.001;

/** Returns the N:M pattern of a layer. Returns `none` if there is no pattern, or if a random mask would probably fit it too. */
export function intendedPattern({ pattern, patternChance = 0 }: LayerStructure): string {
  return patternChance >= CHANCE ? 'none' : pattern;
}

/** Returns the bytes of all layers as N:M, where layers without an intended pattern are dense. Undefined if no layer has one. */
export function intendedBytes(
  layers: readonly { structure?: LayerStructure; storage?: StorageForms }[],
): number | undefined {
  const isIntended = ({ structure }: { structure?: LayerStructure }) =>
    structure !== undefined && intendedPattern(structure) !== 'none';
  if (!layers.some(isIntended)) return undefined;
  return layers.reduce((sum, layer) => {
    const { dense = 0, nm = dense } = layer.storage ?? {};
    return sum + (isIntended(layer) ? nm : dense);
  }, 0);
}

/**
 * A histogram of magnitudes |w| with a bin for each power of 2. Bin i counts magnitudes from 2^(first + i) up to, but not including, the next
 * power. Bins are the same for all files, so that histograms can be compared. The lowest bin, −127, also has all smaller magnitudes. The
 * highest bin, 127, also has all greater ones. Zeros, NaN and infinities are in no bin. Without magnitudes, `first` is 0 and `counts` empty.
 */
export interface MagnitudeHistogram {
  first: number;
  counts: number[];
}

/** Magnitudes |w| of kept and pruned weights. NaN and infinities are left out. */
export interface Magnitudes {
  /** The kept weights. */
  histogram: MagnitudeHistogram;
  /** The threshold, if the mask was made by magnitude: the smallest kept magnitude. NaN (null in JSON) if no weight is kept. */
  smallestKept: number;
  /** Absent if the file no longer has the values of the pruned weights: all are exactly 0. */
  largestPruned?: number;
}

/**
 * Bytes of weights in different formats. The formulas are in docs/json.md. `nm` is absent if the weights have no N:M pattern. In a sum, layers
 * without a pattern count as dense in `nm`.
 */
export interface StorageForms {
  dense: number;
  bitmask: number;
  csr: number;
  nm?: number;
}

/** Bytes of a checkpoint. Tensors are counted without compression. The rest of `file` is headers, gaps and pickled objects. */
export interface Storage {
  /** Size of the file. For a checkpoint of several files, the sum of their sizes. */
  file: number;
  /** Bytes of the prunable weights as they are stored. */
  weights: number;
  masks: number;
  /** The other tensors of the model, such as biases and buffers. */
  otherTensors: number;
  /** Tensors that do not belong to the model that is shown, such as the state of an optimizer. */
  outside: number;
  /** What the prunable weights would take. */
  forms: StorageForms;
}
