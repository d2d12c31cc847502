/** Reads numbers of 2 to 6 bits, which files store without gaps. */
import { bitsOfDtype, type Dtype } from './dtypes';
import type { FillStorage } from './strided';

/**
 * Returns a function that reads the elements of a tensor, one code per byte. `fill` reads the bytes of the file. The first element of a byte
 * is in its lowest bits, as in `torch.float4_e2m1fn_x2`. Returns `fill` itself for a dtype of whole bytes.
 */
export function unpacked(dtype: Dtype, fill: FillStorage): FillStorage {
  const bits = bitsOfDtype(dtype);
  if (bits >= 8) return fill;
  return async (into, from) => {
    const first = Math.floor((from * bits) / 8);
    const bytes = new Uint8Array(Math.ceil(((from + into.length) * bits) / 8) - first);
    await fill(bytes, first);
    const mask = 2 ** bits - 1;
    for (let i = 0; i < into.length; i++) {
      const bit = (from + i) * bits - 8 * first;
      const at = Math.floor(bit / 8);
      into[i] = ((bytes[at]! | ((bytes[at + 1] ?? 0) << 8)) >>> (bit % 8)) & mask;
    }
  };
}
