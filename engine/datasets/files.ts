/** Whole files of a dataset, unpacked when they are gzipped. */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { asReadError } from '../checkpoints/file';
import { UserError } from '../errors';
import { badFile, MISSING } from './fields';

const LARGEST_UNPACKED = 2 ** 31; // CIFAR, unpacked, has 180 MB

/** The bytes of the first of these files that exists; their contents, when gzipped. */
export async function readFirst(candidates: string[]): Promise<{ file: string; bytes: Uint8Array }> {
  for (const file of candidates) {
    const packed = await readIfThere(file);
    if (packed) return { file, bytes: isGzip(packed) ? await unpack(file, packed) : packed };
  }
  throw badFile(candidates[0]!, MISSING);
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code === 'EISDIR') throw badFile(file, 'is a folder, not a file');
    const told = asReadError(error, file);
    throw told instanceof UserError ? new UserError(`dataset.path: ${told.message}`, { cause: error }) : told;
  }
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function unpack(file: string, packed: Uint8Array): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(packed, { maxOutputLength: LARGEST_UNPACKED });
  } catch (error) {
    throw badFile(file, `cannot be unpacked (${(error as Error).message}); download it again`);
  }
}
