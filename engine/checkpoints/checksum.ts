/** Checks the CRC-32 of bytes that are read by ranges. */
import { crc32 } from 'node:zlib';

/** Adds up ranges that are read in order and may overlap. If there is a gap between two ranges, `onEnd` is not called. */
export class RunningCrc32 {
  /** End of the bytes that were added. */
  #next = 0;
  #before: Promise<void> = Promise.resolve();
  #failed = false;

  /**
   * @param size number of all bytes
   * @param crc the CRC-32 of what comes before them
   * @param onEnd receives the CRC-32 once all bytes were added
   */
  constructor(
    private readonly size: number,
    private crc: number,
    private readonly onEnd: (crc: number) => void,
  ) {}

  /** Waits until `into` has its bytes, which begin at offset `from`. Adds the bytes that were not added before. */
  follow(reading: Promise<void>, into: Uint8Array, from: number): Promise<void> {
    const [begin, end] = [this.#next, from + into.length];
    if (from > begin || end <= begin) return reading;
    this.#next = end;
    const added = Promise.all([reading, this.#before]).then(() => {
      this.crc = crc32(into.subarray(begin - from), this.crc);
      if (end === this.size && !this.#failed) this.onEnd(this.crc);
    });
    this.#before = added.catch(() => void (this.#failed = true)); // the caller gets the error
    return added;
  }
}

/** Compares the CRC-32 of all bytes with the expected one. */
export class RunningChecksum extends RunningCrc32 {
  constructor({ size, crc32: expected }: { size: number; crc32: number }, onWrong: () => void) {
    super(size, 0, (crc) => {
      if (crc !== expected) onWrong();
    });
  }
}
