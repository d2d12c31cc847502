/** A checkpoint that a run starts from or measures. It is opened once, and its results are shared. */
import path from 'node:path';
import { ownMetadata } from '../checkpoints/metadata';
import { withCheckpoint } from '../checkpoints/open';
import { type NetworkHeader, networkHeaderOf } from '../checkpoints/shapes';
import { sha256Of } from '../checkpoints/write';
import type { Inspection } from '../vocabulary/inspection';
import { inspect } from './inspect';

export interface Source extends NetworkHeader {
  /** Absolute path. */
  file: string;
  /** The metadata of a checkpoint of Winning Sign; empty for a file of another tool. */
  metadata: Readonly<Record<string, string>>;
  /** Returns the SHA-256 of the file in hexadecimal. It is computed at the first call. */
  sha256: () => Promise<string>;
  /** Returns statistics of all tensors. They are computed at the first call. */
  inspection: () => Promise<Inspection>;
}

/** Opens a source and reads its header. Throws UserError if the file is not a readable checkpoint. */
export async function openSource(checkpoint: string): Promise<Source> {
  const file = path.resolve(checkpoint);
  const header = await withCheckpoint(file, async (reader) => {
    return { ...(await networkHeaderOf(reader)), metadata: ownMetadata(reader.metadata) };
  });
  return { ...header, file, sha256: once(() => sha256Of(file)), inspection: once(() => inspect(file)) };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => (reading ??= read());
}
