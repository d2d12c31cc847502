/** Number formats (dtypes) of tensors under their PyTorch names, and how their little-endian bytes are decoded. */

export type Dtype = keyof typeof DTYPES;

interface Format {
  /** Number of bytes of one element that a reader returns. */
  size: 1 | 2 | 4 | 8;
  /** Number of bits of one element in a file, if files pack elements of this format without gaps. Readers return one element per byte. */
  packed?: 2 | 4 | 6;
  /** Whether this is a floating-point format. */
  float: boolean;
  /** Returns the value of each code (bit pattern). Only formats of up to 16 bits have a table. */
  table?: () => Float32Array;
}

const DTYPES = {
  float64: { size: 8, float: true },
  float32: { size: 4, float: true },
  float16: { size: 2, float: true, table: narrow({ exponent: 5, mantissa: 10, bias: 15, special: 'ieee' }) },
  bfloat16: { size: 2, float: true, table: narrow({ exponent: 8, mantissa: 7, bias: 127, special: 'ieee' }) },
  float8_e4m3fn: { size: 1, float: true, table: narrow({ exponent: 4, mantissa: 3, bias: 7, special: 'fn' }) },
  float8_e5m2: { size: 1, float: true, table: narrow({ exponent: 5, mantissa: 2, bias: 15, special: 'ieee' }) },
  float8_e4m3fnuz: { size: 1, float: true, table: narrow({ exponent: 4, mantissa: 3, bias: 8, special: 'fnuz' }) },
  float8_e5m2fnuz: { size: 1, float: true, table: narrow({ exponent: 5, mantissa: 2, bias: 16, special: 'fnuz' }) },
  float8_e8m0fnu: { size: 1, float: true, table: tabulate(8, (code) => (code === 255 ? NaN : 2 ** (code - 127))) },
  float6_e2m3fn: {
    size: 1,
    packed: 6,
    float: true,
    table: narrow({ exponent: 2, mantissa: 3, bias: 1, special: 'none' }),
  },
  float6_e3m2fn: {
    size: 1,
    packed: 6,
    float: true,
    table: narrow({ exponent: 3, mantissa: 2, bias: 3, special: 'none' }),
  },
  float4_e2m1fn: {
    size: 1,
    packed: 4,
    float: true,
    table: narrow({ exponent: 2, mantissa: 1, bias: 1, special: 'none' }),
  },
  int64: { size: 8, float: false },
  int32: { size: 4, float: false },
  int16: { size: 2, float: false, table: tabulate(16, (code) => (code << 16) >> 16) },
  int8: { size: 1, float: false, table: tabulate(8, (code) => (code << 24) >> 24) },
  uint64: { size: 8, float: false },
  uint32: { size: 4, float: false },
  uint16: { size: 2, float: false, table: tabulate(16, (code) => code) },
  uint8: { size: 1, float: false, table: tabulate(8, (code) => code) },
  int4: { size: 1, packed: 4, float: false, table: tabulate(4, (code) => (code << 28) >> 28) },
  int2: { size: 1, packed: 2, float: false, table: tabulate(2, (code) => (code << 30) >> 30) },
  uint4: { size: 1, packed: 4, float: false, table: tabulate(4, (code) => code) },
  uint2: { size: 1, packed: 2, float: false, table: tabulate(2, (code) => code) },
  bool: { size: 1, float: false, table: tabulate(8, (code) => (code === 0 ? 0 : 1)) },
} satisfies Record<string, Format>;

/** Whether the name is a dtype whose values can be read. */
export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(DTYPES, name);
}

/** Returns the number of bytes of one element that a reader returns. */
export function sizeOfDtype(dtype: Dtype): number {
  return DTYPES[dtype].size;
}

/** Returns the number of bits of one element in a file. */
export function bitsOfDtype(dtype: Dtype): number {
  const { size, packed }: Format = DTYPES[dtype];
  return packed ?? 8 * size;
}

/** Whether a dtype is a floating-point format. */
export function isFloat(dtype: Dtype): boolean {
  return DTYPES[dtype].float;
}

/** Returns the value of each code (bit pattern) of a format of up to 16 bits. Returns undefined for wider formats. */
export function tableOf(dtype: Dtype): Float32Array | undefined {
  return (DTYPES[dtype] as Format).table?.();
}

/** Returns the codes (bit patterns) of elements in a format of up to 16 bits. They are the indexes for `tableOf`. */
export function codesOf(dtype: Dtype, bytes: Uint8Array): Uint8Array | Uint16Array {
  if (DTYPES[dtype].size === 1) return bytes;
  const { buffer, byteOffset, byteLength } = aligned(bytes, 2);
  return new Uint16Array(buffer, byteOffset, byteLength / 2);
}

/** Whether one of these elements is 0 or −0. This is faster than decoding them. */
export function includesZero(dtype: Dtype, bytes: Uint8Array): boolean {
  const table = tableOf(dtype);
  if (!table) return decode(dtype, bytes).includes(0);
  const codes = codesOf(dtype, bytes);
  return table.some((value, code) => value === 0 && codes.includes(code));
}

/** Decodes little-endian bytes. For `float32` and `float64` the result shares memory with `bytes` if `bytes` is aligned. */
export function decode(dtype: Dtype, bytes: Uint8Array): Float32Array | Float64Array {
  const table = tableOf(dtype);
  if (table) {
    const codes = codesOf(dtype, bytes);
    const values = new Float32Array(codes.length);
    for (let i = 0; i < values.length; i++) values[i] = table[codes[i]!]!;
    return values;
  }
  const { buffer, byteOffset, byteLength } = aligned(bytes, DTYPES[dtype].size);
  const count = byteLength / DTYPES[dtype].size;
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer, byteOffset, count);
    case 'float64':
      return new Float64Array(buffer, byteOffset, count);
    case 'int32':
      return Float64Array.from(new Int32Array(buffer, byteOffset, count));
    case 'uint32':
      return Float64Array.from(new Uint32Array(buffer, byteOffset, count));
    default: {
      const low = new Uint32Array(buffer, byteOffset, 2 * count);
      const high = dtype === 'int64' ? new Int32Array(buffer, byteOffset, 2 * count) : low;
      return Float64Array.from({ length: count }, (_, i) => high[2 * i + 1]! * 2 ** 32 + low[2 * i]!);
    }
  }
}

function aligned(bytes: Uint8Array, size: number): Uint8Array {
  return bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
}

/**
 * Returns the table of a float format of 4 to 16 bits. `special` says what the highest codes mean. `ieee`: infinities and NaN. `fn`: one
 * NaN for each sign. `fnuz`: ordinary numbers, and the code of −0 means NaN. `none`: ordinary numbers.
 */
function narrow(format: {
  exponent: number;
  mantissa: number;
  bias: number;
  special: 'ieee' | 'fn' | 'fnuz' | 'none';
}) {
  const { mantissa, bias, special } = format;
  const bits = 1 + format.exponent + mantissa;
  const highest = 2 ** format.exponent - 1;
  const full = 2 ** mantissa;
  return tabulate(bits, (code) => {
    const sign = code >>> (bits - 1) ? -1 : 1;
    const exponent = (code >>> mantissa) & highest;
    const fraction = code & (full - 1);
    if (special === 'ieee' && exponent === highest) return fraction ? NaN : sign * Infinity;
    if (special === 'fn' && exponent === highest && fraction === full - 1) return NaN;
    if (special === 'fnuz' && code === 2 ** (bits - 1)) return NaN;
    const significand = exponent === 0 ? fraction : full + fraction;
    return sign * significand * 2 ** (Math.max(exponent, 1) - bias - mantissa);
  });
}

function tabulate(bits: number, value: (code: number) => number): () => Float32Array {
  let table: Float32Array | undefined;
  return () => (table ??= Float32Array.from({ length: 2 ** bits }, (_, code) => value(code)));
}
