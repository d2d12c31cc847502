/** Imports checkpoints of other tools: recognizes the network, and writes a checkpoint like those of a run. */
import path from 'node:path';
import { ownMetadata } from '../checkpoints/metadata';
import { choiceOf, withCheckpoint } from '../checkpoints/open';
import { checksumOf, readNetworkState, tensorsWithMasks } from '../checkpoints/state';
import { sha256Of, writeSafetensors } from '../checkpoints/write';
import { loadDataset } from '../datasets/load';
import { UserError } from '../errors';
import { checkFinite, fitted, wrappersOf } from '../models/fit';
import { hasBatchNorm, type Architecture } from '../models/network';
import { prunedAsOfficial } from '../models/officialRule';
import { countParameters } from '../models/parameters';
import { recognize, type Recognized, type Said } from '../models/recognize/recognize';
import { translated } from '../models/recognize/translate';
import { asPlaceError, refuseExisting, refuseFolders, refuseOwnInput, type OutputFile } from '../outputFile';
import { layerNameOf, sizeOf, type Masks, type NetworkState } from '../tensors';
import type { CheckpointRef } from '../vocabulary/checkpoint';
import { defaultImportPath, type Imported, type ImportedFacts } from '../vocabulary/imported';
import type { ModelSpec } from '../vocabulary/runOptions';
import { checkOptions } from './options';
import { readRunFile } from './runFile';

export interface ImportRequest extends Said {
  checkpoint: CheckpointRef;
  /** A run file with the network and the data. */
  optionsFile?: string | undefined;
  /** The file to write. Default: the name of the checkpoint with the ending `.safetensors`, in the same folder. */
  out?: string | undefined;
  force?: boolean;
}

/**
 * Writes a checkpoint with the names and masks of our network. The weights stay as they are, except that layers which our network does not
 * prune are multiplied by their masks. Throws UserError if the file cannot be read, if its network is unknown or unclear, or if the
 * checkpoint cannot be written at this place.
 */
export async function importCheckpoint(request: ImportRequest): Promise<Imported> {
  const { file: source, mask } = choiceOf(request.checkpoint);
  const file = path.resolve(request.out ?? defaultImportPath(source));
  const output: OutputFile = { file, what: 'file', example: 'imported.safetensors' };
  await refuseOwnInput(mask === undefined ? [source] : [source, mask], output);
  refuseExisting(output, request.force === true);
  await refuseFolders(output);
  const facts = await factsOf(request.checkpoint);
  const { said, normalization } = await saidIn(request);
  const { state, tool } = translated((await readNetworkState(request.checkpoint)).state);
  const recognized = recognize(source, state.tensors, said);
  const { network, model, architecture, notes } = asOurs(source, state, recognized);
  checkFinite(source, network, { architecture });
  const tensors = tensorsWithMasks(network);
  const metadata = {
    format: 'winning-sign 1',
    model: JSON.stringify(model),
    ...(recognized.data && { data: JSON.stringify(recognized.data) }),
    ...(normalization && { normalization: JSON.stringify(normalization) }),
    imported: JSON.stringify(facts),
    checksum: checksumOf(tensors),
  };
  const sha256 = await writeSafetensors(file, { tensors, metadata }).catch((error: unknown) => {
    throw asPlaceError(file, error);
  });
  const sparsity = sparsityOf(network.masks, architecture);
  const { data, notes: assumed } = recognized;
  const translation = tool === undefined ? [] : [`Its names are those of ${tool}. They were translated.`];
  return {
    file,
    sha256,
    model,
    data: data ?? null,
    sparsity,
    imported: facts,
    notes: [...translation, ...assumed, ...notes],
  };
}

/** Returns what is known about the source. Throws UserError if it is a checkpoint of ours. */
async function factsOf(checkpoint: CheckpointRef): Promise<ImportedFacts> {
  const { file, state } = choiceOf(checkpoint);
  const { metadata, format, maskFile } = await withCheckpoint(checkpoint, (reader) => Promise.resolve(reader));
  if (Object.keys(ownMetadata(metadata)).length > 0)
    throw new UserError(`${file} is a checkpoint of Winning Sign. It can be used as it is.`);
  return {
    ...{ file: path.basename(file), format, sha256: await sha256Of(file) },
    ...(maskFile !== undefined && { mask: { file: path.basename(maskFile), sha256: await sha256Of(maskFile) } }),
    ...(state !== undefined && { state }),
  };
}

/** Adds what a run file says about the network and the images. */
async function saidIn({ optionsFile, model, images }: ImportRequest) {
  if (optionsFile === undefined) return { said: { model, images }, normalization: undefined };
  const { options } = await readRunFile(optionsFile);
  const checked = checkOptions(options, optionsFile);
  const { height, width, channels, normalization } = await loadDataset(checked.dataset, path.dirname(optionsFile));
  const { mean, std } = normalization;
  const said: Said = { model: model ?? checked.model, images: images ?? { height, width, channels } };
  return { said, normalization: { mean, std } };
}

/** Returns the state under the names of the network. Every prunable layer gets a mask, and other layers lose theirs. */
function asOurs(file: string, state: NetworkState, { model, architecture: whole }: Recognized) {
  const network = fitted(file, state, { architecture: whole });
  const isOfficial =
    followsOfficialRule(network.masks, whole) && (typeof model === 'string' || model.prunable === undefined);
  const architecture = isOfficial ? prunedAsOfficial(whole) : whole;
  const masks: Masks = new Map();
  const tensors = new Map(network.tensors);
  const folded: string[] = [];
  for (const { name, shape, prunable } of architecture.entries) {
    const layer = layerNameOf(name);
    const mask = network.masks.get(layer);
    if (prunable) masks.set(layer, mask ?? new Uint8Array(sizeOf(shape)).fill(1));
    const tensor = tensors.get(name)!;
    if (prunable || !mask?.includes(0) || tensor.dtype !== 'F32' || tensor.data.length !== mask.length) continue;
    tensors.set(name, { ...tensor, data: tensor.data.map((weight, i) => (mask[i] ? weight : 0)) });
    folded.push(layer);
  }
  const ruled: ModelSpec = isOfficial ? withRule(model) : model;
  return { network: { tensors, masks }, model: ruled, architecture, notes: notesOn(state, architecture, folded) };
}

/** Whether the file has masks for exactly the layers that the official code prunes, where our rule would prune more. */
function followsOfficialRule(masks: Masks, architecture: Architecture): boolean {
  const unmasked = ({ entries }: Architecture) =>
    entries.some(({ name, prunable }) => prunable && !masks.has(layerNameOf(name)));
  return masks.size > 0 && unmasked(architecture) && !unmasked(prunedAsOfficial(architecture));
}

function withRule(model: ModelSpec): ModelSpec {
  return { ...(typeof model === 'string' ? { model } : model), prunable: 'official' };
}

function notesOn({ tensors }: NetworkState, architecture: Architecture, folded: readonly string[]): string[] {
  const notes: string[] = [];
  const wrappers = wrappersOf(tensors.keys(), architecture).map((name) => `“${name}”`);
  if (wrappers.length > 0) notes.push(`Its names are used without ${wrappers.join(' and ')}.`);
  if (folded.length > 0)
    notes.push(
      `${folded.join(', ')}: pruned in the file, but not prunable in ${architecture.name}. The pruned weights are stored as 0, and the mask is left out.`,
    );
  const hasStatistics = [...tensors.keys()].some((name) => name.endsWith('running_mean'));
  if (hasBatchNorm(architecture) && !hasStatistics)
    notes.push(
      'The file has no running statistics, so those of a new network are used. Evaluate the checkpoint with re-estimated statistics to measure them.',
    );
  return notes;
}

function sparsityOf(masks: Masks, architecture: Architecture): Imported['sparsity'] {
  const { prunable, all } = countParameters(architecture).parameters;
  let kept = 0;
  for (const mask of masks.values()) for (const bit of mask) kept += bit;
  return { prunable: (prunable - kept) / prunable, all: (prunable - kept) / all };
}
