/** What the header of a checkpoint says. Types only. */

/** A fraction pruned with both denominators: the prunable weights, and all parameters. */
export interface Sparsity {
  prunable: number;
  all: number;
}

export interface LayerShape {
  name: string;
  shape: number[];
  count: number;
}

/**
 * Where a layer's mask was found: `X.mask`, `X.fixed_m`, `X.NAME_mask`, `mask_X___NAME` (open_lth), `mask:0` (tfmot), `X.bitmask` beside
 * compressed values, a `file` of masks; `zeros` takes exact
 * zeros as pruned; `none`: nothing is pruned; `quantized`: zeros may be small weights that were rounded, so they do not count as pruned.
 */
export type MaskRule =
  'mask' | 'fixed_m' | 'weight_mask' | 'open_lth' | 'tfmot' | 'bitmask' | 'file' | 'zeros' | 'none' | 'quantized';

/** A checkpoint file, and what to show of it. */
export interface CheckpointChoice {
  file: string;
  /** Which layers are prunable: `default`, `official`, `matrices`, `decoder`, or a pattern of names. */
  layers?: string;
  /** A file with the masks, instead of masks in `file` or beside it. */
  mask?: string;
}

/** A checkpoint by its path, or with choices. */
export type CheckpointRef = string | CheckpointChoice;

/** A candidate that the rule does not count as a prunable layer. */
export interface LeftOut extends LayerShape {
  reason: string;
}

export interface TensorHeader {
  name: string;
  dtype: string;
  shape: number[];
}

/** A tensor that is listed and not counted, such as a complex, quantized or sparse one. */
export interface UncountedTensor extends TensorHeader {
  /** Why it is not counted, if its dtype does not say so. */
  reason?: string;
}

/** A prunable tensor laid out as a picture: one row an output, columns in·kh·kw. */
export interface LayerHeader extends LayerShape {
  maskRule: MaskRule;
  rows: number;
  columns: number;
  /** What the axes are: “out 64 × in·3·3”. */
  axes: string;
}

/** Read from the header alone. */
export interface CheckpointHeader {
  file: string;
  /** For a person, told from its namesakes in other runs: “aws/round-03”. */
  label: string;
  format: string;
  metadata: Record<string, string>;
  tensors: TensorHeader[];
  layers: LayerHeader[];
  /** The rule that chose the layers: `default`, `official`, `matrices`, `decoder`, or a pattern. */
  rule: string;
  /** Matrices and masked vectors that it left out. */
  leftOut: LeftOut[];
  /** The file that the masks are from, if it is another one. */
  maskFile?: string;
  /** Sentences about masks that cannot be used. */
  warnings?: string[];
  /** The run directory the file lies in, and its initialization and previous round, when there are such. */
  run?: { directory: string; name: string; round?: number; initialization?: string; previous?: string };
}

/** A commit that changed a file. */
export interface Revision {
  commit: string;
  /** Abbreviated commit. */
  short: string;
  /** ISO 8601. */
  date: string;
  author: string;
  subject: string;
}
