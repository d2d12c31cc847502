/** The results of inspecting and comparing checkpoints. Types only. */
import type { MaskRule, Sparsity, TensorHeader } from './checkpoint';

/**
 * Statistics of one tensor. Infinities are counted by their sign. `min` to `norm` leave out NaN and infinities. If there is no finite value,
 * `min`, `max` and `mean` are NaN, which JSON writes as null. `norm` is the Euclidean norm.
 */
export interface TensorStatistics {
  name: string;
  dtype: string;
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
  count: number;
  kept: number;
  /** Fraction of the weights of this layer that are pruned. */
  sparsity: number;
  /** Numbers of signs of weight × mask. */
  positive: number;
  negative: number;
}

export interface Inspection {
  file: string;
  format: string;
  tensors: TensorStatistics[];
  /** Tensors that are listed and not counted, such as complex, quantized or sparse ones. */
  uncounted?: TensorHeader[];
  layers: LayerStatistics[];
  sparsity: Sparsity;
}

export interface LayerComparison {
  name: string;
  count: number;
  keptBoth: number;
  onlyA: number;
  onlyB: number;
  neither: number;
  /** keptBoth / (keptBoth + onlyA + onlyB); 1 if nothing is kept in either. */
  iou: number;
  /** Counted among the weights kept in both. Exact zeros in both are the same. A zero in only one is neither the same nor flipped. */
  sameSign: number;
  flipped: number;
  /** sameSign / keptBoth; 0 if nothing is kept in both. */
  signAgreement: number;
  /** Expected agreement if the signs of B were shuffled among the weights kept in both. For `total`, they are shuffled among all layers. */
  chanceAgreement: number;
}

export interface Comparison {
  a: string;
  b: string;
  layers: LayerComparison[];
  total: LayerComparison;
  /** Layers of one file that have no layer of the same name and shape in the other file, with the reason. */
  unmatched: { name: string; side: 'a' | 'b'; reason: string }[];
}

/** Rows [y, y + height) and columns [x, x + width) of the picture of a layer. */
export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * A region reduced to at most `maxSize` × `maxSize` cells. A cell has the means of its weights.
 * `bytes` (base64) contains the planes one after another, each row-major and little-endian:
 * for one checkpoint  `kept`, `positive`, `negative` (u8, share × 255), then `weight`, `magnitude` (f32: mean stored w, mean |w|);
 * for two             `same`, `flipped`, `onlyA`, `onlyB` (u8, share × 255), then `weightA`, `weightB` (f32: mean stored w).
 */
export interface Picture {
  region: Region;
  width: number;
  height: number;
  planes: { name: string; type: 'u8' | 'f32' }[];
  bytes: string;
}

/** The share of kept weights in each row and column of a layer, in at most 512 bins each. */
export interface Marginals {
  rows: number[];
  columns: number[];
}
