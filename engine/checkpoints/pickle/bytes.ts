/** Reads the bytes of a pickle in order. Checks every length before a read, so that a wrong length never allocates memory. */
export class Bytes {
  readonly #view: DataView;
  at: number;

  constructor(
    private readonly bytes: Uint8Array,
    from = 0,
  ) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = from;
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** Reads a length of eight bytes. A length above 2⁵³ is rounded, but it is larger than any file and will be refused. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.#advance(8), true));
  }

  /** Reads a big-endian float; all other numbers are little-endian. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  take(length: number): Uint8Array {
    const begin = this.#advance(length);
    return this.bytes.subarray(begin, begin + length);
  }

  text(length: number): string {
    return new TextDecoder().decode(this.take(length));
  }

  latin1(length: number): string {
    return Buffer.from(this.take(length)).toString('latin1');
  }

  /** Reads the text up to the next newline, and skips the newline. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) throw new Error('the pickle ends within a line');
    const text = this.text(end - this.at);
    this.at = end + 1;
    return text;
  }

  /** Reads a two's-complement integer of any length. */
  integer(length: number): number | bigint {
    const bytes = this.take(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
    return narrowed(BigInt.asIntN(8 * length, value));
  }

  #advance(length: number): number {
    const begin = this.at;
    if (length < 0 || begin + length > this.bytes.length) throw new Error('the pickle ends too early');
    this.at = begin + length;
    return begin;
  }
}

/** Converts an integer to a number if a number can represent it exactly. */
export function narrowed(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Greatest length of an integer in decimal notation. The time to parse an integer is quadratic in its length. */
const LONGEST_DECIMAL = 4_000;

/** Parses an integer in decimal notation. */
export function decimal(text: string): number | bigint {
  if (!/^-?\d+$/.test(text) || text.length > LONGEST_DECIMAL) throw new Error('the pickle has an invalid integer');
  return narrowed(BigInt(text));
}
