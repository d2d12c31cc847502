import assert from 'node:assert/strict';
import { createPool, type Pool } from '../../../engine/backends/wasm/pool';

const COUNT = 100_000;
const WORK = { units: COUNT / 4, cost: 100 };
/** Offset of the first output. The outputs follow the inputs. */
const OUT = COUNT * 4;

describe('pool', () => {
  let floats: Float32Array;
  let pool: Pool;

  beforeEach(() => {
    const memory = new WebAssembly.Memory({ initial: 32, maximum: 65_536, shared: true });
    floats = new Float32Array(memory.buffer);
    floats.subarray(0, COUNT).forEach((_, i, x) => (x[i] = i % 3));
    pool = createPool(memory, { threads: 3, set: 'simd', winograd: false, gelu32: false });
  });
  afterEach(() => {
    pool.dispose();
  });

  it('completes each of many jobs', () => {
    for (let job = 0; job < 2_000; job++) {
      floats.fill(-1, COUNT, 2 * COUNT);
      const count = COUNT - 4 * (job % 7);
      pool.run('addRelu', [0, 0, OUT, count], { ...WORK, units: count / 4 });
      const wrong = floats.subarray(COUNT, 2 * COUNT).findIndex((y, i) => y !== (i < count ? i % 3 : -1));
      assert.equal(wrong, -1, `job ${job}`);
    }
  }).timeout(20_000);

  it('throws if a part failed in any thread', () => {
    const end = floats.byteLength - 4 * 16;
    assert.throws(() => {
      pool.run('addRelu', [0, 0, end, COUNT], WORK);
    }, /addRelu/);
  });
});
