/** Reads a file by ranges. Errors name the file. */
import { closeSync, fstatSync, openSync, readSync, statSync, type BigIntStats, type Stats } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { droppedText } from './dropped';
import { asMachineError, UserError } from '../errors';
import { oneLine } from '../vocabulary/text';
import { heldFile, isHoldable, keepFile, versionIn, versionOf, type HeldFile } from './heldFiles';

export interface RangedFile {
  name: string;
  size: number;
  /** Differs for each version of the file. It is that of the open file, whatever file has the name now. */
  version: string;
  /** Returns a copy of the bytes [from, to), aligned to 8. */
  read(from: number, to: number): Promise<Uint8Array>;
  /** Fills `into` with the bytes from offset `from`. */
  fill(into: Uint8Array, from: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens an ordinary file for reading by ranges. A held file is read from memory. */
export async function openFile(name: string): Promise<RangedFile> {
  const held = heldFile(name);
  if (held) return inMemory(name, held);
  try {
    if (waits) return openAndWait(name);
    const handle = await openOrdinary(name);
    const beginning = new Uint8Array(HEAD);
    // The status first: if the file is rewritten in between, its version is that of the former content, and readers notice it.
    const look = async () => [await handle.stat({ bigint: true }), await handle.read(beginning, 0, HEAD, 0)] as const;
    const [stats, { bytesRead }] = await look().catch(async (error: unknown) => {
      await handle.close();
      throw error;
    });
    const read: ReadAt = async (into, { done, length, at }) => (await handle.read(into, done, length, at)).bytesRead;
    const head = beginning.subarray(0, bytesRead);
    return withHead(rangedFile(name, stats, { read, close: () => handle.close() }), head);
  } catch (error) {
    throw asReadError(error, name);
  }
}

/** Number of first bytes that are read when a file is opened: with most headers. Each read takes some time, however few bytes it reads. */
const HEAD = 2 ** 14;

/** Takes what is in the first bytes of a file, `head`, from there. */
function withHead(file: RangedFile, head: Uint8Array): RangedFile {
  const has = (from: number, to: number) => 0 <= from && from <= to && to <= head.length;
  return {
    ...file,
    read: (from, to) => (has(from, to) ? Promise.resolve(head.slice(from, to)) : file.read(from, to)),
    fill: (into, from) => {
      if (!has(from, from + into.length)) return file.fill(into, from);
      into.set(head.subarray(from, from + into.length));
      return Promise.resolve();
    },
  };
}

/** Opens a file like `openFile`, for a thread that waits for its reads. */
function openAndWait(name: string): RangedFile {
  refuseOthers(name, statSync(name));
  const file = openSync(name, 'r');
  let isOpen = true;
  // Closes once: the number of a closed file may already belong to another file that this process has opened.
  const close = () =>
    new Promise<void>((resolve) => {
      if (isOpen) closeSync(file);
      isOpen = false;
      resolve();
    });
  try {
    const read: ReadAt = (into, { done, length, at }) => readSync(file, into, done, length, at);
    return rangedFile(name, fstatSync(file, { bigint: true }), { read, close });
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Reads up to `length` bytes from offset `at` of a file to offset `done` of `into`. Returns their number. */
type ReadAt = (into: Uint8Array, range: { done: number; length: number; at: number }) => number | Promise<number>;

function rangedFile(
  name: string,
  stats: BigIntStats,
  { read, close }: { read: ReadAt; close: () => Promise<void> },
): RangedFile {
  const fill = (into: Uint8Array, from: number) => readExactly(read, name, { into, from });
  return {
    ...{ name, size: Number(stats.size), version: versionIn(stats) },
    read: async (from, to) => {
      const bytes = new Uint8Array(Buffer.allocUnsafeSlow(to - from).buffer);
      await fill(bytes, from);
      return bytes;
    },
    fill,
    close,
  };
}

function inMemory(name: string, { bytes, version }: HeldFile): RangedFile {
  return {
    name,
    size: bytes.length,
    version,
    read: (from, to) => Promise.resolve(bytes.slice(from, to)),
    fill: (into, from) => {
      into.set(bytes.subarray(from, from + into.length));
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

/**
 * Reads a file into memory, so that `openFile` and `sha256Of` do not read it again while files are held (`holdingFiles`). Does nothing
 * outside of that, for large files and for files that cannot be read: whoever opens the file reports that.
 */
export async function holdFile(name: string): Promise<void> {
  if (heldFile(name)) return;
  const version = versionOf(name);
  const file = version === undefined ? undefined : await openFile(name).catch(() => undefined);
  if (!file || version === undefined) return;
  try {
    if (isHoldable(file.size)) keepFile(name, { version, bytes: await file.read(0, file.size) });
  } finally {
    await file.close();
  }
}

/** Opens a file for reading. Refuses folders, pipes and devices before it opens them, because opening a pipe waits for a writer. */
export async function openOrdinary(name: string): Promise<FileHandle> {
  try {
    refuseOthers(name, await stat(name));
    return await open(name, 'r');
  } catch (error) {
    throw asReadError(error, name);
  }
}

function refuseOthers(name: string, found: Stats): void {
  if (found.isDirectory()) throw new UserError(`${name} is a folder, not a file.`);
  if (!found.isFile()) throw new UserError(`${name} is a pipe or a device, not a file.`);
}

/** Opens a file like `openOrdinary`. Returns undefined if the file does not exist. */
export async function openIfExists(name: string): Promise<FileHandle | undefined> {
  try {
    return await openOrdinary(name);
  } catch (error) {
    const { cause } = error as { cause?: NodeJS.ErrnoException };
    if (cause?.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * From now on, this thread waits for its reads, so that the bytes stay in the cache of the processor that works on them. Called only by threads that
 * do nothing else.
 */
export function waitForReads(): void {
  waits = true;
}

let waits = false;

async function readExactly(read: ReadAt, name: string, { into, from }: { into: Uint8Array; from: number }) {
  for (let done = 0; done < into.length;) {
    const length = Math.min(into.length - done, LARGEST_READ);
    const bytesRead = await read(into, { done, length, at: from + done });
    if (bytesRead === 0) throw new UserError(`${name} became shorter while it was read. Open it again.`);
    done += bytesRead;
  }
}

const LARGEST_READ = 2 ** 30; // a read call may read at most 2³¹ − 1 bytes

/** Converts a read error: to UserError if the file is missing or not readable, to MachineError if the disk fails. Keeps other errors. */
export function asReadError(error: unknown, name: string): unknown {
  const { code = '' } = error as NodeJS.ErrnoException;
  const dropped = code === 'ENOENT' ? droppedText(name) : undefined;
  if (dropped !== undefined) return new UserError(oneLine(dropped), { cause: error });
  const sentence = SENTENCES[code];
  const what = `${oneLine(name)} cannot be read`; // the name may come from another file
  return sentence ? new UserError(`${what}: ${sentence}.`, { cause: error }) : asMachineError(error, what);
}

const SENTENCES: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  ENAMETOOLONG: 'its path is too long',
  ELOOP: 'its symbolic links form a loop',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
};
