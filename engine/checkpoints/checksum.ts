/** Checks the CRC-32 of bytes that are read by ranges. */
import { crc32 } from 'node:zlib';

/** Adds up ranges that are read in order and may overlap. If there is a gap between two ranges, the checksum is not checked. */
export class RunningChecksum {
  #crc = 0;
  /** End of the bytes that were added. */
  #next = 0;
  #before: Promise<void> = Promise.resolve();
  #failed = false;

  constructor(
    private readonly expected: { size: number; crc32: number },
    private readonly onWrong: () => void,
  ) {}

  /** Waits until `into` has its bytes, which begin at offset `from`. Adds the bytes that were not added before. */
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
