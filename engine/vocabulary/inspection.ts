/** What inspection and comparison find in checkpoints. Types only. */
import type { MaskRule, Sparsity, TensorHeader } from './checkpoint';

/**
 * Count, sign and norm of one tensor. Infinities have a sign; NaN, and they, are left out of `min` … `norm`. Without a finite value
 * `min`, `max` and `mean` are NaN, which JSON writes as null. `norm` is the Euclidean one.
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
  /** Of this layer's weights. */
  sparsity: number;
  /** Signs of weight × mask. */
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
  /** keptBoth / (keptBoth + onlyA + onlyB); 1 where nothing is kept in either. */
  iou: number;
  /** Of the weights kept in both; exact zeros in both are the same, a zero in one alone is neither the same nor flipped. */
  sameSign: number;
  flipped: number;
  /** sameSign / keptBoth; 0 where nothing is kept in both. */
  signAgreement: number;
  /** Agreement expected if the signs of B were shuffled among the weights kept in both (of `total`: of all layers together). */
  chanceAgreement: number;
}

export interface Comparison {
  a: string;
  b: string;
  layers: LayerComparison[];
  total: LayerComparison;
  /** Layers of one file without a partner of the same name and shape in the other, each with the reason. */
  unmatched: { name: string; side: 'a' | 'b'; reason: string }[];
}

/** Rows [y, y + height) and columns [x, x + width) of a layer's picture. */
export interface Region {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * A region reduced to at most `maxSize` × `maxSize` cells, each the mean over the weights it covers.
 * `bytes` (base64) holds the planes one after another, each row-major, little-endian:
 * of one checkpoint  `kept`, `positive`, `negative` (u8, share × 255), then `weight`, `magnitude` (f32: mean stored w, mean |w|);
 * of two             `same`, `flipped`, `onlyA`, `onlyB` (u8, share × 255), then `weightA`, `weightB` (f32: mean stored w).
 */
export interface Picture {
  region: Region;
  width: number;
  height: number;
  planes: { name: string; type: 'u8' | 'f32' }[];
  bytes: string;
}

/** Kept share of each row and column of a layer, reduced to at most 512 bins each. */
export interface Marginals {
  rows: number[];
  columns: number[];
}
