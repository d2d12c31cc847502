/** The naming conventions of common tools for masks, weights and buffers. */
import type { MaskRule } from '../vocabulary/checkpoint';

export interface MaskName {
  maskRule: MaskRule;
  /** Name of the layer: the name of the parameter without `.weight`. */
  layer: string;
  /** Possible names of the masked parameter, the most common first. */
  parameters: string[];
}

/** Matches the weight that a layer is named after: `conv1.weight` is in layer `conv1`, `params/Dense_0/kernel` in `params/Dense_0`. */
const MAIN = /^(?:(.*)[./])?(?:weight|weights|kernel)(?::0)?$/s;

/** Returns the name of a parameter's layer. The name `weight` without a prefix is also the name of the layer. */
export function layerNameOf(parameter: string): string {
  return MAIN.exec(parameter)?.[1] ?? parameter;
}

/** Whether a layer is named after this parameter. torch.nn.utils.prune renames such a parameter to `weight_orig`. */
export function isMainName(parameter: string): boolean {
  return MAIN.test(parameter.replace(/_orig$/, ''));
}

/** Whether a name ends like that of a prunable weight: with `weight`, `weights`, `kernel`, or a matrix name of LSTM or attention layers. */
export function isMainParameter(name: string): boolean {
  return MAIN.test(name) || /(^|[./])(weight_(ih|hh)_l\d+(_reverse)?|in_proj_weight)$/.test(name);
}

/** Returns the layer and the parameter that a mask with this name belongs to. Returns undefined if no mask is named like this. */
export function maskNameOf(name: string): MaskName | undefined {
  // Names of Winning Sign, TurboPrune and the official AWS code. In a file with a single module, the names have no prefix.
  const [, prefix = '', leaf] = /^(.*\.)?(mask|fixed_m)$/s.exec(name) ?? [];
  if (leaf !== undefined) return named(leaf as MaskRule, [`${prefix}weight`]);
  // Names of three tools: torch.nn.utils.prune, Synaptic-Flow (does not rename the parameter) and NNI (wraps the module).
  const [, path = '', parameter] = /^(.*\.)?([^.]+)_mask$/s.exec(name) ?? [];
  if (parameter !== undefined)
    return named('weight_mask', [`${path}${parameter}_orig`, `${path}${parameter}`, `${path}module.${parameter}`]);
  // open_lth
  const [, outer = '', inner] = /^(.*\.)?mask_([^.]+)$/s.exec(name) ?? [];
  if (inner?.includes('___') === true) {
    const path = `${outer}${inner.replaceAll('___', '.')}`;
    return named('open_lth', [path, `model.${path}`]);
  }
  // Names of TensorFlow Model Optimization. Its later versions write the name of the parameter before `_mask`.
  const [, folder, number] = /^(.*\/)mask(?:_(\d+))?(?::0)?$/s.exec(name) ?? [];
  if (folder !== undefined) {
    const kernels = number === undefined ? KERNELS : ['recurrent_kernel'];
    return named(
      'tfmot',
      kernels.flatMap((kernel) => [`${folder}${kernel}:0`, `${folder}${kernel}`]),
    );
  }
  const [, masked] = /^(.+?)(?::0)?_mask:0$/s.exec(name) ?? [];
  return masked === undefined ? undefined : named('tfmot', [`${masked}:0`, masked]);
}

/** Names of the parameters that the wrapper of TensorFlow Model Optimization prunes. Each kind of layer has one of them. */
const KERNELS = ['kernel', 'depthwise_kernel', 'pointwise_kernel', 'embeddings'];

function named(maskRule: MaskRule, parameters: string[]): MaskName {
  return { maskRule, parameters, layer: layerNameOf(parameters[0]!.replace(/_orig$/, '')) };
}

/** Whether a tensor with this name is not trained: running statistics, counters, masks and their thresholds. */
export function isBuffer(name: string): boolean {
  return BUFFER.test(name) || OF_PRUNING.test(name);
}

/** Whether a tensor with this name belongs to an optimizer, which may name its tensors after the weights: `optimizer/momentum/fc.weight`. */
export function isOptimizerState(name: string): boolean {
  return /^optimizer(_weights|_state|_states|_state_dict)?[./]/.test(name);
}

/** Masks, and the thresholds and counters of TensorFlow Model Optimization. */
const OF_PRUNING =
  /(^|[./])((mask|threshold)(_\d+)?|fixed_m|pruning_step)(:0)?$|_mask(:0)?$|(:0_threshold(:0)?|_threshold:0)$|(^|\.)mask_/;

/** Matches the running statistics of normalization in PyTorch and in Keras, and PyTorch's batch counter. */
const BUFFER = /(^|[./])(running_mean|running_var|num_batches_tracked|moving_mean(:0)?|moving_variance(:0)?)$/;
