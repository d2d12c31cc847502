/** Decides which tensors an exported file has, under which names, and how their bytes are read. */
import { UserError } from '../../errors';
import { quote } from '../../json/strict';
import { sizeOf } from '../../tensors';
import type { ExportForm } from '../../vocabulary/exportForms';
import { sizeOfDtype, type Dtype } from '../dtypes';
import { chooseLayers, maskedLayers, type Layer } from '../layers';
import { readLayer } from '../masks';
import { modelTensors, type CheckpointReader } from '../reader';

export interface ExportedTensor {
  name: string;
  dtype: Dtype;
  shape: readonly number[];
  /** Returns the little-endian, row-major bytes, with one element per 1, 2, 4 or 8 bytes. */
  load(): Promise<Uint8Array>;
  isMask?: boolean;
  /** Name of an earlier tensor that shares the stored numbers of this tensor. */
  tiedTo?: string;
}

/**
 * Returns the tensors of the model in the order and with the dtypes of the file. Forms with masks have the masks that are stored in the file
 * or in its mask file. The forms of PyTorch code that expects a mask also get masks that are implied by exact zeros. Throws UserError if a
 * mask does not fit its weight, or if the form has no place for a mask.
 */
export async function planExport(reader: CheckpointReader, form: ExportForm): Promise<ExportedTensor[]> {
  const { layers: chosen, warnings } = await chooseLayers(reader);
  if (warnings[0] !== undefined)
    throw new UserError(`${reader.file}: ${warnings[0]} All masks must fit to be exported.`);
  const masked = maskedLayers(reader);
  const stored = new Set(masked.map(({ weight }) => weight.name));
  const needsAll = form === 'official' || form === 'torch-prune';
  const implied = needsAll ? chosen.filter(({ weight }) => !stored.has(weight.name)) : [];
  const layerOf = new Map([...masked, ...implied].map((layer) => [layer.weight.name, layer]));
  const masks = new Set(masked.map(({ mask }) => mask?.name));
  const planned = modelTensors(reader).flatMap((tensor): ExportedTensor[] => {
    if (masks.has(tensor.name)) return [];
    const layer = layerOf.get(tensor.name);
    if (layer) return planLayer(reader, layer, form);
    const { name, dtype, shape, tiedTo } = tensor;
    return [{ name, dtype, shape, load: () => reader.bytes(name), ...(tiedTo !== undefined && { tiedTo }) }];
  });
  return needsAll ? afterBiases(planned) : planned;
}

function planLayer(reader: CheckpointReader, layer: Layer, form: ExportForm): ExportedTensor[] {
  const { dtype, shape } = layer.weight;
  const plain = layer.weight.name.replace(/_orig$/, '');
  const name = form === 'torch-prune' ? `${plain}_orig` : plain;
  const load = () => reader.bytes(layer.weight.name);
  if (form === 'folded') return [{ name, dtype, shape, load: () => folded(reader, layer) }];
  const maskOf = async () => (await readLayer(reader, layer)).mask;
  const mask = { shape, isMask: true, name: maskNameIn(form, plain, shape) };
  if (mask.name === undefined)
    throw new UserError(
      `${reader.file}: the official code has no mask for ${quote(plain)}, only for weights of convolutions and linear layers.`,
      {
        advice: {
          terminal: 'Choose another form, such as --as pth or --as folded.',
          window: 'Choose another form, such as pth or folded.',
        },
      },
    );
  const [format, one] = formatIn(form, dtype);
  return [
    { name, dtype, shape, load },
    { ...mask, name: mask.name, dtype: format, load: async () => spread(await maskOf(), one) },
  ];
}

/** Returns the name of the mask of a parameter; undefined if the form has none for it. */
function maskNameIn(form: ExportForm, parameter: string, shape: readonly number[]): string | undefined {
  const [, prefix] = /^(.*\.)?weight$/s.exec(parameter) ?? [undefined, undefined];
  const isWeight = parameter === 'weight' || prefix !== undefined;
  if (form === 'official') return isWeight && shape.length > 1 ? `${prefix ?? ''}fixed_m` : undefined;
  return isWeight && form !== 'torch-prune' ? `${prefix ?? ''}mask` : `${parameter}_mask`;
}

const ONE: Partial<Record<Dtype, readonly number[]>> = {
  float64: [0, 0, 0, 0, 0, 0, 0xf0, 0x3f],
  float32: [0, 0, 0x80, 0x3f],
  float16: [0, 0x3c],
  bfloat16: [0x80, 0x3f],
};

/** Returns the dtype of masks and its bytes of the number 1. Masks of torch.nn.utils.prune have the dtype of their weight. */
function formatIn(form: ExportForm, weight: Dtype): [Dtype, readonly number[]] {
  const float = form === 'official' ? 'float32' : form === 'torch-prune' ? weight : 'uint8';
  const one = ONE[float];
  return one ? [float, one] : ['uint8', [1]];
}

/** Returns the bytes of a mask with another size of elements. */
function spread(mask: Uint8Array, one: readonly number[]): Uint8Array {
  if (one.length === 1) return mask;
  const bytes = new Uint8Array(mask.length * one.length);
  mask.forEach((bit, i) => {
    if (bit) bytes.set(one, i * one.length);
  });
  return bytes;
}

/** Returns the bytes of a weight with zeros where the mask is 0. In every format with a zero, its bytes are 0. */
async function folded(reader: CheckpointReader, layer: Layer): Promise<Uint8Array> {
  const { mask } = await readLayer(reader, layer);
  const bytes = await reader.bytes(layer.weight.name);
  const size = sizeOfDtype(layer.weight.dtype);
  mask.forEach((bit, i) => {
    if (!bit) bytes.fill(0, i * size, (i + 1) * size);
  });
  return bytes;
}

/** Puts each mask after the bias of its module, as PyTorch does, because a mask is registered after the parameters of the module. */
function afterBiases(tensors: readonly ExportedTensor[]): ExportedTensor[] {
  const ordered: ExportedTensor[] = [];
  let waiting: ExportedTensor | undefined;
  for (const tensor of tensors) {
    if (waiting && moduleOf(tensor) === moduleOf(waiting) && tensor.name.endsWith('bias')) {
      ordered.push(tensor, waiting);
      waiting = undefined;
      continue;
    }
    if (waiting) ordered.push(waiting);
    waiting = tensor.isMask ? tensor : undefined;
    if (!tensor.isMask) ordered.push(tensor);
  }
  return waiting ? [...ordered, waiting] : ordered;
}

function moduleOf({ name }: ExportedTensor): string {
  return name.slice(0, name.lastIndexOf('.') + 1);
}

export function bytesOf({ dtype, shape }: Pick<ExportedTensor, 'dtype' | 'shape'>): number {
  return sizeOf(shape) * sizeOfDtype(dtype);
}
