/** Writes files atomically: after a crash, a file is either complete or absent. */
import { constants, existsSync, renameSync, statSync, type Stats } from 'node:fs';
import { copyFile, link, mkdir, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { asMachineError, MachineError } from './errors';

/** Decides whether this process may still write to a directory. */
export interface WriteGuard {
  /** Called immediately before a file is moved into place. Throws if this process must not write. */
  check(): void;
}

/** Returns the status of a file; undefined if the status cannot be read, for example because a file server is busy. */
export function statIfPossible(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false }); // an exception would take several times as long
  } catch {
    return undefined;
  }
}

/** A guard that allows every write, for files that only one process ever writes. */
export const UNGUARDED: WriteGuard = { check: () => undefined };

/** The content of a file in pieces. Asynchronous pieces may be read from another file while they are written. */
export type Pieces = Iterable<string | Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Replaces the content of a file. Writes a temporary file in the same folder, flushes it to the disk, renames it, and flushes the
 * folder. If anything fails, the file is unchanged and the temporary file is removed. Throws MachineError for a full disk.
 */
export async function writeAtomically(file: string, content: string | Pieces, guard = UNGUARDED): Promise<void> {
  const pieces = typeof content === 'string' ? [content] : content;
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

/** Errors on Windows if another program, such as a virus scanner, has the file open for a moment. */
const HELD: readonly unknown[] = ['EPERM', 'EBUSY', 'EACCES'];
/** Times to wait between attempts, in ms; together 2.5 s. */
const WAITS: readonly number[] = [10, 20, 50, 100, 200, 400, 700, 1000];

export interface RenameOptions {
  rename?: (from: string, to: string) => Promise<void>;
  windows?: boolean;
  waits?: readonly number[];
}

/** Renames a file and replaces the target. On Windows, tries again several times if another program has one of the files open. */
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

/** Like `renameOver`, but synchronous. */
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

/**
 * Like `writeAtomically`, but never replaces a file. Returns false if the file exists. If two processes create it at the same time,
 * only one succeeds.
 */
export function createAtomically(file: string, text: string): Promise<boolean> {
  return putInPlace(file, [text], (temporary) => linkUnlessThere(temporary, file));
}

/** Writes and flushes a temporary file. Then `place` moves it into place and returns whether it was moved. */
async function putInPlace(
  file: string,
  pieces: Pieces,
  place: (temporary: string) => Promise<boolean>,
): Promise<boolean> {
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}-${nextNumber++}.tmp`);
  try {
    await writeAndFlush(temporary, pieces);
    const placed = await place(temporary);
    await flushFolder(path.dirname(file));
    return placed;
  } catch (error) {
    throw asMachineError(error, `${file} cannot be written`);
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
    if (code === 'EEXIST' || (code === 'ENOENT' && existsSync(file))) return false; // the process that created the file has removed our temporary file
    if (code === 'ENOENT') throw error;
    return copyUnlessThere(temporary, file);
  }
}

/**
 * Copies a file to a new name. Used if a link cannot be made: file systems without links report many different errors, so the error is
 * not examined. If there is another problem, the copy fails too.
 */
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
 * Creates a folder and its parents. Does nothing if the folder exists. Does not use the option `recursive` of Node, because it never
 * returns in a file system where no folders can be created (`/proc`).
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    if (await makeOne(folder)) return;
    await makeFolder(path.dirname(folder));
    if (await makeOne(folder)) return;
  } catch (error) {
    throw asMachineError(error, `${folder} cannot be created`);
  }
  throw new MachineError(
    `${folder} cannot be created, because its file system does not allow new folders. Choose another directory.`,
  );
}

/** Creates one folder. Returns false if its parent does not exist. */
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

async function writeAndFlush(file: string, pieces: Pieces): Promise<void> {
  const handle = await open(file, 'w'); // may replace the file of a killed process with the same id
  try {
    for await (const group of groupsOf(pieces)) await writeAll(handle, group);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Collects pieces into groups, so that fewer calls are needed. Each call waits for a turn of the event loop, and during training a
 * turn takes as long as a step.
 */
async function* groupsOf(pieces: Pieces): AsyncIterable<Uint8Array[]> {
  const most = Symbol.asyncIterator in pieces ? MOST_BYTES_READ : MOST_BYTES;
  let group: Uint8Array[] = [];
  let size = 0;
  for await (const piece of pieces) {
    const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
    if (group.length === MOST_PIECES || (group.length > 0 && size + bytes.length > most)) {
      yield group;
      group = [];
      size = 0;
    }
    group.push(bytes);
    size += bytes.length;
  }
  yield group;
}

const MOST_PIECES = 1024; // limit of one call on Linux
const MOST_BYTES = 2 ** 30;
const MOST_BYTES_READ = 2 ** 24; // such pieces are in memory only until they are written

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

/** Flushes a folder, so that a rename in it survives a crash. Windows does not need this. Some network file systems do not support it. */
export async function flushFolder(folder: string): Promise<void> {
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
