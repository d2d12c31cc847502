/** Converts between a checkpoint file and a network in memory. */
import { crc32 } from 'node:zlib';
import { UserError } from '../errors';
import { layerNameOf, sizeOf, weightNameOf, type HostTensor, type Masks, type NetworkState } from '../tensors';
import type { CheckpointRef } from '../vocabulary/checkpoint';
import { isFloat, sizeOfDtype } from './dtypes';
import { chooseLayers, parameterOf, type Layer } from './layers';
import { readLayer } from './masks';
import { EDITED } from './ownChecksum';
import { choiceOf, withCheckpoint, type Opening } from './open';
import { modelTensors, readValues, type CheckpointReader, type StoredTensor } from './reader';

/** Prefix of the optimizer's tensors in the saved state of a run. */
export const OPTIMIZER = 'optimizer/';

/**
 * Reads a whole checkpoint. Converts floats and the weights of layers to float32, and other integers to int64. Renames `X.weight_orig` to
 * `X.weight`. Every layer gets a mask. If the file has no mask for a layer, the mask removes the weights that are exactly 0.
 */
export async function readNetworkState(
  ref: CheckpointRef,
  opening?: Opening,
): Promise<{ state: NetworkState; metadata: Record<string, string> }> {
  const { file } = choiceOf(ref);
  const read = async (reader: CheckpointReader) => {
    checkSize(reader);
    const { layers, warnings } = await chooseLayers(reader);
    if (warnings[0] !== undefined) throw new UserError(`${file}: ${warnings[0]} All masks of a network must fit.`);
    const state: NetworkState = { tensors: new Map(), masks: new Map() };
    const layerOf = new Map(layers.map((layer) => [layer.weight.name, layer]));
    const maskNames = new Set(layers.map((layer) => layer.mask?.name));
    for (const tensor of modelTensors(reader)) {
      const layer = layerOf.get(tensor.name);
      if (layer) await loadLayer(reader, layer, state);
      else if (!maskNames.has(tensor.name)) state.tensors.set(tensor.name, await readTensor(reader, tensor));
    }
    checkSum(reader, state);
    return { state, metadata: reader.metadata };
  };
  return withCheckpoint(ref, read, { ...opening, masksAsWeights: true });
}

/** Returns a checksum of all tensors and masks with their names. It is a sum of CRC-32 values, so the order does not matter. */
export function checksumOf(tensors: ReadonlyMap<string, HostTensor>): string {
  let sum = 0;
  for (const [name, { data }] of tensors)
    sum = (sum + crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), crc32(name))) >>> 0;
  return String(sum);
}

/** Throws UserError if the checksum in the metadata is wrong. Checkpoints of Winning Sign have a checksum since version 0.2. */
function checkSum({ file, metadata }: CheckpointReader, state: NetworkState): void {
  const { format, checksum } = metadata;
  if (checksum === undefined || !format?.startsWith('winning-sign') || checksum === checksumOf(tensorsWithMasks(state)))
    return;
  throw new UserError(`${file} is corrupt (checksum mismatch). ${EDITED}`);
}

const LARGEST_STATE = 4e9;

function checkSize(reader: CheckpointReader): void {
  const bytes = modelTensors(reader).reduce((sum, { dtype, shape }) => sum + sizeOf(shape) * sizeOfDtype(dtype), 0);
  if (bytes <= LARGEST_STATE) return;
  const size = (bytes / 1e9).toFixed(1);
  throw new UserError(
    `${reader.file} has ${size} GB of tensors. Only networks of up to 4 GB can be trained or interpolated.`,
  );
}

/** Returns the tensors for `writeSafetensors`: each weight is followed by its mask, named `X.mask`, or `in_proj_weight_mask` as in PyTorch. */
export function tensorsWithMasks({ tensors, masks }: NetworkState): Map<string, HostTensor> {
  return new Map(
    [...tensors].flatMap(([name, tensor]): [string, HostTensor][] => {
      const layer = layerNameOf(name);
      const mask = masks.get(layer);
      if (!mask || name !== weightNameOf(layer)) return [[name, tensor]];
      return [
        [name, tensor],
        [name === layer ? `${name}_mask` : `${layer}.mask`, { dtype: 'U8', shape: tensor.shape, data: mask }],
      ];
    }),
  );
}

async function loadLayer(
  reader: CheckpointReader,
  layer: Layer,
  state: { tensors: Map<string, HostTensor>; masks: Masks },
) {
  const { weights, mask } = await readLayer(reader, layer);
  state.masks.set(layer.name, mask);
  state.tensors.set(parameterOf(layer), { dtype: 'F32', shape: layer.shape, data: toFloat32(weights) });
}

async function readTensor(reader: CheckpointReader, tensor: StoredTensor): Promise<HostTensor> {
  const { dtype, shape } = tensor;
  if (isFloat(dtype)) return { dtype: 'F32', shape, data: toFloat32(await readValues(reader, tensor)) };
  if (dtype === 'int64') {
    return { dtype: 'I64', shape, data: new BigInt64Array((await reader.bytes(tensor.name)).buffer) };
  }
  const values = await readValues(reader, tensor);
  return { dtype: 'I64', shape, data: BigInt64Array.from(values, BigInt) };
}

function toFloat32(values: Float32Array | Float64Array): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}
