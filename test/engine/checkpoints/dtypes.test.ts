import assert from 'node:assert/strict';
import { codesOf, decode, includesZero, tableOf, type Dtype } from '../../../engine/checkpoints/dtypes';

describe('decode', () => {
  /** Codes (bit patterns) and their values, from the definitions of the formats (OCP 8-bit floating point and microscaling; IEEE 754). */
  const known: [Dtype, Record<number, number>][] = [
    ['float8_e4m3fn', { 0x00: 0, 0x01: 2 ** -9, 0x08: 2 ** -6, 0x38: 1, 0x7e: 448, 0x7f: NaN, 0xff: NaN, 0xbc: -1.5 }],
    ['float8_e5m2', { 0x01: 2 ** -16, 0x3c: 1, 0x7b: 57344, 0x7c: Infinity, 0xfc: -Infinity, 0x7d: NaN, 0x80: -0 }],
    ['float8_e4m3fnuz', { 0x00: 0, 0x01: 2 ** -10, 0x40: 1, 0x7f: 240, 0x80: NaN, 0xff: -240 }],
    ['float8_e5m2fnuz', { 0x01: 2 ** -17, 0x40: 1, 0x7f: 57344, 0x80: NaN, 0xff: -57344 }],
    ['float8_e8m0fnu', { 0x00: 2 ** -127, 0x7f: 1, 0x80: 2, 0xfe: 2 ** 127, 0xff: NaN }],
    ['float6_e2m3fn', { 0x00: 0, 0x01: 0.125, 0x08: 1, 0x1f: 7.5, 0x20: -0, 0x3f: -7.5 }],
    ['float6_e3m2fn', { 0x00: 0, 0x01: 0.0625, 0x0c: 1, 0x1f: 28, 0x20: -0, 0x3f: -28 }],
    ['float4_e2m1fn', { 0: 0, 1: 0.5, 2: 1, 3: 1.5, 4: 2, 5: 3, 6: 4, 7: 6, 8: -0, 9: -0.5, 15: -6 }],
    [
      'float16',
      { 0x0001: 2 ** -24, 0x0400: 2 ** -14, 0x3c00: 1, 0x7bff: 65504, 0x7c00: Infinity, 0xfe00: NaN, 0xc100: -2.5 },
    ],
    ['int8', { 0x7f: 127, 0x80: -128, 0xff: -1 }],
    ['int16', { 0x7fff: 32767, 0x8000: -32768 }],
    ['uint16', { 0xffff: 65535 }],
    ['bool', { 0: 0, 1: 1, 2: 1, 255: 1 }],
  ];

  for (const [dtype, numbers] of known) {
    it(`gives the defined values for the codes of ${dtype}`, () => {
      for (const [code, number] of Object.entries(numbers)) {
        assert(
          Object.is(tableOf(dtype)![Number(code)], number),
          `${code} is ${tableOf(dtype)![Number(code)]}, not ${number}`,
        );
      }
    });
  }

  it('decodes every bfloat16 code as the upper half of a float32', () => {
    const codes = Uint16Array.from({ length: 65536 }, (_, code) => code);
    const upper = new Float32Array(Uint32Array.from(codes, (code) => code << 16).buffer);
    const decoded = decode('bfloat16', new Uint8Array(codes.buffer));
    assert(codes.every((code) => Object.is(decoded[code], upper[code])));
  });

  it('rounds 64-bit integers to the nearest number', () => {
    const signed = BigInt64Array.of(-1n, -(2n ** 63n), 2n ** 53n + 1n, 4294967296n, -4294967297n);
    assert.deepEqual([...decode('int64', new Uint8Array(signed.buffer))], Array.from(signed, Number));
    const unsigned = BigUint64Array.of(2n ** 64n - 1n, 2n ** 63n, 1n);
    assert.deepEqual([...decode('uint64', new Uint8Array(unsigned.buffer))], Array.from(unsigned, Number));
  });

  it('decodes bytes at any alignment in memory', () => {
    const shifted = new Uint8Array(9);
    shifted.set(new Uint8Array(Float32Array.of(1.5, -2).buffer), 1);
    assert.deepEqual([...decode('float32', shifted.subarray(1))], [1.5, -2]);
    assert.deepEqual([...codesOf('uint16', shifted.subarray(1, 5))], [...new Uint16Array(Float32Array.of(1.5).buffer)]);
  });
});

describe('includesZero', () => {
  const bytes = ({ buffer }: { buffer: ArrayBuffer }) => new Uint8Array(buffer);
  const cases: [Dtype, Uint8Array, boolean][] = [
    ['float32', bytes(Float32Array.of(1, -0)), true],
    ['float32', bytes(Float32Array.of(1, 2 ** -149, NaN)), false],
    ['float64', bytes(Float64Array.of(1, 0)), true],
    ['float16', bytes(Uint16Array.of(0x3c00, 0x8000)), true],
    ['bfloat16', bytes(Uint16Array.of(0x0001, 0x3c00)), false],
    ['float8_e4m3fnuz', Uint8Array.of(0x80), false],
    ['float8_e8m0fnu', Uint8Array.of(0), false],
    ['int64', bytes(BigInt64Array.of(1n, 0n)), true],
    ['bool', Uint8Array.of(1, 1), false],
    ['uint8', new Uint8Array(0), false],
  ];
  for (const [dtype, given, expected] of cases)
    it(`finds ${expected ? 'a' : 'no'} zero in [${given.join(', ')}] of ${dtype}`, () => {
      assert.equal(includesZero(dtype, given), expected);
    });
});
