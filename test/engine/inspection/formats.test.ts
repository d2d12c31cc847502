/** Weights and masks of other formats than float32 and uint8, which the kernels convert. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { compareCheckpoints } from '../../../engine/inspection/compare';
import { inspect } from '../../../engine/inspection/inspect';
import { PIECE } from '../../../engine/inspection/pieces';
import { random } from '../../../engine/random';
import { temporaryFolder } from '../../fixtures';

type Dtype = 'F16' | 'BF16' | 'F32' | 'F64' | 'U8' | 'BOOL' | 'I8' | 'I16' | 'I32' | 'I64';

/** Codes of float16 and bfloat16, and the float32 of the same value, as the IEEE standard defines them. */
const WEIGHTS: Record<'F16' | 'BF16', [code: number, value: number][]> = {
  F16: [
    [0x0000, 0],
    [0x8000, -0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x0001, 2 ** -24],
    [0x83ff, -1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x7bff, 65504],
    [0xfbff, -65504],
    [0x3555, 1365 / 4096],
  ],
  BF16: [
    [0x0000, 0],
    [0x8000, -0],
    [0x3f80, 1],
    [0xc000, -2],
    [0x0001, 2 ** -133],
    [0x807f, -127 * 2 ** -133],
    [0x0080, 2 ** -126],
    [0x4f7f, 255 * 2 ** 24],
    [0x3eab, 171 / 512],
  ],
};

const ENDLESS: Record<'F16' | 'BF16', [code: number, value: number][]> = {
  F16: [
    [0x7c00, Infinity],
    [0xfc00, -Infinity],
    [0x7e01, NaN],
  ],
  BF16: [
    [0x7f80, Infinity],
    [0xff80, -Infinity],
    [0x7fc1, NaN],
  ],
};

function maskBytes(dtype: Dtype, mask: Uint8Array): Uint8Array {
  const array = {
    F16: () => Uint16Array.from(mask, (kept, i) => (kept ? 0x3c00 : i % 2 ? 0x8000 : 0)),
    BF16: () => Uint16Array.from(mask, (kept, i) => (kept ? 0x3f80 : i % 2 ? 0x8000 : 0)),
    F32: () => Float32Array.from(mask, (kept, i) => kept || (i % 2 ? -0 : 0)),
    F64: () => Float64Array.from(mask, (kept, i) => kept || (i % 2 ? -0 : 0)),
    U8: () => mask,
    BOOL: () => mask,
    I8: () => mask,
    I16: () => Int16Array.from(mask),
    I32: () => Int32Array.from(mask),
    I64: () => BigInt64Array.from(mask, BigInt),
  }[dtype]();
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

interface Entry {
  name: string;
  dtype: Dtype;
  shape: number[];
  bytes: Uint8Array;
}

function write(file: string, entries: readonly Entry[]): string {
  let end = 0;
  const header = entries.map(({ name, dtype, shape, bytes }) => [
    name,
    { dtype, shape, data_offsets: [end, (end += bytes.length)] },
  ]);
  const text = Buffer.from(JSON.stringify(Object.fromEntries(header)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(file, Buffer.concat([length, text, ...entries.map(({ bytes }) => bytes)]));
  return file;
}

describe('weights and masks of other formats', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  const shape = [PIECE / 128 + 3, 133];
  const count = shape[0]! * shape[1]!;

  function drawMask(name: string): Uint8Array {
    const source = random(5, name);
    return Uint8Array.from({ length: count }, () => source.below(2));
  }

  const bytesOf = (data: Uint16Array | Float32Array) => new Uint8Array(data.buffer);

  for (const dtype of ['F16', 'BF16'] as const)
    for (const kind of ['finite', 'endless'] as const)
      for (const masked of [true, false])
        it(`counts ${kind} ${dtype} weights ${masked ? 'with' : 'without'} masks like float32`, async () => {
          const source = random(6, dtype + kind);
          const values = kind === 'finite' ? WEIGHTS[dtype] : [...WEIGHTS[dtype], ...ENDLESS[dtype]];
          const drawn = Array.from({ length: count }, () => values[source.below(values.length)]!);
          const mask = { name: 'a.mask', dtype: 'U8' as const, shape, bytes: drawMask('m') };
          const made = (file: string, type: Dtype, bytes: Uint8Array) =>
            write(inFolder(file), [{ name: 'a.weight', dtype: type, shape, bytes }, ...(masked ? [mask] : [])]);
          const narrow = made('narrow', dtype, bytesOf(Uint16Array.from(drawn, ([code]) => code)));
          const wide = made('wide', 'F32', bytesOf(Float32Array.from(drawn, ([, value]) => value)));
          const [found, expected] = [await inspect(narrow), await inspect(wide)];
          const { storage: _, ...layer } = found.layers[0]!;
          const { storage: __, ...expectedLayer } = expected.layers[0]!;
          assert.deepEqual(layer, expectedLayer);
          assert.deepEqual({ ...found.tensors[0]!, dtype: 'float32' }, expected.tensors[0]);
          const compared = await compareCheckpoints(narrow, wide);
          const { keptBoth, onlyA, onlyB, flipped } = compared.total;
          assert.deepEqual([keptBoth, onlyA, onlyB, flipped], [expectedLayer.kept, 0, 0, 0]);
        });

  for (const dtype of ['F16', 'BF16', 'F32', 'F64', 'BOOL', 'I8', 'I16', 'I32', 'I64'] as const)
    it(`reads masks of ${dtype}`, async () => {
      const source = random(7, dtype);
      const weights = bytesOf(Float32Array.from({ length: count }, () => source.normal()));
      const mask = drawMask(dtype);
      const made = (file: string, type: Dtype) =>
        write(inFolder(file), [
          { name: 'a.weight', dtype: 'F32', shape, bytes: weights },
          { name: 'a.weight_mask', dtype: type, shape, bytes: maskBytes(type, mask) },
        ]);
      const [found, expected] = [await inspect(made('x', dtype)), await inspect(made('y', 'U8'))];
      assert.deepEqual(found.layers, expected.layers);
      const { dtype: _, ...tensor } = found.tensors[1]!;
      const { dtype: __, ...expectedTensor } = expected.tensors[1]!;
      assert.deepEqual(tensor, expectedTensor);
    });

  it('leaves out a layer whose float mask has other values', async () => {
    const mask = Float32Array.from(drawMask('soft'));
    mask[count - 1] = 0.5;
    const entries: Entry[] = [
      { name: 'a.weight', dtype: 'F32', shape, bytes: bytesOf(new Float32Array(count).fill(1)) },
      { name: 'a.weight_mask', dtype: 'F32', shape, bytes: bytesOf(mask) },
    ];
    const { layers, warnings } = await inspect(write(inFolder('soft'), entries));
    assert.equal(layers.length, 0);
    assert.match(warnings!.join(), /0\.5/);
  });
});
