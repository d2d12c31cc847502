/** Makes one pass over a checkpoint: statistics of every tensor, and signs, magnitudes and structure of every layer. */
import type { CheckpointRef } from '../vocabulary/checkpoint';
import type { TensorStatistics } from '../vocabulary/inspection';
import type { Dtype } from '../checkpoints/dtypes';
import type { Layer } from '../checkpoints/layers';
import type { CheckpointReader, StoredTensor } from '../checkpoints/reader';
import { sizeOf } from '../tensors';
import { prefetch, rangesOf } from './chunks';
import type { HeadAxis } from './headTally';
import { LayerTally, type LayerFound } from './layerTally';
import { MagnitudeTally, type PackedMagnitudes } from './magnitudeTally';
import { maskAxesOf, unitOf } from './maskAxes';
import { isVectorial, PIECE, readSlot, slotsInTurn, withWorkspace, type Room } from './pieces';
import { scanInThreads, threadsFor } from './scanThreads';
import type { Workspace } from './simd/workspace';
import { startTally, type Tally } from './statistics';
import type { Target } from './targets';

/** A range of a tensor. If the tensor is the weight of a layer with a mask, the same range of the mask is read too. */
interface Part {
  target: Target;
  from: number;
  to: number;
}

interface Piece {
  part: Part;
  bytes: Uint8Array;
  /** Format of `bytes`. The kernels convert 16-bit floats to float32. */
  dtype: Dtype;
  maskBytes?: Uint8Array | undefined;
  /** The slot for the range, if the kernels can process it. */
  room?: Room | undefined;
}

export interface Scanned {
  tensors: Map<string, TensorStatistics>;
  /** What was found in each layer, by name. */
  layers: Map<string, LayerFound>;
}

/** The layers of a checkpoint, and the heads of those whose number of heads is known, by name. */
interface Scannable {
  layers: Layer[];
  heads: ReadonlyMap<string, HeadAxis>;
}

/** Scans a checkpoint. Reads every byte once, and masks together with their weights. `faults` is damage that was noticed. */
export async function scan(
  reader: CheckpointReader,
  ref: CheckpointRef,
  scannable: Scannable,
): Promise<Scanned & { faults: Iterable<string> }> {
  const targets = targetsOf(reader, scannable);
  const count = threadsFor(reader, ref, targets);
  if (count === 0) return { ...(await scanTargets(reader, targets)), faults: reader.faults ?? [] };
  const scanHere = (target: Target) => scanTargets(reader, [target]);
  const faults = new Set<string>();
  const unpack = (scan: PackedScan) => {
    for (const fault of scan.faults) faults.add(fault);
    for (const [name, crc] of scan.checksums) reader.checksums?.add(name, crc);
    return unpacked(scan);
  };
  const scans = await scanInThreads({ ref, reader }, { targets, count }, { scanHere, unpack });
  return {
    tensors: new Map(scans.flatMap(({ tensors }) => [...tensors])),
    layers: new Map(scans.flatMap(({ layers }) => [...layers])),
    faults: new Set([...(reader.faults ?? []), ...faults]),
  };
}

function targetsOf(reader: CheckpointReader, { layers, heads }: Scannable): Target[] {
  const byWeight = new Map(layers.map((layer) => [layer.weight.name, layer]));
  const masks = new Set(layers.map((layer) => layer.mask?.name));
  const others = reader.tensors.filter((tensor) => !masks.has(tensor.name) && !tensor.masks);
  return others.map((tensor) => {
    const layer = byWeight.get(tensor.name);
    return { tensor, layer, heads: layer && heads.get(layer.name) };
  });
}

/** A scan in a form that can be sent to another thread. */
export interface PackedScan extends Pick<Scanned, 'tensors'> {
  /** Damage that the reader has noticed so far. */
  faults: string[];
  /** The checksums of the tensors, if their file has them. */
  checksums: [name: string, crc: number][];
  layers: Map<string, Omit<LayerFound, 'magnitudes'> & { magnitudes: PackedMagnitudes }>;
}

export function packed({ tensors, layers }: Scanned, { faults = [], checksums }: CheckpointReader): PackedScan {
  const pack = (found: LayerFound) => ({ ...found, magnitudes: found.magnitudes.packed() });
  const checked = [...tensors.keys()].flatMap((name): [string, number][] => {
    const crc = checksums?.of(name);
    return crc === undefined ? [] : [[name, crc]];
  });
  return {
    tensors,
    faults: [...faults],
    checksums: checked,
    layers: new Map(Array.from(layers, ([name, found]) => [name, pack(found)])),
  };
}

function unpacked({ tensors, layers }: PackedScan): Scanned {
  const found = Array.from(layers, ([name, { magnitudes, ...rest }]): [string, LayerFound] => [
    name,
    { ...rest, magnitudes: MagnitudeTally.from(magnitudes) },
  ]);
  return { tensors, layers: new Map(found) };
}

/** Scans tensors in this thread. */
export function scanTargets(reader: CheckpointReader, targets: readonly Target[]): Promise<Scanned> {
  return withWorkspace(targets.map(({ tensor }) => tensor), (workspace) => scanIn(workspace, reader, targets)); // prettier-ignore
}

async function scanIn(
  workspace: Workspace | undefined,
  reader: CheckpointReader,
  targets: readonly Target[],
): Promise<Scanned> {
  const tensors = new Map<string, TensorStatistics>();
  const found = new Map<string, LayerFound>();
  const tallies = new Map<string, Tally>(); // only for tensors that are partly read, because the tally of a 16-bit tensor is large
  const tallyOf = (tensor: StoredTensor, dtype = tensor.dtype) => {
    const tally = tallies.get(tensor.name) ?? startTally(tensor, dtype);
    tallies.set(tensor.name, tally);
    return tally;
  };
  let layerTally: LayerTally | undefined;
  for await (const piece of prefetch(partsOf(targets), readPart(reader, workspace))) {
    const { target, from, to } = piece.part;
    const { tensor, layer, heads } = target;
    if (from === 0) layerTally = layer && new LayerTally(layer, workspace, heads);
    const kept = addPiece(reader.file, piece, { tally: tallyOf(tensor, piece.dtype), layerTally });
    if (layer?.mask) tallyOf(layer.mask).addBinary(to - from - kept, kept);
    if (to < sizeOf(tensor.shape)) continue;
    if (layer && layerTally) found.set(layer.name, layerTally.found(tallyOf(tensor).codes));
    for (const [name, tally] of tallies) tensors.set(name, tally.statistics());
    tallies.clear();
  }
  return { tensors, layers: found };
}

/** Adds a piece, with the vector kernels if they can process it. Returns the number of weights that its mask keeps. */
function addPiece(
  file: string,
  { room, part: { from, to }, bytes, dtype, maskBytes }: Piece,
  { tally, layerTally }: { tally: Tally; layerTally: LayerTally | undefined },
): number {
  const sums =
    room &&
    (layerTally
      ? layerTally.addByKernels(room, to - from, from)
      : room.workspace.sumFinite(room.slot, to - from, false));
  if (sums) {
    tally.addFinite!(sums);
    return sums.kept;
  }
  tally.add(bytes);
  const piece = { file, bytes, dtype, maskBytes, from };
  return (tally.codes ? layerTally?.addCodes(piece) : layerTally?.addValues(piece)) ?? 0;
}

function readPart(reader: CheckpointReader, workspace: Workspace | undefined): (part: Part) => Promise<Piece> {
  const next = workspace && slotsInTurn(workspace);
  return async (part) => {
    const { target, from, to } = part;
    const { tensor, layer } = target;
    const mask = layer?.mask;
    if (!next || !isVectorial(tensor, mask)) {
      const [bytes, maskBytes] = await Promise.all([
        reader.bytes(tensor.name, from, to),
        mask && reader.bytes(mask.name, from, to),
      ]);
      return { part, bytes, dtype: tensor.dtype, maskBytes };
    }
    const room = { workspace, slot: next()[0] };
    const { bytes, maskBytes } = await readSlot(room, reader, { tensor, mask, from, to });
    return { part, bytes, dtype: 'float32', maskBytes, room };
  };
}

function* partsOf(targets: readonly Target[]): Iterable<Part> {
  for (const target of targets)
    for (const { from, to } of rangesOf(sizeOf(target.tensor.shape), pieceOf(target.layer))) yield { target, from, to };
}

/** Returns the number of weights in a piece. Pieces contain whole kernels and whole groups of weights, unless these are too large. */
function pieceOf(layer: Layer | undefined): number {
  const axes = layer && maskAxesOf(layer);
  const unit = axes ? Math.max(unitOf(axes), 1) : 1;
  return unit > PIECE ? PIECE : PIECE - (PIECE % unit);
}
