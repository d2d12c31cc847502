/** A checkpoint that a run starts from or measures, opened once for all who ask about it. */
import path from 'node:path';
import { ownMetadata, withCheckpoint } from '../checkpoints/open';
import { type NetworkHeader, networkHeaderOf } from '../checkpoints/shapes';
import { sha256Of } from '../checkpoints/write';
import type { Inspection } from '../vocabulary/inspection';
import { inspect } from './inspect';

export interface Source extends NetworkHeader {
  /** Absolute path. */
  file: string;
  /** What a checkpoint of ours records about itself; empty for another tool's. */
  metadata: Readonly<Record<string, string>>;
  /** SHA-256 of its bytes, in hexadecimal; hashed at the first call. */
  sha256: () => Promise<string>;
  /** Statistics of all its tensors; scanned at the first call. */
  inspection: () => Promise<Inspection>;
}

/** Reads the header. Throws UserError if the file is no checkpoint that can be read. */
export async function openSource(checkpoint: string): Promise<Source> {
  const file = path.resolve(checkpoint);
  const header = await withCheckpoint(file, (reader) =>
    Promise.resolve({ ...networkHeaderOf(reader), metadata: ownMetadata(reader.metadata) }),
  );
  return { ...header, file, sha256: once(() => sha256Of(file)), inspection: once(() => inspect(file)) };
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => (reading ??= read());
}
