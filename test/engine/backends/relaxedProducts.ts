/** A program that multiplies two matrices with both sets of vector instructions, and prints how far each product is from one in float64. */
import { createPool } from '../../../engine/backends/wasm/pool';
import type { InstructionSet } from '../../../engine/backends/wasm/simd/load';
import { values } from './reference';

export interface Products {
  fuses: boolean;
  /** Largest differences, relative to the largest element. */
  off: Record<InstructionSet, number>;
}

const [ROWS, INNER, OUTPUTS] = [37, 300, 21];
const LANES = 8;

function offOf(set: InstructionSet): { off: number; fuses: boolean } {
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 65_536, shared: true });
  const pool = createPool(memory, { threads: 1, set, winograd: false, gelu32: false });
  const floats = new Float32Array(memory.buffer);
  const [left, right] = [values(ROWS * INNER, 1), values(INNER * OUTPUTS, 2)];
  const [leftAt, rightAt, panelsAt, outAt] = [2 ** 14, 2 ** 15, 2 ** 16, 2 ** 17];
  floats.set(left, leftAt);
  floats.set(right, rightAt);
  const address = (at: number) => 4 * at;
  const units = Math.ceil(OUTPUTS / LANES);
  pool.run('packPanels', [address(rightAt), address(panelsAt), 1, 1, INNER, OUTPUTS, 0, 0, OUTPUTS, 1], {
    units,
    cost: 1,
  });
  const args = [address(leftAt), address(panelsAt), address(outAt), ROWS, INNER, OUTPUTS, 0];
  pool.run('multiply', args, { units: Math.ceil(ROWS / 4), cost: 1 });
  let [off, largest] = [0, 0];
  for (let m = 0; m < ROWS; m++)
    for (let o = 0; o < OUTPUTS; o++) {
      let exact = 0;
      for (let k = 0; k < INNER; k++) exact += left[m * INNER + k]! * right[k * OUTPUTS + o]!;
      off = Math.max(off, Math.abs(floats[outAt + m * OUTPUTS + o]! - exact));
      largest = Math.max(largest, Math.abs(exact));
    }
  return { off: off / largest, fuses: pool.fuses };
}

const [plain, relaxed] = [offOf('simd'), offOf('relaxed')];
if (plain.fuses) throw new Error('ordinary instructions must round each product');
console.log(
  JSON.stringify({ fuses: relaxed.fuses, off: { simd: plain.off, relaxed: relaxed.off } } satisfies Products),
);
