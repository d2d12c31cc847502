/** A checkpoint that a run starts from or measures. It is opened once, and its results are shared. */
import path from 'node:path';
import type { CheckpointChoice, CheckpointRef } from '../vocabulary/checkpoint';
import { holdFile } from '../checkpoints/file';
import { ownMetadata } from '../checkpoints/metadata';
import { choiceOf, withCheckpoint } from '../checkpoints/open';
import type { CheckpointReader } from '../checkpoints/reader';
import { type NetworkHeader, networkHeaderOf } from '../checkpoints/shapes';
import { sha256Of } from '../checkpoints/write';
import type { Inspection } from '../vocabulary/inspection';
import { inspect } from './inspect';

export interface Source extends NetworkHeader {
  /** Absolute path. */
  file: string;
  /** The file and the choices of the user for it. `mask` is also set if the mask file was found beside the checkpoint. */
  choice: CheckpointChoice;
  /** The metadata of a checkpoint of Winning Sign; empty for a file of another tool. */
  metadata: Readonly<Record<string, string>>;
  /** Returns the SHA-256 of the file in hexadecimal. It is computed at the first call. */
  sha256: () => Promise<string>;
  /** Returns statistics of all tensors. They are computed at the first call. */
  inspection: () => Promise<Inspection>;
}

/** Opens a source and reads its header, or holds it as a whole (`holdingFiles`). Throws UserError if the file is not a readable checkpoint. */
export async function openSource(ref: CheckpointRef): Promise<Source> {
  const given = choiceOf(ref);
  const file = path.resolve(given.file);
  await holdFile(file);
  const read = async (reader: CheckpointReader) => {
    const { metadata, maskFile } = reader;
    return { ...(await networkHeaderOf(reader)), metadata: ownMetadata(metadata), maskFile };
  };
  const { maskFile, ...header } = await withCheckpoint({ ...given, file }, read, { masksAsWeights: true });
  const choice = { ...given, file, ...(maskFile !== undefined && { mask: path.resolve(maskFile) }) };
  return { ...header, file, choice, sha256: once(() => sha256Of(file)), inspection: once(() => inspect(choice)) };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => (reading ??= read());
}
