/** Lines of Python that load the masks of a checkpoint into a PyTorch network. */
import type { CheckpointHeader, LayerHeader } from '../../../engine/protocol';

/** How the tensors of a file are loaded, by its format. */
const LOADERS: Record<string, { imports: string[]; load: (file: string, state?: string) => string[] }> = {
  safetensors: {
    imports: ['from safetensors.torch import load_file'],
    load: (file) => [`tensors = load_file(${file})`],
  },
  pytorch: {
    imports: ['import torch'],
    load: (file, state) => [
      `tensors = torch.load(${file}, map_location="cpu", weights_only=True)`,
      ...(state === undefined ? [] : state.split('.').map((key) => `tensors = tensors[${quoted(key)}]`)),
    ],
  },
  npz: {
    imports: ['import numpy as np', 'import torch'],
    load: (file) => [`tensors = {name: torch.from_numpy(array) for name, array in np.load(${file}).items()}`],
  },
};

/** Returns the lines. Undefined if the format or the masks have no short form in PyTorch. */
export function pythonOf(header: CheckpointHeader): string | undefined {
  const loader = LOADERS[header.format];
  if (!loader || header.maskFile !== undefined) return undefined;
  const masks = header.layers.map((layer) => ({ layer, mask: maskOf(layer, header) }));
  if (masks.some(({ mask }) => mask === undefined)) return undefined;
  return [
    ...loader.imports,
    'from torch.nn.utils import prune',
    '',
    ...loader.load(quoted(header.file), header.state),
    'masks = {',
    ...masks.map(({ layer, mask }) => `    (${parameterOf(layer)}): ${mask},`),
    '}',
    'for (module, parameter), mask in masks.items():  # "model" is your network',
    '    prune.custom_from_mask(model.get_submodule(module), parameter, mask)',
    '',
  ].join('\n');
}

/** Returns the expression of a layer's mask. Undefined if the stored mask has another shape, such as one value for each filter. */
function maskOf({ name, maskRule, shape }: LayerHeader, { tensors }: CheckpointHeader): string | undefined {
  const shapes = new Map(tensors.map((tensor) => [tensor.name, tensor.shape]));
  const stored = (candidates: string[]) => {
    const found = candidates.find((candidate) => shapes.has(candidate));
    return found !== undefined && shapes.get(found)!.join() === shape.join() ? found : undefined;
  };
  const dotted = name === '' ? '' : `${name}.`;
  const weight = stored([`${dotted}weight`, `${dotted}weight_orig`, name]);
  switch (maskRule) {
    case 'zeros':
    case 'none':
      return weight && `tensors[${quoted(weight)}] != 0`;
    case 'mask':
    case 'fixed_m':
      return booleanOf(stored([`${dotted}${maskRule}`, `${name.replace(/(^|\.)weight$/, '$1')}${maskRule}`]));
    case 'weight_mask':
      return booleanOf(stored([`${dotted}weight_mask`, `${name}_mask`]));
    case 'open_lth':
      return booleanOf(stored([`mask_${name.replace(/^model\./, '').replaceAll('.', '___')}___weight`]));
    default:
      return undefined;
  }
}

function booleanOf(tensor: string | undefined): string | undefined {
  return tensor === undefined ? undefined : `tensors[${quoted(tensor)}].bool()`;
}

/** Returns the module and the parameter of a layer: a layer that is no `X.weight` has the name of its parameter. */
function parameterOf({ name }: LayerHeader): string {
  const [, module = '', parameter] = /^(?:(.*)\.)?((?:weight|bias)\w*|in_proj_weight)$/s.exec(name) ?? [];
  return parameter === undefined ? `${quoted(name)}, "weight"` : `${quoted(module)}, ${quoted(parameter)}`;
}

/** Returns a string literal of Python. JSON has the same escapes. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
