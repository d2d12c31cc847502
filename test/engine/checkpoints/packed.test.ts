/** Tests that numbers of 4 and 6 bits are read from any position. */
import assert from 'node:assert/strict';
import { unpacked } from '../../../engine/checkpoints/packed';

describe('unpacked', () => {
  for (const [dtype, bits] of [
    ['float6_e2m3fn', 6],
    ['float6_e3m2fn', 6],
    ['float4_e2m1fn', 4],
  ] as const)
    it(`reads every range of ${dtype}`, async () => {
      const codes = Array.from({ length: 24 }, (_, i) => (7 * i + 5) % 2 ** bits);
      const packed = new Uint8Array((24 * bits) / 8);
      codes.forEach((code, i) => {
        for (let bit = 0; bit < bits; bit++)
          packed[Math.floor((i * bits + bit) / 8)]! |= ((code >> bit) & 1) << ((i * bits + bit) % 8);
      });
      const fill = unpacked(dtype, (into, from) => {
        assert.ok(from + into.length <= packed.length, 'reads beyond the tensor');
        into.set(packed.subarray(from, from + into.length));
        return Promise.resolve();
      });
      for (let from = 0; from <= codes.length; from++)
        for (let to = from; to <= codes.length; to++) {
          const into = new Uint8Array(to - from);
          await fill(into, from);
          assert.deepEqual([...into], codes.slice(from, to));
        }
    });

  it('does not change formats of whole bytes', () => {
    const fill = () => Promise.resolve();
    assert.equal(unpacked('float16', fill), fill);
  });
});
