/** Checks the checksum in the metadata of a checkpoint of Winning Sign while its tensors are read (`checksumOf` in state.ts). */
import { crc32 } from 'node:zlib';
import { RunningCrc32 } from './checksum';
import { sizeOfDtype } from './dtypes';
import { ownMetadata } from './metadata';
import type { CheckpointReader, ReadableTensor } from './reader';
import { sizeOf } from '../tensors';

export const EDITED = 'Copy it again. If you edited its tensors, remove "checksum" from its metadata.';
const FAULT = `The file is corrupt (checksum mismatch), so its values may be damaged. ${EDITED}`;

/** The dtypes of the tensors that Winning Sign writes. */
const WRITTEN: readonly string[] = ['float32', 'int64', 'uint8'];
const PIECE = 2 ** 22;

/** Whether Winning Sign writes such a tensor. It writes none without values. */
function isWritten({ dtype, shape }: ReadableTensor): boolean {
  return WRITTEN.includes(dtype) && sizeOf(shape) > 0;
}

interface Checked extends Required<Pick<CheckpointReader, 'faults' | 'isCorrupt' | 'checksums'>> {
  tensors: readonly ReadableTensor[];
}

/**
 * Adds the check to tensors whose file has a checksum. If all tensors were read, each in order, and the checksum is wrong, `faults` has a
 * sentence. `isCorrupt` reads what was not read before. Returns undefined for other files.
 */
export function withOwnChecksum(
  tensors: readonly ReadableTensor[],
  metadata: Readonly<Record<string, string>>,
): Checked | undefined {
  const { checksum: expected } = ownMetadata(metadata);
  if (expected === undefined || !tensors.every(isWritten)) return undefined;
  const faults = new Set<string>();
  const missing = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const known = new Map<string, number>();
  let sum = 0;
  const end = (name: string, crc: number) => {
    if (!missing.delete(name)) return;
    known.set(name, crc);
    sum = (sum + crc) >>> 0;
    if (missing.size === 0 && String(sum) !== expected) faults.add(FAULT);
  };
  const checked = tensors.map((tensor): ReadableTensor => {
    const size = sizeOf(tensor.shape) * sizeOfDtype(tensor.dtype);
    const name = crc32(tensor.name);
    const running = new RunningCrc32(size, name, (crc) => {
      end(tensor.name, crc);
    });
    return { ...tensor, fill: (into, from) => running.follow(tensor.fill(into, from), into, from) };
  });
  const isCorrupt = async () => {
    for (const [i, tensor] of tensors.entries()) if (missing.has(tensor.name)) await readWhole(checked[i]!);
    return faults.size > 0;
  };
  return { tensors: checked, faults, isCorrupt, checksums: { of: (name) => known.get(name), add: end } };
}

async function readWhole({ shape, dtype, fill }: ReadableTensor): Promise<void> {
  const size = sizeOf(shape) * sizeOfDtype(dtype);
  for (let from = 0; from < size; from += PIECE) await fill(new Uint8Array(Math.min(PIECE, size - from)), from);
}
