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
 * How the mask of a layer was found. `mask`, `fixed_m`, `weight_mask`, `open_lth` and `tfmot` are naming conventions: `X.mask`,
 * `X.fixed_m`, `X.NAME_mask`, `mask_X___NAME` and `mask:0`. `bitmask`: `X.bitmask` next to compressed values. `file`: a separate file with
 * masks. `zeros`: exact zeros count as pruned. `none`: nothing is pruned. `quantized`: zeros may be small weights that were rounded, so
 * they do not count as pruned.
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

/** Describes which part of a file is shown, and what was left out. */
export interface Shown {
  /** The rule that chose the layers: `default`, `official`, `matrices`, `decoder`, or a pattern. */
  rule: string;
  /** Matrices and masked vectors that the rule left out. They are parameters, but not prunable. */
  leftOut: LeftOut[];
  /** The path of the state dict that is shown, if the file has such a path. */
  state?: string;
  /** The paths of all state dicts in the file, if there are more than the one that is shown. */
  states?: string[];
  /** Path of the file with the masks, if the masks come from another file. */
  maskFile?: string;
  /** Sentences about masks that cannot be used, and about damage that was noticed. */
  warnings?: string[];
}

/** A checkpoint: its path, or an object with its path and the choices of the user. */
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
 * A prunable tensor laid out as a picture. In PyTorch's order, a row has the weights of one output (in·kh·kw). In the order of Keras and
 * Flax, a column has the weights of one output.
 */
export interface LayerHeader extends LayerShape {
  maskRule: MaskRule;
  /**
   * The axes of the weight in the file by letters: O for outputs, I for inputs, and D, H, W for the positions in the kernel. PyTorch has OI
   * and OIHW, Keras and Flax have IO and HWIO. A depthwise kernel (HWIM) has M outputs for every input.
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
  /** Displayed name, for example “aws/round-03”. It contains the run, because checkpoints of several runs have equal names. */
  label: string;
  format: string;
  metadata: Record<string, string>;
  tensors: TensorHeader[];
  layers: LayerHeader[];
  /** Weights that do not count as layers here, but do beside a checkpoint that prunes them. Absent if there are none. */
  dense?: LayerHeader[];
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
