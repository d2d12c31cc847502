/** Keeps a part of a file in memory, so that a header with many small fields needs few reads. */
import type { RangedFile } from './file';

/** Number of bytes that are read at once. Parts that are skipped, such as the numbers of a tensor, are not read. */
const SIZE = 2 ** 14;

export class Window {
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;

  constructor(readonly file: RangedFile) {}

  /** Returns up to `length` bytes from byte `from`, fewer at the end of the file; undefined if they have to be loaded first. */
  held(from: number, length: number): Uint8Array | undefined {
    const end = Math.min(from + length, this.file.size);
    if (from < this.#start || end > this.#start + this.#bytes.length) return undefined;
    return this.#bytes.subarray(from - this.#start, end - this.#start);
  }

  /** Reads up to `length` bytes from byte `from`, fewer at the end of the file. */
  async load(from: number, length: number): Promise<Uint8Array> {
    const end = Math.min(from + length, this.file.size);
    if (end - from > SIZE) return this.file.read(from, end);
    this.#bytes = await this.file.read(from, Math.min(from + SIZE, this.file.size));
    this.#start = from;
    return this.#bytes.subarray(0, end - from);
  }
}

/** Reads the fields of a header one after another. Throws an `Error` if the file ends too early. */
export class Cursor {
  readonly #window: Window;

  constructor(
    readonly file: RangedFile,
    public at = 0,
  ) {
    this.#window = new Window(file);
  }

  /** Returns the next bytes. They are valid until the next call. */
  async bytes(length: number): Promise<Uint8Array> {
    this.check(length);
    const bytes = this.#window.held(this.at, length) ?? (await this.#window.load(this.at, length));
    this.at += length;
    return bytes;
  }

  async view(length: number): Promise<DataView> {
    const bytes = await this.bytes(length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  /** Skips the next bytes. */
  skip(length: number): void {
    this.check(length);
    this.at += length;
  }

  check(length: number): void {
    if (!(length >= 0 && length <= this.file.size - this.at))
      throw new Error(`it ends at byte ${this.file.size}, where ${length} more bytes should follow byte ${this.at}`);
  }
}
