/** Makes one pass over a checkpoint: statistics of every tensor, and the signs of every layer under its mask. */
import type { TensorStatistics } from '../vocabulary/inspection';
import { decode } from '../checkpoints/dtypes';
import type { Layer } from '../checkpoints/layers';
import { binaryMask } from '../checkpoints/masks';
import type { CheckpointReader, StoredTensor } from '../checkpoints/reader';
import { sizeOf } from '../tensors';
import { prefetch, rangesOf } from './chunks';
import { isVectorial, PIECE, slotsInTurn, withWorkspace, type Room } from './pieces';
import type { Workspace } from './simd/workspace';
import { countSigns, type SignCount } from './states';
import { startTally, type Tally } from './statistics';

/** A range of a tensor. If the tensor is a weight with a mask, `layer` is set and the same range of the mask is read too. */
interface Part {
  tensor: StoredTensor;
  layer?: (Layer & { mask: StoredTensor }) | undefined;
  from: number;
  to: number;
}

interface Piece extends Part {
  bytes: Uint8Array;
  maskBytes?: Uint8Array | undefined;
  /** The slot for the range, if the kernels can process it. */
  room?: Room | undefined;
}

export interface Scanned {
  tensors: Map<string, TensorStatistics>;
  /** Sign counts of the layers that have a mask, by name. */
  signs: Map<string, SignCount>;
}

/** Scans a checkpoint. Reads every byte once, and masks together with their weights. */
export function scan(reader: CheckpointReader, layers: Layer[]): Promise<Scanned> {
  return withWorkspace(reader.tensors, (workspace) => scanIn(workspace, reader, layers));
}

async function scanIn(workspace: Workspace | undefined, reader: CheckpointReader, layers: Layer[]): Promise<Scanned> {
  const tensors = new Map<string, TensorStatistics>();
  const signs = new Map<string, SignCount>();
  const tallies = new Map<string, Tally>(); // only for tensors that are partly read, because the tally of a 16-bit tensor is large
  const tallyOf = (tensor: StoredTensor) => {
    const tally = tallies.get(tensor.name) ?? startTally(tensor);
    tallies.set(tensor.name, tally);
    return tally;
  };
  for await (const piece of prefetch(partsOf(reader, layers), readPart(reader, workspace))) {
    const { tensor, layer, from, to } = piece;
    const counted = addByKernel(piece, tallyOf(tensor)) ?? addByValue(reader.file, piece, tallyOf(tensor));
    if (layer && counted) {
      signs.set(layer.name, sumOf(signs.get(layer.name), counted));
      const tally = tallyOf(layer.mask);
      if (tally.addBinary) tally.addBinary(to - from - counted.kept, counted.kept);
      else tally.add(piece.maskBytes!);
    }
    if (to < sizeOf(tensor.shape)) continue;
    for (const [name, tally] of tallies) tensors.set(name, tally.statistics());
    tallies.clear();
  }
  return { tensors, signs };
}

/**
 * Adds a piece with the vector kernels. Returns the counts of signs under the mask, or zeros if there is no mask. Returns undefined if the
 * kernels cannot process the piece.
 */
function addByKernel({ room, from, to, maskBytes }: Piece, tally: Tally): SignCount | undefined {
  const sums = room?.workspace.sumFinite(room.slot, to - from, maskBytes !== undefined);
  if (!sums) return undefined;
  tally.addFinite!(sums);
  const { kept, keptZeros, keptNegatives } = sums;
  return { kept, positive: kept - keptZeros - keptNegatives, negative: keptNegatives };
}

function addByValue(file: string, { tensor, layer, bytes, maskBytes }: Piece, tally: Tally): SignCount | undefined {
  tally.add(bytes);
  if (!layer || !maskBytes) return undefined;
  return countSigns({ weights: decode(tensor.dtype, bytes), mask: binaryMask(file, layer, maskBytes) });
}

function readPart(reader: CheckpointReader, workspace: Workspace | undefined): (part: Part) => Promise<Piece> {
  const next = workspace && slotsInTurn(workspace);
  return async (part) => {
    const { tensor, layer, from, to } = part;
    if (!next || !isVectorial(tensor, layer?.mask)) {
      const [bytes, maskBytes] = await Promise.all([
        reader.bytes(tensor.name, from, to),
        layer && reader.bytes(layer.mask.name, from, to),
      ]);
      return { ...part, bytes, maskBytes };
    }
    const [slot] = next();
    const bytes = slot.weights.bytes.subarray(0, 4 * (to - from));
    const maskBytes = layer && slot.mask.bytes.subarray(0, to - from);
    await Promise.all([
      reader.read(tensor.name, from, bytes),
      maskBytes && reader.read(layer.mask.name, from, maskBytes),
    ]);
    return { ...part, bytes, maskBytes, room: { workspace, slot } };
  };
}

function* partsOf(reader: CheckpointReader, layers: Layer[]): Iterable<Part> {
  const byWeight = new Map(layers.map((layer) => [layer.weight.name, layer]));
  const masks = new Set(layers.map((layer) => layer.mask?.name));
  for (const tensor of reader.tensors) {
    if (masks.has(tensor.name) || tensor.masks) continue;
    const layer = byWeight.get(tensor.name);
    const masked = layer?.mask && { ...layer, mask: layer.mask };
    for (const range of rangesOf(sizeOf(tensor.shape), PIECE)) yield { tensor, layer: masked, ...range };
  }
}

function sumOf(a: SignCount | undefined, b: SignCount): SignCount {
  if (!a) return b;
  return { kept: a.kept + b.kept, positive: a.positive + b.positive, negative: a.negative + b.negative };
}
