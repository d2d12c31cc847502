/** Opens a checkpoint by its content, not by its name. */
import { UserError } from '../errors';
import { openFile, type RangedFile } from './file';
import { FORMATS } from './formats';
import type { CheckpointReader } from './reader';
import { RECOGNIZED_BYTES, recognize } from './recognize';

/** Opens a checkpoint and reads only its header. The caller must close the reader. Throws UserError if the file cannot be read. */
export async function openCheckpoint(file: string): Promise<CheckpointReader> {
  const opened = await openFile(file);
  try {
    return await openByContent(opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Opens a checkpoint, calls `use` with its reader, and closes the reader. */
export async function withCheckpoint<T>(file: string, use: (reader: CheckpointReader) => Promise<T>): Promise<T> {
  const reader = await openCheckpoint(file);
  try {
    return await use(reader);
  } finally {
    await reader.close();
  }
}

/** Opens the checkpoints at these paths, calls `use` with their readers, and closes the readers. */
export function withCheckpoints<T>(
  [file, ...rest]: readonly string[],
  use: (readers: ReadonlyMap<string, CheckpointReader>) => Promise<T>,
): Promise<T> {
  if (file === undefined) return use(new Map());
  return withCheckpoint(file, (reader) =>
    withCheckpoints(rest, (readers) => use(new Map([[file, reader], ...readers]))),
  );
}

/** Reads the metadata of a checkpoint. */
export function readMetadata(file: string): Promise<Readonly<Record<string, string>>> {
  return withCheckpoint(file, ({ metadata }) => Promise.resolve(metadata));
}

async function openByContent(file: RangedFile): Promise<CheckpointReader> {
  const head = await file.read(0, Math.min(file.size, RECOGNIZED_BYTES));
  const format = FORMATS.find((known) => known.recognizes(head, file));
  if (format) return format.open(file);
  const kind = recognize(head);
  const named = FORMATS.find(({ ending }) => ending !== undefined && file.name.toLowerCase().endsWith(ending));
  if (!kind && named) return named.open(file);
  const seems = kind ? `is ${kind}` : 'has an unknown file format';
  throw new UserError(
    `${file.name} ${seems}. Winning Sign opens safetensors files and their indexes, PyTorch checkpoints (.pt, .pth, .pth.tar, .ckpt, .bin), .npy and .npz files, ONNX models and GGUF files.`,
  );
}
