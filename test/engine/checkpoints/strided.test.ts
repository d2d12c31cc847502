import assert from 'node:assert/strict';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sizeOf } from '../../../engine/tensors';
import { fillFromWhole, fillOf, stridesOf } from '../../../engine/checkpoints/strided';

const FILE = { big: false, file: 'x' };

/** Makes a storage of any length whose element i is i. Counts all bytes that are read, and the bytes of the largest read. */
function numbers() {
  const read = { bytes: 0, most: 0 };
  const fill = (into: Uint8Array, from: number) => {
    read.bytes += into.length;
    read.most = Math.max(read.most, into.length);
    const values = new Float64Array(into.buffer, into.byteOffset, into.length / 8);
    values.forEach((_, i) => (values[i] = from / 8 + i));
    return Promise.resolve();
  };
  return { read, fill };
}

async function gather(view: { offset?: number; shape: number[]; strides: number[] }) {
  const { read, fill } = numbers();
  const values = new Float64Array(sizeOf(view.shape));
  await fillOf({ dtype: 'float64', offset: 0, ...view }, fill, FILE)(new Uint8Array(values.buffer), 0);
  return { read, values: Array.from(values) };
}

/** Returns the elements of a view, computed from the definition of strides. */
function expected({ offset = 0, shape, strides }: { offset?: number; shape: number[]; strides: number[] }): number[] {
  const [length, ...rest] = shape;
  if (length === undefined) return [offset];
  const [stride = 0, ...inner] = strides;
  return Array.from({ length }, (_, i) =>
    expected({ offset: offset + i * stride, shape: rest, strides: inner }),
  ).flat();
}

describe('fillOf', () => {
  it('reads an empty view with any strides', async () => {
    const view = { dtype: 'float32' as const, offset: 0, shape: [0, 3], strides: [50, 2] };
    const fill = fillOf(view, () => Promise.reject(new Error('not to be read')), FILE);
    await fill(new Uint8Array(0), 0);
  });

  for (const view of [
    { shape: [2], strides: [1e9] },
    { shape: [3, 2], strides: [1, 1e9], offset: 5 },
    { shape: [2, 3, 2], strides: [3e9, 1e8, 7] },
    { shape: [5, 3, 4], strides: [1, 5, 15] },
    { shape: [3, 4], strides: [0, 2] },
    { shape: [40], strides: [1e6] },
    { shape: [2000, 3], strides: [50, 1] },
  ])
    it(`reads shape [${view.shape.join(', ')}] with strides [${view.strides.join(', ')}] with little memory`, async () => {
      const { read, values } = await gather(view);
      assert.deepEqual(values, expected(view));
      assert.ok(read.most <= 2 ** 26, `${read.most} bytes at once`);
      assert.ok(read.bytes <= 2 ** 20, `${read.bytes} bytes`);
    });

  it('refuses a copy that is too large', () => {
    const view = { dtype: 'float32' as const, offset: 0, shape: [2 ** 15, 2 ** 15] };
    const fill = () => Promise.reject(new Error('not to be read'));
    assert.throws(() => fillOf({ ...view, strides: [0, 0] }, fill, FILE), /repeats a few numbers/);
    const fortran = stridesOf(view.shape, true);
    assert.throws(() => fillOf({ ...view, strides: fortran }, fill, FILE), /not contiguous and has more than 2 GiB/);
  });
});

describe('fillFromWhole', () => {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

  async function readTwice(whole: ReturnType<typeof fillFromWhole>): Promise<void> {
    for (const from of [0, 50_000]) {
      await whole(new Uint8Array(50_000), from);
      await pause();
      collectGarbage();
    }
  }

  it('loads the bytes once in a pass, even if the garbage collector runs', async () => {
    let loads = 0;
    const whole = fillFromWhole(() => Promise.resolve(new Uint8Array(100_000).fill(++loads)));
    const into = new Uint8Array(10_000);
    for (let from = 0; from < 100_000; from += into.length) {
      await whole(into, from);
      await pause();
      collectGarbage();
    }
    assert.deepEqual([loads, into[0]], [1, 1]);
  });

  it('loads the bytes once for pieces that are requested at the same time', async () => {
    let loads = 0;
    const whole = fillFromWhole(() => pause().then(() => new Uint8Array(100).fill(++loads)));
    await Promise.all([0, 40, 80].map((from) => whole(new Uint8Array(20), from)));
    assert.equal(loads, 1);
  });

  it('frees the bytes after a pass and after a pause', async () => {
    let loads = 0;
    const whole = fillFromWhole(() => Promise.resolve(new Uint8Array(100_000).fill(++loads)), 1);
    await readTwice(whole);
    await pause();
    collectGarbage();
    await whole(new Uint8Array(10), 0);
    await pause();
    collectGarbage();
    await whole(new Uint8Array(10), 10);
    assert.ok(loads >= 3, `${loads} loads`);
  });

  it('loads the bytes again after a failure', async () => {
    let loads = 0;
    const whole = fillFromWhole(() =>
      ++loads === 1 ? Promise.reject(new Error('lost')) : Promise.resolve(new Uint8Array(10)),
    );
    await assert.rejects(whole(new Uint8Array(1), 0), /lost/);
    await whole(new Uint8Array(1), 0);
  });
});
