/** The description of a checkpoint from its header. Types only. */

/** Pruned weights as a fraction of the prunable weights, and as a fraction of all parameters. */
export interface Sparsity {
  prunable: number;
  all: number;
}

export interface LayerShape {
  name: string;
  shape: number[];
  count: number;
}

/** Where the mask of a layer is: `X.mask`, `X.fixed_m` or `X.weight_mask`. `zeros`: exact zeros count as pruned. `none`: nothing is pruned. */
export type MaskRule = 'mask' | 'fixed_m' | 'weight_mask' | 'zeros' | 'none';

export interface TensorHeader {
  name: string;
  dtype: string;
  shape: number[];
}

/** A prunable tensor as a picture, with a row for each output and in·kh·kw columns. */
export interface LayerHeader extends LayerShape {
  maskRule: MaskRule;
  rows: number;
  columns: number;
  /** Description of the axes, for example “out 64 × in·3·3”. */
  axes: string;
}

/** The description of a checkpoint; only its header is read. */
export interface CheckpointHeader {
  file: string;
  /** Label with the run, for example “aws/round-03”. */
  label: string;
  format: string;
  metadata: Record<string, string>;
  tensors: TensorHeader[];
  layers: LayerHeader[];
  /** The run directory of the file, with its initialization and the checkpoint of the previous round, if they exist. */
  run?: { directory: string; name: string; round?: number; initialization?: string; previous?: string };
}
