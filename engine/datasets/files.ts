/** Reads whole files of a dataset, and unpacks gzipped ones. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { asReadError } from '../checkpoints/file';
import { quote } from '../json/strict';
import { UserError } from '../errors';
import { badFile, MISSING } from './fields';

const LARGEST_UNPACKED = 2 ** 31; // CIFAR, unpacked, has 180 MB

/** Returns the bytes of the first of these files that exists. Unpacks a gzipped file. */
export async function readFirst(candidates: string[]): Promise<{ file: string; bytes: Uint8Array }> {
  for (const file of candidates) {
    const packed = await readIfThere(file);
    if (packed) return { file, bytes: isGzip(packed) ? await unpack(file, packed) : packed };
  }
  const [first] = candidates as [string];
  const names = [...new Set(candidates.map((file) => path.basename(file)))];
  const found = await listFolder(path.dirname(first));
  if (!found) throw badFile(first, MISSING);
  throw badFile(first, `${MISSING}. Accepted names are ${listed(names)}. The folder has ${listed(found.map(quote))}`);
}

/** Returns the sorted names of the files in a folder; undefined if the folder does not exist. */
export async function listFolder(folder: string): Promise<string[] | undefined> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw asDatasetError(error, folder);
  }
}

const MOST_LISTED = 20;

/** Joins names for a message. Lists at most 20 of them. */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return 'nothing';
  return `${names.slice(0, MOST_LISTED).join(', ')}${names.length > MOST_LISTED ? ', …' : ''}`;
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (isMissing(error)) return undefined;
    if ((error as NodeJS.ErrnoException).code === 'EISDIR') throw badFile(file, 'is a folder, but it must be a file');
    throw asDatasetError(error, file);
  }
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

function asDatasetError(error: unknown, file: string): unknown {
  const readError = asReadError(error, file);
  return readError instanceof UserError
    ? new UserError(`dataset.path: ${readError.message}`, { cause: error })
    : readError;
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

async function unpack(file: string, packed: Uint8Array): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(packed, { maxOutputLength: LARGEST_UNPACKED });
  } catch (error) {
    throw badFile(file, `cannot be unpacked (${(error as Error).message}). Download the file again`);
  }
}
