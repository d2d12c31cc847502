/** The content of the header of a checkpoint. Types only. */

/** The pruned fraction of the prunable weights, and of all parameters. */
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

/** A checkpoint file, and the choices of the user for it. */
export interface CheckpointChoice {
  file: string;
  /** Which layers are prunable: `default`, `official`, `matrices`, `decoder`, or a pattern of names. */
  layers?: string;
  /** Path of a file with masks, which replace the masks in `file` or in a mask file next to it. */
  mask?: string;
  /** The path of the state dict to show, such as `ema`, if the file has several. */
  state?: string;
}

/** What is shown of a file, and what else it has. */
export interface Shown {
  /** The rule that chose the layers: `default`, `official`, `matrices`, `decoder`, or a pattern. */
  rule: string;
  /** Matrices and masked vectors that it left out. They are parameters, but not prunable. */
  leftOut: LeftOut[];
  /** The path of the state dict that is shown, if the file has such a path. */
  state?: string;
  /** The paths of the state dicts in the file, if there are others than the one that is shown. */
  states?: string[];
  /** The file that the masks are from, if it is another one. */
  maskFile?: string;
  /** Sentences about masks that cannot be used, and about damage that was noticed. */
  warnings?: string[];
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

/** A tensor that is only listed, because its values cannot be read, such as a complex or sparse tensor. */
export interface UncountedTensor extends TensorHeader {
  /** The reason why its values cannot be read, if `dtype` does not show the reason. */
  reason?: string;
}

/**
 * A prunable tensor laid out as a picture. In PyTorch's order a row is one output, and the columns are in·kh·kw. In that of Keras and Flax
 * the columns are the outputs.
 */
export interface LayerHeader extends LayerShape {
  maskRule: MaskRule;
  /**
   * The axes of the weight in the file: O outputs, I inputs, D H W the positions in the kernel. PyTorch has OI and OIHW, Keras and Flax have
   * IO and HWIO. In a depthwise kernel (HWIM) every input has M outputs.
   */
  layout: string;
  rows: number;
  columns: number;
  /** Description of the axes, for example “out 64 × in·3·3”. */
  axes: string;
}

/** A checkpoint as far as its header describes it. */
export interface CheckpointHeader extends Shown {
  file: string;
  /** Displayed name, which differs from equally named checkpoints of other runs: “aws/round-03”. */
  label: string;
  format: string;
  metadata: Record<string, string>;
  tensors: TensorHeader[];
  layers: LayerHeader[];
  /** The run directory that contains the file, and the checkpoints of the initialization and the previous round, if they exist. */
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
