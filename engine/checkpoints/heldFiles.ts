/**
 * Keeps whole files in memory while a command hashes, checks and loads them, so that it reads each of them from the disk once. A file that has
 * changed on the disk is read again.
 */
import { statSync, type BigIntStats } from 'node:fs';
import path from 'node:path';

export interface HeldFile {
  /** Differs for each version of the file. */
  version: string;
  bytes: Uint8Array;
  /** SHA-256 in hexadecimal, if it was computed. */
  sha256?: string;
}

/** Larger files are not held. They are read whenever they are needed, because a network in memory also needs its size. */
const MOST_BYTES = 2 ** 30;

const held = new Map<string, HeldFile>();
let holders = 0;

/** Calls `work`. While it runs, files can be held. */
export async function holdingFiles<T>(work: () => Promise<T>): Promise<T> {
  holders++;
  try {
    return await work();
  } finally {
    if (--holders === 0) releaseFiles();
  }
}

/** Whether a file of this size is to be held. */
export function isHoldable(size: number): boolean {
  return holders > 0 && size <= MOST_BYTES;
}

export function keepFile(name: string, file: HeldFile): void {
  held.set(path.resolve(name), file);
}

/** Returns a held file, unless it has changed on the disk. */
export function heldFile(name: string): HeldFile | undefined {
  const found = held.get(path.resolve(name));
  return found && found.version === versionOf(name) ? found : undefined;
}

/** Frees the memory of a held file. */
export function releaseFile(name: string): void {
  held.delete(path.resolve(name));
}

/** Frees the memory of all held files. */
export function releaseFiles(): void {
  held.clear();
}

/** Returns a text that differs for each version of a file, or undefined if there is no file that can be examined. */
export function versionOf(name: string): string | undefined {
  try {
    return versionIn(statSync(name, { bigint: true }));
  } catch {
    return undefined;
  }
}

/** Returns the text of `versionOf` for a file that may be open: its name may belong to another file by now. */
export function versionIn({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}
