/** Opens a checkpoint by its content, not by its name. */
import { UserError } from '../errors';
import type { CheckpointChoice, CheckpointRef } from '../vocabulary/checkpoint';
import { openFile, type RangedFile } from './file';
import { FORMATS } from './formats';
import { maskedLayers } from './layers';
import { maskFileBeside, NotMasksError, withMasksOf } from './maskFile';
import { withBitmasks, withBroadcastMasks } from './maskForms';
import { withMasksAsWeights } from './onlyMasks';
import type { CheckpointReader } from './reader';
import { stateDictsIn, withState } from './stateDicts';
import { RECOGNIZED_BYTES, recognize } from './recognize';

/** Opens a checkpoint and reads only its header. The caller must close the reader. Throws UserError if the file cannot be read. */
export async function openCheckpoint(file: string): Promise<CheckpointReader> {
  const opened = await openFile(file);
  try {
    const reader = await openByContent(opened);
    return { size: () => opened.size, versions: () => [opened.version], ...reader };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

export interface Opening {
  /** Whether a mask file next to the checkpoint is looked for, if the choice names none (default true). */
  looksBeside?: boolean;
  /** Whether the masks of a file that has nothing else are listed under the names of their weights (default false). */
  masksAsWeights?: boolean;
}

/** Opens a checkpoint, calls `use` with its reader, and closes the reader. Adds the masks of another file, if there is one. */
export async function withCheckpoint<T>(
  ref: CheckpointRef,
  use: (reader: CheckpointReader) => Promise<T>,
  { looksBeside = true, masksAsWeights = false }: Opening = {},
): Promise<T> {
  const { mask, ...choice } = choiceOf(ref);
  const opened = await openCheckpoint(choice.file);
  try {
    const found = withBroadcastMasks(await withBitmasks(chosenIn(opened, choice)));
    const reader = masksAsWeights ? withMasksAsWeights(found) : found;
    if (mask !== undefined)
      return await withCheckpointAlone(mask, async (other) => use(await withMasksOf(reader, other)));
    const beside = looksBeside && mayHaveMaskFile(reader) ? await maskFileBeside(choice.file) : undefined;
    const masked = beside === undefined ? undefined : await openMasks(reader, beside);
    if (!masked) return await use(reader);
    return await use(masked.reader).finally(masked.close);
  } finally {
    await opened.close();
  }
}

function chosenIn(opened: CheckpointReader, { layers, state }: CheckpointChoice): CheckpointReader {
  const states = stateDictsIn(opened);
  return {
    ...(state === undefined ? opened : withState(opened, state)),
    ...(states.length > 0 && { states }),
    ...(layers !== undefined && { layerRule: layers }),
  };
}

/**
 * Opens a mask file that was found next to a checkpoint, and adds its masks. Returns undefined if it cannot be opened or has no masks for
 * this checkpoint.
 */
async function openMasks(reader: CheckpointReader, file: string) {
  const other = await openCheckpoint(file).catch(() => undefined);
  if (!other) return undefined;
  try {
    return { reader: await withMasksOf(reader, other), close: () => other.close() };
  } catch (error) {
    await other.close();
    if (!(error instanceof NotMasksError)) return undefined;
    const notes = [...(reader.notes ?? []), `The masks beside the file are not used. ${error.message}`];
    return { reader: { ...reader, notes }, close: () => Promise.resolve() };
  }
}

/** Whether to look for a mask file next to a checkpoint. Only tools that save with PyTorch write such files. */
function mayHaveMaskFile(reader: CheckpointReader): boolean {
  return reader.format.startsWith('pytorch') && maskedLayers(reader).length === 0;
}

async function withCheckpointAlone<T>(file: string, use: (reader: CheckpointReader) => Promise<T>): Promise<T> {
  const reader = await openCheckpoint(file);
  try {
    return await use(reader);
  } finally {
    await reader.close();
  }
}

/** Opens checkpoints, calls `use` with their readers in the order of `refs`, and closes the readers. Equal refs share a reader. */
export function withCheckpoints<T>(
  refs: readonly CheckpointRef[],
  use: (readers: readonly CheckpointReader[]) => Promise<T>,
): Promise<T> {
  const keys = refs.map((ref) => JSON.stringify(choiceOf(ref)));
  const open = (opened: ReadonlyMap<string, CheckpointReader>): Promise<T> => {
    const next = keys.findIndex((key) => !opened.has(key));
    if (next < 0) return use(keys.map((key) => opened.get(key)!));
    return withCheckpoint(refs[next]!, (reader) => open(new Map([...opened, [keys[next]!, reader]])));
  };
  return open(new Map());
}

/** Converts a reference to an object with the path of the checkpoint and the choices of the user. */
export function choiceOf(ref: CheckpointRef): CheckpointChoice {
  return typeof ref === 'string' ? { file: ref } : ref;
}

/** Reads the metadata of a checkpoint. */
export function readMetadata(file: string): Promise<Readonly<Record<string, string>>> {
  return withCheckpoint(file, ({ metadata }) => Promise.resolve(metadata));
}

const SUPPORTED =
  'Winning Sign opens safetensors files and their indexes, PyTorch checkpoints (.pt, .pth, .pth.tar, .ckpt, .bin), .npy and .npz files, ONNX models, GGUF files, .msgpack files of Flax, HDF5 files (.h5), Keras models (.keras) and TensorFlow.js models (model.json).';

async function openByContent(file: RangedFile): Promise<CheckpointReader> {
  const head = await file.read(0, Math.min(file.size, RECOGNIZED_BYTES));
  const format = FORMATS.find((known) => known.recognizes(head, file));
  if (format) return format.open(file);
  const kind = recognize(head, file.name);
  const named = FORMATS.find(({ ending }) => ending !== undefined && file.name.toLowerCase().endsWith(ending));
  if (!kind && named) return named.open(file);
  const seems = kind ? `is ${kind.what}` : 'has an unknown file format';
  throw new UserError(`${file.name} ${seems}. ${kind?.remedy ?? SUPPORTED}`);
}
