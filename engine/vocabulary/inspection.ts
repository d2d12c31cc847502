/** The results of inspecting and comparing checkpoints. Types only. */
import type { CheckpointRef, LeftOut, MaskRule, Shown, Sparsity, UncountedTensor } from './checkpoint';
import type { LayerStructure, Magnitudes, Storage, StorageForms } from './overview';

/**
 * Statistics of one tensor. Infinities are counted by their sign. `min` to `norm` leave out NaN and infinities. If there is no finite value,
 * `min`, `max` and `mean` are NaN, which JSON writes as null. `norm` is the Euclidean norm.
 */
export interface TensorStatistics {
  name: string;
  dtype: string;
  /** Name of the format of the blocks that were read as float32, such as `Q4_K`. */
  quantization?: string;
  shape: number[];
  count: number;
  zeros: number;
  negatives: number;
  positives: number;
  nans: number;
  infs: number;
  min: number;
  max: number;
  mean: number;
  norm: number;
}

export interface LayerStatistics {
  name: string;
  maskRule: MaskRule;
  /** The axes of the weight in the file (`LayerHeader.layout`). */
  layout: string;
  count: number;
  kept: number;
  /** Fraction of the weights of this layer that are pruned. */
  sparsity: number;
  /** Number of positive and of negative values of weight × mask. */
  positive: number;
  negative: number;
  /** Number of kept weights that are NaN. Absent if there is none. */
  nans?: number;
  structure?: LayerStructure;
  magnitudes?: Magnitudes;
  /** Whether no pruned weight is greater than a kept one. Absent if nothing is pruned or the values of the pruned weights are lost. */
  isMagnitudeMask?: boolean;
  /** What the weights of this layer would take. */
  storage?: StorageForms;
}

export interface Inspection extends Shown {
  file: string;
  format: string;
  tensors: TensorStatistics[];
  /** Tensors that are only listed, because their values cannot be read, such as complex or sparse tensors. */
  uncounted?: UncountedTensor[];
  layers: LayerStatistics[];
  /** NaN if there is no layer. */
  sparsity: Sparsity;
  /** The counts of weights from which `sparsity` is computed. */
  weights: { pruned: number; prunable: number; all: number };
  /** Magnitudes in all layers. Absent if there is no layer. */
  magnitudes?: Magnitudes;
  /**
   * `global`: no pruned weight is greater than a kept one in any layer. `layers`: this is so in each layer, with different thresholds.
   * `none`: not even that. Absent if nothing is pruned or the values of the pruned weights are lost.
   */
  magnitudeMask?: 'global' | 'layers' | 'none';
  storage?: Storage;
}

/** Pairs of layers, or of their weights, that the user has matched by hand: the name in A, the name in B. */
export type NameMap = readonly (readonly [a: string, b: string])[];

/** Describes how the partner of a layer was found in B. */
export interface LayerMatch {
  /** `name`: equal names. `prefix`: equal names without wrappers. `map`: matched by the user. */
  by: 'name' | 'prefix' | 'map';
  /** Name of the layer in B, if it differs from the name in A. */
  nameB?: string;
  /** The prefixes that were ignored in the names, for example `module.` or `model._orig_mod.`. */
  leftA?: string;
  leftB?: string;
  /** The order in which the axes of B were read, if B has another layout: [3, 2, 0, 1] reads HWIO as OIHW. */
  axesB?: number[];
}

export interface LayerComparison {
  /** Name of the layer in A. */
  name: string;
  /** Describes how the partner was found, if its name or its layout differs. */
  match?: LayerMatch;
  count: number;
  keptBoth: number;
  onlyA: number;
  onlyB: number;
  neither: number;
  /** keptBoth / (keptBoth + onlyA + onlyB), or 1 if both checkpoints keep no weight. */
  iou: number;
  /**
   * Counted among the weights kept in both. Two exact zeros have the same sign. If only one of the weights is zero, it counts as neither
   * same nor flipped.
   */
  sameSign: number;
  flipped: number;
  /** sameSign / keptBoth, or 0 if no weight is kept in both. */
  signAgreement: number;
  /**
   * Expected agreement if the signs of B were shuffled among the weights kept in both. For `total`, the signs are shuffled among all
   * layers.
   */
  chanceAgreement: number;
  /** How many standard deviations `sameSign` is above chance (binomial). NaN if it cannot differ from chance. */
  signSigma: number;
  /** IoU by chance: if the mask of B were shuffled within each layer. It depends only on the densities of A and B. */
  chanceIou: number;
  /** How many standard deviations `keptBoth` is above chance (hypergeometric, summed over layers). NaN if it cannot differ from chance. */
  maskSigma: number;
  /**
   * Pearson's correlation of |w| in A and in B among the weights kept in both. NaN if one side does not vary. For `total`, all weights of
   * all layers are correlated together, so layers of different scale raise it.
   */
  magnitudeCorrelation?: number;
}

export interface Comparison {
  a: string;
  b: string;
  layers: LayerComparison[];
  total: LayerComparison;
  /**
   * Layers of one file that have no layer of the same name and shape in the other file, with the reason. `otherShape`: the shape of the
   * layer in the other file, if it is there but its shape does not fit.
   */
  unmatched: { name: string; side: 'a' | 'b'; reason: string; otherShape?: number[] }[];
  /** The rules that chose the layers, and the matrices and masked vectors that they left out. */
  rules: { a: string; b: string };
  leftOut: { a: LeftOut[]; b: LeftOut[] };
  /** The state dicts that are compared, and the files of the masks, if the masks come from other files. */
  states?: { a?: string; b?: string };
  maskFiles?: { a?: string; b?: string };
  /** Sentences about masks that cannot be used, and about damage that was noticed. They name the file. */
  warnings?: string[];
}

/** Rows [y, y + height) and columns [x, x + width) of the picture of a layer. */
export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * A region reduced to at most `maxSize` × `maxSize` cells. Each cell has the means of its weights w.
 *
 * `bytes` (base64) contains the planes one after another, each row-major and little-endian:
 * - For one checkpoint: `kept`, `positive`, `negative`, `nonfinite` (u8), then `weight` (mean w), `magnitude` (mean |w|) (f32).
 * - For two: `same`, `flipped`, `unsigned`, `onlyA`, `onlyB`, `nonfinite` (u8), then `weightA`, `weightB` (mean w) (f32).
 *
 * A u8 plane has the share of such weights × 255. A share above 0 is at least 1 / 255. `unsigned`: weights that both keep, but that have
 * no sign (0 or NaN) in one of them. `nonfinite`: NaN or ±∞. These values are part of a mean only in a cell of one weight.
 */
export interface Picture {
  region: Region;
  width: number;
  height: number;
  planes: { name: string; type: PlaneType }[];
  bytes: string;
}

export type PlaneType = 'u8' | 'f32';

export interface PictureRequest {
  file: CheckpointRef;
  /** A second checkpoint with the same layer. `file` is then A, and this one is B. */
  against?: CheckpointRef;
  /** The checkpoint in which the layer is named `layer`. The picture has its order of axes. Default: `file`. */
  orderOf?: CheckpointRef;
  layer: string;
  /** Pairs of matching names: the name in `orderOf`, and the name in another file. */
  map?: NameMap;
  region: Region;
  /** Greatest number of cells per side, 1 … 1024. */
  maxSize: number;
  /** Whether the planes of mean weights are needed, by default yes. Without them a picture has less than half the bytes. */
  weights?: boolean;
}

/** A layer of a checkpoint. Its name and its order of axes are those in the file `orderOf`. */
export type MarginalsRequest = Pick<PictureRequest, 'file' | 'against' | 'layer' | 'orderOf' | 'map'>;

/**
 * The share of kept weights in each row and column of a layer, in at most 512 bins each. With `against`, a weight counts as kept if either
 * file keeps it.
 */
export interface Marginals {
  rows: number[];
  columns: number[];
}

/** Counts of a layer, or of all layers, in one checkpoint of a series. */
export interface SeriesCounts {
  count: number;
  kept: number;
  /** Number of weights that this checkpoint and the first one keep, and how many of them have another sign. */
  keptSinceFirst: number;
  flippedSinceFirst: number;
  /** The same numbers for this checkpoint and the previous one; 0 for the first checkpoint. */
  keptSincePrevious: number;
  flippedSincePrevious: number;
  /** Number of weights that this checkpoint keeps although the previous one pruned them. */
  regrown: number;
  /** Number of weights that this checkpoint and the initialization keep, and how many have the same sign. Absent without initialization. */
  keptWithInit?: number;
  sameSignAsInit?: number;
}

export interface SeriesCheckpoint {
  file: string;
  total: SeriesCounts;
  /** One entry for each layer in `Series.layers`; null if the checkpoint has no such layer. */
  layers: (SeriesCounts | null)[];
}

/** A series of checkpoints of one network, in order. `layers` are those of the first checkpoint. */
export interface Series {
  init?: string;
  layers: { name: string; count: number }[];
  checkpoints: SeriesCheckpoint[];
  /** Checkpoints in the folder that do not belong to the series. */
  skipped: string[];
  /** Sentences about masks that cannot be used. */
  warnings: string[];
}

export interface SeriesRequest {
  /** One folder, or several checkpoints. */
  targets: string[];
  /** The checkpoint of the initialization. */
  init?: string;
  layers?: string;
  state?: string;
  /** True keeps the order of `targets`. Otherwise the numbers in the names decide. */
  asGiven?: boolean;
}
