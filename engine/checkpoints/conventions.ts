/** How tools name the mask of a parameter. */
import type { MaskRule } from '../vocabulary/checkpoint';

export interface MaskName {
  maskRule: MaskRule;
  /** Name of the layer: the name of the parameter without `.weight`. */
  layer: string;
  /** Names under which the parameter may be, the most usual first. */
  parameters: string[];
}

/** Names of parameters that give their layer its name: `conv1.weight` is layer `conv1`, `params/Dense_0/kernel` layer `params/Dense_0`. */
const MAIN = /^(?:(.*)[./])?(?:weight|weights|kernel)(?::0)?$/s;

/** Returns the layer of a parameter. That of a lone module is `weight`. */
export function layerNameOf(parameter: string): string {
  return MAIN.exec(parameter)?.[1] ?? parameter;
}

/** Whether a parameter gives its layer its name; masks of torch.nn.utils.prune rename it to `weight_orig`. */
export function isMainName(parameter: string): boolean {
  return MAIN.test(parameter.replace(/_orig$/, ''));
}

/** Whether a name is that of a matrix that is pruned, by its last part: `weight`, `weights`, `kernel`, or one of an LSTM or of attention. */
export function isMainParameter(name: string): boolean {
  return MAIN.test(name) || /(^|[./])(weight_(ih|hh)_l\d+(_reverse)?|in_proj_weight)$/.test(name);
}

/** Returns the parameter that a tensor of this name masks; undefined if the name is not that of a mask. */
export function maskNameOf(name: string): MaskName | undefined {
  // Our own; TurboPrune; the official AWS code; the module itself without a prefix
  const [, prefix = '', leaf] = /^(.*\.)?(mask|fixed_m)$/s.exec(name) ?? [];
  if (leaf !== undefined) return named(leaf as MaskRule, [`${prefix}weight`]);
  // torch.nn.utils.prune; Synaptic-Flow, which keeps the name; NNI, which wraps the module
  const [, path = '', parameter] = /^(.*\.)?([^.]+)_mask$/s.exec(name) ?? [];
  if (parameter !== undefined)
    return named('weight_mask', [`${path}${parameter}_orig`, `${path}${parameter}`, `${path}module.${parameter}`]);
  // open_lth
  const [, outer = '', inner] = /^(.*\.)?mask_([^.]+)$/s.exec(name) ?? [];
  if (inner?.includes('___') === true) {
    const path = `${outer}${inner.replaceAll('___', '.')}`;
    return named('open_lth', [path, `model.${path}`]);
  }
  // The wrapper of TensorFlow's model optimization
  const [, folder] = /^(.*\/)mask(?::0)?$/s.exec(name) ?? [];
  return folder === undefined ? undefined : named('tfmot', [`${folder}kernel:0`, `${folder}kernel`]);
}

function named(maskRule: MaskRule, parameters: string[]): MaskName {
  return { maskRule, parameters, layer: layerNameOf(parameters[0]!.replace(/_orig$/, '')) };
}

/** Whether a tensor is no parameter, by its name: statistics, counters, masks and what belongs to them. */
export function isBuffer(name: string): boolean {
  return BUFFER.test(name) || /(^|[./])(mask|fixed_m|threshold|pruning_step)(:0)?$|_mask$|(^|\.)mask_/.test(name);
}

/** Running statistics of normalization in PyTorch and in Keras, and the number of batches. */
const BUFFER = /(^|[./])(running_mean|running_var|num_batches_tracked|moving_mean(:0)?|moving_variance(:0)?)$/;
