/** Files that are there whole or not at all, whatever happens while they are written. */
import { constants, existsSync, renameSync } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { asMachineError, MachineError } from './errors';

/** Decides whether this process may still write to a directory. */
export interface WriteGuard {
  /** Is called immediately before a file is put in place, and throws to prevent it. */
  check(): void;
}

/** For files that only one process ever writes. */
export const UNGUARDED: WriteGuard = { check: () => undefined };

/**
 * Replaces a file by these bytes: written under a temporary name in the same folder, flushed to the disk, renamed, and the
 * folder flushed. On failure the file is what it was before and nothing is left behind; a full disk is a `MachineError`.
 */
export async function writeAtomically(
  file: string,
  bytes: string | Uint8Array | Iterable<Uint8Array>,
  guard = UNGUARDED,
): Promise<void> {
  const pieces = typeof bytes === 'string' || bytes instanceof Uint8Array ? [bytes] : bytes;
  await putInPlace(file, pieces, async (temporary) => {
    await renameOver(temporary, file, {
      rename: async (from, to) => {
        guard.check(); // before every attempt: the lock may be lost while another program holds the file
        await rename(from, to);
      },
    });
    return true;
  });
}

/** What Windows says while a virus scanner, a backup or an indexer holds a file open, for a moment. */
const HELD: readonly unknown[] = ['EPERM', 'EBUSY', 'EACCES'];
/** Waits between attempts, in ms: 2.5 s in all. */
const WAITS: readonly number[] = [10, 20, 50, 100, 200, 400, 700, 1000];

export interface RenameOptions {
  rename?: (from: string, to: string) => Promise<void>;
  windows?: boolean;
  waits?: readonly number[];
}

/** Renames a file over another. On Windows it tries again for a while if somebody holds one of them open; elsewhere such an error is final. */
export async function renameOver(
  from: string,
  to: string,
  { rename: renameOnce = rename, windows = process.platform === 'win32', waits = WAITS }: RenameOptions = {},
): Promise<void> {
  for (const wait of windows ? waits : []) {
    try {
      await renameOnce(from, to);
      return;
    } catch (error) {
      if (!HELD.includes((error as NodeJS.ErrnoException).code)) throw error;
      await setTimeout(wait);
    }
  }
  await renameOnce(from, to);
}

/** As `renameOver`; blocks the process meanwhile. */
export function renameOverSync(
  from: string,
  to: string,
  {
    rename: renameOnce = renameSync,
    windows = process.platform === 'win32',
    waits = WAITS,
  }: Omit<RenameOptions, 'rename'> & { rename?: (from: string, to: string) => void } = {},
): void {
  for (const wait of windows ? waits : []) {
    try {
      renameOnce(from, to);
      return;
    } catch (error) {
      if (!HELD.includes((error as NodeJS.ErrnoException).code)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait);
    }
  }
  renameOnce(from, to);
}

/** As `writeAtomically`, but leaves a file that is there already, and says so by returning false: of two who create it, one does. */
export function createAtomically(file: string, text: string): Promise<boolean> {
  return putInPlace(file, [text], (temporary) => linkUnlessThere(temporary, file));
}

/** `place` is given the name under which all was written and flushed, and returns whether it put it where it belongs. */
async function putInPlace(
  file: string,
  pieces: Iterable<string | Uint8Array>,
  place: (temporary: string) => Promise<boolean>,
): Promise<boolean> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}-${nextNumber++}.tmp`);
  try {
    await writeAndFlush(temporary, pieces);
    const placed = await place(temporary);
    await flushFolder(path.dirname(file));
    return placed;
  } catch (error) {
    throw asMachineError(error, `${file} could not be written`);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function linkUnlessThere(temporary: string, file: string): Promise<boolean> {
  try {
    await link(temporary, file);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || (code === 'ENOENT' && existsSync(file))) return false; // whoever made it has swept ours away
    if (code === 'ENOENT') throw error;
    return copyUnlessThere(temporary, file);
  }
}

/** For file systems without links, which say so in many ways; what else keeps a link from being made keeps a copy, too. */
async function copyUnlessThere(temporary: string, file: string): Promise<boolean> {
  try {
    await copyFile(temporary, file, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Makes a folder that a person named, and those it lies in; nothing where it is there. Not by Node's own `recursive`, which never ends
 * where a file system has no folders to give (`/proc`).
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    if (await makeOne(folder)) return;
    await makeFolder(path.dirname(folder));
    if (await makeOne(folder)) return;
  } catch (error) {
    throw asMachineError(error, `${folder} could not be made`);
  }
  throw new MachineError(`${folder} could not be made: there is no place for a folder; choose another directory.`);
}

/** False where the folder it would lie in is not there. */
async function makeOne(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && path.dirname(folder) !== folder) return false;
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return true;
    throw error;
  }
}

let nextNumber = 0; // two writers of one process never share a temporary file

async function writeAndFlush(file: string, pieces: Iterable<string | Uint8Array>): Promise<void> {
  const handle = await open(file, 'w'); // it may be there, left by a process of the same number that was killed
  try {
    for (const group of groupsOf(pieces)) await writeAll(handle, group);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Many pieces at once: while steps are trained in between, each turn of the event loop takes as long as a step. */
function* groupsOf(pieces: Iterable<string | Uint8Array>): Iterable<Uint8Array[]> {
  let group: Uint8Array[] = [];
  let size = 0;
  for (const piece of pieces) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    if (group.length === MOST_PIECES || (group.length > 0 && size + bytes.length > MOST_BYTES)) {
      yield group;
      group = [];
      size = 0;
    }
    group.push(bytes);
    size += bytes.length;
  }
  yield group;
}

const MOST_PIECES = 1024; // of one call on Linux
const MOST_BYTES = 2 ** 30;

async function writeAll(handle: FileHandle, pieces: Uint8Array[]): Promise<void> {
  let rest = pieces.filter(({ length }) => length > 0);
  while (rest.length > 0) {
    let { bytesWritten: written } = await handle.writev(rest);
    rest = rest.flatMap((piece) => {
      const done = Math.min(written, piece.length);
      written -= done;
      return done < piece.length ? [piece.subarray(done)] : [];
    });
  }
}

/** Removes what writers that were killed left in these folders; those that do not exist are passed over. Nobody may be writing there. */
export async function removeLeftovers(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names) if (TEMPORARY.test(name)) await rm(path.join(folder, name), { force: true });
  }
}

const TEMPORARY = /^\..+\.\d+-\d+\.tmp$/;

/** Makes the rename last; Windows neither needs nor allows it, and some network file systems cannot. */
async function flushFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await handle.close();
  }
}
