/** Opens a checkpoint by its content, not by its name. */
import { UserError } from '../errors';
import { openFile, type RangedFile } from './file';
import { FORMATS } from './formats';
import type { CheckpointReader } from './reader';
import { RECOGNIZED_BYTES, recognize } from './recognize';

/** Reads only the header, whatever the size of the file. Close the reader after use. Throws UserError if the file cannot be read. */
export async function openCheckpoint(file: string): Promise<CheckpointReader> {
  const opened = await openFile(file);
  try {
    return await openByContent(opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Opens a checkpoint during `use`, and closes it. */
export async function withCheckpoint<T>(file: string, use: (reader: CheckpointReader) => Promise<T>): Promise<T> {
  const reader = await openCheckpoint(file);
  try {
    return await use(reader);
  } finally {
    await reader.close();
  }
}

/** Opens checkpoints during `use`, by their paths, and closes them. */
export function withCheckpoints<T>(
  [file, ...rest]: readonly string[],
  use: (readers: ReadonlyMap<string, CheckpointReader>) => Promise<T>,
): Promise<T> {
  if (file === undefined) return use(new Map());
  return withCheckpoint(file, (reader) =>
    withCheckpoints(rest, (readers) => use(new Map([[file, reader], ...readers]))),
  );
}

/** Returns the metadata in a checkpoint's header. */
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
  const seems = kind ? `is ${kind}` : 'is an unknown file format';
  throw new UserError(
    `${file.name} ${seems}. Winning Sign opens safetensors files and their indexes, PyTorch checkpoints (.pt, .pth, .pth.tar, .ckpt, .bin), .npy and .npz files, and ONNX models.`,
  );
}
