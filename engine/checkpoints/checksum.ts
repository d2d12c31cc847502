/** Checks the CRC-32 of bytes that are read in ranges. */
import { crc32 } from 'node:zlib';

/** Follows ranges that are read in order. They may overlap. If a range leaves a gap, the checksum is not checked. */
export class RunningChecksum {
  #crc = 0;
  /** End of the bytes that were followed. */
  #next = 0;
  #before: Promise<void> = Promise.resolve();
  #failed = false;

  constructor(
    private readonly expected: { size: number; crc32: number },
    private readonly onWrong: () => void,
  ) {}

  /** Waits until `into` has the bytes from offset `from`, and adds those that follow the earlier ranges. */
  follow(reading: Promise<void>, into: Uint8Array, from: number): Promise<void> {
    const [begin, end] = [this.#next, from + into.length];
    if (from > begin || end <= begin) return reading;
    this.#next = end;
    const added = Promise.all([reading, this.#before]).then(() => {
      this.#crc = crc32(into.subarray(begin - from), this.#crc);
      if (end === this.expected.size && !this.#failed && this.#crc !== this.expected.crc32) this.onWrong();
    });
    this.#before = added.catch(() => void (this.#failed = true)); // the caller gets the error
    return added;
  }
}
