/**
 * The HDF5 library h5wasm, which is compiled to WebAssembly, with one open file. The library has no access to other files, so it cannot
 * follow links to them. On a crafted file it may throw, abort or hang, so it runs only in a thread (hdf5Thread.ts).
 */
import { closeSync, openSync, readSync } from 'node:fs';
import type * as H5wasm from 'h5wasm' with { 'resolution-mode': 'import' };
import type { Source, ThreadData } from './messages';

type Module = typeof H5wasm.Module;

export interface Library {
  module: Module;
  Group: typeof H5wasm.Group;
}

export interface OpenFile extends Library {
  /** The library's handle of the file. */
  file: bigint;
  /** Size of the file in bytes. */
  size: number;
  /** Closes the file in the operating system. */
  release: () => void;
}

/** Greatest number of bytes of memory that the library may use. It keeps a chunk, both packed and unpacked, and the block that is read. */
const MOST_MEMORY = 320 * 2 ** 20;

export async function startLibrary({ progress }: ThreadData): Promise<Library> {
  limitMemory();
  const { ready, Group } = await import('h5wasm');
  const module = await ready;
  module.activate_throwing_error_handler();
  Atomics.add(progress, 0, 1);
  return { module, Group };
}

/** Opens a file. Throws an `Error` with the library's reason if the file is not valid. */
export function openFile({ module, Group }: Library, source: Source, data: ThreadData): OpenFile {
  const { size, readAt, release } = opened(source, data);
  try {
    const file = openPath(module, makeFile(module, { size, readAt }));
    return { module, Group, file, size, release };
  } catch (error) {
    release();
    throw error;
  }
}

function openPath(module: Module, path: string): bigint {
  try {
    return module.open(path, module.H5F_ACC_RDONLY, false, ANY_VERSION, ANY_VERSION);
  } catch (error) {
    module.FS.unlink(path);
    throw error;
  }
}

/** Closes the file. After that, another file can be opened. */
export function closeFile({ module, file, release }: OpenFile): void {
  try {
    module.close_file(file);
  } finally {
    module.FS.unlink(PATH);
    release();
  }
}

interface Memory {
  buffer: ArrayBuffer;
  grow: (pages: number) => number;
}

/** Limits the library's memory: an allocation fails before the process runs out of memory. */
function limitMemory(): void {
  const prototype = WebAssembly.Memory.prototype as Memory;
  const { grow } = prototype;
  prototype.grow = function (this: Memory, pages) {
    if (this.buffer.byteLength + PAGE * pages > MOST_MEMORY) throw new RangeError('out of memory');
    return grow.call(this, pages);
  };
}

const PAGE = 2 ** 16;
const NAME = 'file';
const PATH = `/${NAME}`;
const ANY_VERSION = -1;

/** Fills `into` with bytes of the file, starting at a position. Returns how many bytes were read. */
type ReadAt = (into: Int8Array, position: number) => number;

interface Opened {
  size: number;
  readAt: ReadAt;
  release: () => void;
}

function opened(source: Source, { progress }: ThreadData): Opened {
  if ('bytes' in source) {
    const bytes = new Int8Array(source.bytes.buffer, source.bytes.byteOffset, source.bytes.length);
    const copied = (into: Int8Array, position: number) => {
      Atomics.add(progress, 0, 1);
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    };
    return { size: bytes.length, readAt: copied, release: () => undefined };
  }
  const { path, begin, end } = source;
  const descriptor = openSync(path, 'r');
  const read = (into: Int8Array, position: number) => {
    Atomics.add(progress, 0, 1);
    return readSync(descriptor, into, 0, Math.max(0, Math.min(into.length, end - begin - position)), begin + position);
  };
  return {
    size: end - begin,
    readAt: read,
    release: () => {
      closeSync(descriptor);
    },
  };
}

/** A file in the library's file system, which usually keeps files in memory. The fields here are replaced to read a file from the disk. */
interface FileNode {
  usedBytes: number;
  stream_ops: { read: (...args: ReadArguments) => number };
}

type ReadArguments = [stream: unknown, buffer: Int8Array, offset: number, length: number, position: number];

interface FileMaker {
  createFile: (
    ...args: [parent: string, name: string, properties: object, canRead: boolean, canWrite: boolean]
  ) => FileNode;
}

/** Makes a file in the library's file system that gets its bytes from `readAt`. Returns its path. */
function makeFile({ FS }: Module, { size, readAt }: Omit<Opened, 'release'>): string {
  const node = (FS as typeof FS & FileMaker).createFile('/', NAME, {}, true, false);
  node.usedBytes = size;
  node.stream_ops = {
    ...node.stream_ops,
    read: (...[, buffer, offset, length, position]) => readAt(buffer.subarray(offset, offset + length), position),
  };
  return PATH;
}
