/**
 * Saves everything that a resume needs in one file: the network, the optimizer and their position in the run. Every save replaces the
 * whole file.
 */
import { accessSync, constants } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { InvalidFileError } from '../checkpoints/invalid';
import { asReadError } from '../checkpoints/file';
import { maskedLayers } from '../checkpoints/layers';
import { binaryMask } from '../checkpoints/masks';
import { readMetadata, withCheckpoint } from '../checkpoints/open';
import { byName, type CheckpointReader } from '../checkpoints/reader';
import { OPTIMIZER, tensorsWithMasks } from '../checkpoints/state';
import { writeSafetensors } from '../checkpoints/write';
import { UserError } from '../errors';
import type { WriteGuard } from '../files';
import type { Measured } from '../vocabulary/runEvents';
import { count, measurement, object, optional, parseShape, recordOf, round } from '../shapes';
import type { HostTensor, StateDict } from '../tensors';
import type { StoredState, TrainingState } from '../training/trainer';
import { paths } from '../runs/paths';

/** Prefix of the signs of the layers, beside those of the optimizer. */
const SIGNS = 'signs/';

/** A position in a run: `step` steps of epoch `epoch` of round `round` are done. All three count from 0. */
export interface Position {
  round: number;
  epoch: number;
  step: number;
  /**
   * Sums over the examples of the epoch so far, and the sum of the norms of the gradient over its steps. A state of version 0.1 does not
   * have the norms.
   */
  sums: { loss: number; accuracy: number; examples: number; gradientNorms?: number };
  /** Results of the last finished epoch in this round. */
  measured?: { train: Measured; test: Measured; gradientNorm?: number };
  /** Length of the event log at this position. */
  eventBytes: number;
}

export const START: Position = {
  round: 0,
  epoch: 0,
  step: 0,
  sums: { loss: 0, accuracy: 0, examples: 0, gradientNorms: 0 },
  eventBytes: 0,
};

/** The data of one save. They are collected only after the previous write has finished. */
export interface StateToSave {
  state: TrainingState;
  /** See `SignChanges.save`. */
  signs: StateDict;
  position: Position;
}

export interface SavedRun {
  directory: string;
  /** Hash of the options that determine the results of the run. A run with a different hash cannot resume from this state. */
  options: string;
  lock: WriteGuard;
}

/** Replaces the saved state of a run. */
export async function saveState(
  { directory, options, lock }: SavedRun,
  { state, signs, position }: StateToSave,
): Promise<void> {
  const file = paths.state(directory);
  await mkdir(path.dirname(file), { recursive: true });
  const beside = [...state.optimizer.slots, ...[...signs].map(([layer, tensor]) => [SIGNS + layer, tensor] as const)];
  const slots = beside.map(([name, tensor]) => [OPTIMIZER + name, tensor] as const);
  const optimizerSteps = String(state.optimizer.steps);
  const tensors = new Map([...tensorsWithMasks(state), ...slots]);
  const checksums = JSON.stringify(Object.fromEntries([...tensors].map(([name, tensor]) => [name, checksum(tensor)])));
  const header = { options, position: JSON.stringify(position), optimizerSteps, checksums };
  await writeSafetensors(file, { tensors, metadata: { ...header, checksum: checksumOf(header) } }, lock);
}

/** Returns the CRC-32 of the metadata, which include the checksums of the tensors. */
function checksumOf({ options, position, optimizerSteps, checksums }: Readonly<Record<string, string>>): string {
  return String(crc32(JSON.stringify([options, position, optimizerSteps, checksums])));
}

/** Returns the CRC-32 of the bytes of a tensor. Without checksums, a run could resume from corrupt bytes unnoticed. */
function checksum({ data }: HostTensor): number {
  return crc32(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

/** Reads only the position of the saved state; undefined if there is no saved state. */
export function loadPosition(directory: string, options: string): Promise<Position | undefined> {
  return withSavedState(directory, options, () => Promise.resolve());
}

/** Passes the saved state of a run to `use` and returns its position; undefined if there is no saved state. */
export async function withSavedState(
  directory: string,
  options: string,
  use: (stored: StoredState) => Promise<void>,
): Promise<Position | undefined> {
  const file = paths.state(directory);
  if (!isReadable(file)) return undefined;
  const head = await withRemedy(file, async () => headOf(await readMetadata(file)));
  if ((head.options ?? options) !== options)
    throw new UserError(
      `${file} was saved with other options than ${paths.record(directory)} has now. Restore the original run.json, or the state that belongs to this run.`,
    );
  await withRemedy(file, () => withCheckpoint(file, (reader) => use(storedState(reader, head))));
  return head.position;
}

/** Adds to an error what the user can do if a saved state cannot be used. */
async function withRemedy<T>(file: string, reading: () => Promise<T>): Promise<T> {
  try {
    return await reading();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const fault = error instanceof InvalidFileError ? error.statement : error.message;
    throw new UserError(
      `The saved state of this run cannot be used: ${fault} Delete ${file} to resume from the end of the last round, or from the start if there is none.`,
      { cause: error },
    );
  }
}

/** Returns false if the file does not exist. Throws if the file exists but cannot be read, because such a state is not lost. */
function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw asReadError(error, file);
  }
}

/** The metadata of a saved state. */
interface Head {
  options: string | undefined;
  position: Position;
  steps: number;
  /** CRC-32 of each tensor, by name. Version 0.1 wrote none. */
  checksums: Record<string, number> | undefined;
}

const MEASURED = object<Measured>({ loss: measurement, accuracy: measurement, top5: optional(measurement) });
const POSITION = object<Position>({
  round,
  epoch: count,
  step: count,
  sums: object<Position['sums']>({
    loss: measurement,
    accuracy: measurement,
    examples: count,
    gradientNorms: optional(measurement),
  }),
  measured: optional(
    object<NonNullable<Position['measured']>>({
      train: MEASURED,
      test: MEASURED,
      gradientNorm: optional(measurement),
    }),
  ),
  eventBytes: count,
});

function headOf(metadata: Readonly<Record<string, string>>): Head {
  const { position, options, optimizerSteps, checksums, checksum } = metadata;
  if (position === undefined) throw new UserError('it is a checkpoint, not a saved state (no "position").');
  const isChecked = checksum !== undefined || checksums !== undefined;
  if (isChecked && checksum !== checksumOf(metadata)) throw new UserError('the file is corrupt (checksum mismatch).');
  return {
    options,
    position: parseShape(position, 'its position', POSITION),
    steps: parseShape(optimizerSteps ?? 'null', 'its number of optimizer steps', count),
    checksums: checksums === undefined ? undefined : parseShape(checksums, 'its checksums', recordOf(count)),
  };
}

function storedState(reader: CheckpointReader, { steps, checksums }: Head): StoredState {
  const [headers, layers] = [byName(reader.tensors), byName(maskedLayers(reader))];
  const read = async (name: string, into: HostTensor) => {
    const header = headers.get(name);
    if (!header) throw notOfRun(`it has no tensor "${name}"`);
    const [found, wanted] = [described(header), described({ dtype: DTYPES[into.dtype], shape: into.shape })];
    if (found !== wanted) throw notOfRun(`${name} is ${found}, but must be ${wanted}`);
    const { buffer, byteOffset, byteLength } = into.data;
    await reader.read(name, 0, new Uint8Array(buffer, byteOffset, byteLength));
    if (checksums && checksums[name] !== checksum(into))
      throw new UserError(`the file is corrupt (checksum mismatch in "${name}").`);
  };
  return {
    steps,
    tensor: read,
    slot: (name, into) => read(OPTIMIZER + name, into),
    signs: async (layer, into) => {
      const name = OPTIMIZER + SIGNS + layer;
      if (!headers.has(name)) return false;
      await read(name, into);
      return true;
    },
    mask: async (name, into) => {
      const layer = layers.get(name);
      if (!layer?.mask) throw notOfRun(`it has no mask for "${name}"`);
      await read(layer.mask.name, into);
      binaryMask(reader.file, layer, into.data);
    },
  };
}

const DTYPES = { F32: 'float32', I64: 'int64', U8: 'uint8' } as const;

function described({ dtype, shape }: { dtype: string; shape: readonly number[] }): string {
  return `${dtype} [${shape.join(', ')}]`;
}

function notOfRun(reason: string): UserError {
  return new UserError(`it belongs to another network: ${reason}.`);
}
