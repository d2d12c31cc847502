import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { compareCheckpoints } from '../../../engine/inspection/compare';
import { inspect } from '../../../engine/inspection/inspect';
import { addMagnitudes, correlationOf, noMagnitudes } from '../../../engine/inspection/magnitudes';
import { addPairs, comparisonOf, noPairs } from '../../../engine/inspection/pairs';
import { PIECE } from '../../../engine/inspection/pieces';
import { Workspace } from '../../../engine/inspection/simd/workspace';
import { countSigns } from '../../../engine/inspection/states';
import { random } from '../../../engine/random';
import { sizeOf, type HostTensor } from '../../../engine/tensors';
import { temporaryFolder } from '../../fixtures';

/**
 * Tensor sizes near three limits: the length of a vector, the largest count in a byte, and the length of a piece. Each file also has a
 * tensor that uses the kernels.
 */
const SIZES = [1, 15, 16, 17, 16 * 255, 16 * 255 + 1, 40_000, PIECE, PIECE + 5, 2 * PIECE + 16];
const SPECIAL = [0, -0, 1e-45, -1e-45, 3.4e38, -3.4e38];
const ENDLESS = [Infinity, -Infinity, NaN];

interface Drawn {
  weights: Float32Array;
  mask: Uint8Array;
}

function draw(name: string, size: number, special: readonly number[]): Drawn {
  const source = random(1, name);
  const value = () => (source.below(3) === 0 ? special[source.below(special.length)]! : source.normal());
  return {
    weights: Float32Array.from({ length: size }, value),
    mask: Uint8Array.from({ length: size }, () => source.below(2)),
  };
}

describe('the kernels of inspection', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();

  it('are compiled from their current source', async () => {
    await promisify(execFile)(process.execPath, ['engine/inspection/simd/compile.mjs', '--check']);
  });

  async function write(file: string, layers: Drawn[], { masked = true } = {}): Promise<string> {
    const tensors = new Map<string, HostTensor>();
    layers.forEach(({ weights, mask }, i) => {
      tensors.set(`${i}.weight`, { dtype: 'F32', shape: [1, weights.length], data: weights });
      if (masked) tensors.set(`${i}.mask`, { dtype: 'U8', shape: [1, weights.length], data: mask });
    });
    await writeSafetensors(inFolder(file), { tensors, metadata: {} });
    return inFolder(file);
  }

  for (const [kind, special] of [
    ['finite', SPECIAL],
    ['endless', [...SPECIAL, ...ENDLESS]],
  ] as const)
    for (const masked of [true, false])
      it(`count ${kind} weights ${masked ? 'with' : 'without'} masks like a loop over values`, async () => {
        const layers = SIZES.map((size, i) => draw(`${kind} ${i}`, size, special));
        const inspection = await inspect(await write('a', layers, { masked }));
        layers.forEach(({ weights, mask }, i) => {
          const values = [...weights];
          const finite = values.filter((value) => Number.isFinite(value));
          const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
          const { mean, norm, ...counts } = inspection.tensors.find(({ name }) => name === `${i}.weight`)!;
          assert.deepEqual(counts, {
            ...{ name: `${i}.weight`, dtype: 'float32', shape: [1, values.length], count: values.length },
            zeros: values.filter((value) => value === 0).length,
            negatives: values.filter((value) => value < 0).length,
            positives: values.filter((value) => value > 0).length,
            nans: values.filter(Number.isNaN).length,
            infs: values.filter((value) => Math.abs(value) === Infinity).length,
            min: finite.reduce((least, value) => Math.min(least, value), Infinity) + 0,
            max: finite.reduce((greatest, value) => Math.max(greatest, value), -Infinity) + 0,
          });
          const scale = finite.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-300);
          assert.ok(Math.abs(mean - sum(finite) / finite.length) <= 1e-12 * scale, `mean of ${i}`);
          const expected = Math.sqrt(sum(finite.map((value) => value * value)));
          assert.ok(Math.abs(norm - expected) <= 1e-12 * expected, `norm of ${i}`);
          const layer = inspection.layers[i]!;
          const kept = masked ? mask : Uint8Array.from(values, (value) => Number(value !== 0));
          const { positive, negative, kept: count } = countSigns({ weights, mask: kept });
          if (masked || kind === 'finite')
            assert.deepEqual([layer.kept, layer.positive, layer.negative], [count, positive, negative]);
          if (!masked) return;
          const { zeros, positives } = inspection.tensors.find(({ name }) => name === `${i}.mask`)!;
          assert.deepEqual([zeros, positives], [mask.length - count, count]);
        });
      });

  for (const sign of [1, -1])
    for (const masked of [true, false])
      it(`leave padding out of the extremes of ${sign > 0 ? 'positive' : 'negative'} weights ${masked ? 'with' : 'without'} masks`, async () => {
        const tensors = new Map<string, HostTensor>();
        // pieces of whole filters: 262,143 weights, which are padded, and 432, which are not; and pieces of which only the last is padded
        const shapes = { filters: [9725, 3, 3, 3], rows: [1, PIECE + 5], whole: [1, 2 * PIECE] };
        for (const [name, shape] of Object.entries(shapes)) {
          const { weights, mask } = draw(name, sizeOf(shape), [1]);
          const data = weights.map((weight) => sign * (0.5 + Math.abs(weight)));
          tensors.set(`${name}.weight`, { dtype: 'F32', shape, data });
          if (masked) tensors.set(`${name}.mask`, { dtype: 'U8', shape, data: mask });
        }
        await writeSafetensors(inFolder('signs'), { tensors, metadata: {} });
        const inspection = await inspect(inFolder('signs'));
        for (const name of Object.keys(shapes)) {
          const { zeros, min, max } = inspection.tensors.find((tensor) => tensor.name === `${name}.weight`)!;
          const values = tensors.get(`${name}.weight`)!.data as Float32Array;
          assert.deepEqual([zeros, min, max], [0, ...extremesOf(values)], name);
        }
      });

  it('measure the pieces of a layer in any order, padded or not', () => {
    const workspace = new Workspace(1, 64);
    const slot = workspace.slots[0]!;
    for (const signs of [[1], [-1], [1, -1], [-1, 1]])
      for (const counts of [
        [17, 16],
        [16, 17],
        [1, 32, 5, 48],
        [33, 7, 16],
        [16, 5, 16],
      ])
        // prettier-ignore
        for (const masked of [true, false]) {
          const key = {};
          const seen: number[] = [];
          const found: number[] = [];
          counts.forEach((count, piece) => {
            const { weights, mask } = draw(`${piece}`, count, [1]);
            const values = weights.map((weight) => signs[piece % signs.length]! * (0.5 + Math.abs(weight)));
            new Float32Array(slot.weights.bytes.buffer, slot.weights.address, count).set(values);
            slot.mask.bytes.set(mask);
            const { min, max } = workspace.measure(key, { slot, masked }, count)!.sums;
            found.push(min, max);
            seen.push(...values);
            assert.deepEqual(extremesOf(found), extremesOf(seen), `${counts.join()} with signs ${signs.join()}`);
          });
        }
  });

  it('count a mask with two bytes per element correctly', async () => {
    const { weights, mask } = draw('wide', 70_000, SPECIAL);
    const [values, bits] = [Buffer.from(weights.buffer), Buffer.from(new Int16Array(mask).buffer)];
    const shape = [1, mask.length];
    const end = values.length + bits.length;
    const header = JSON.stringify({
      '0.weight': { dtype: 'F32', shape, data_offsets: [0, values.length] },
      '0.mask': { dtype: 'I16', shape, data_offsets: [values.length, end] },
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    writeFileSync(inFolder('wide'), Buffer.concat([length, Buffer.from(header), values, bits]));
    const { tensors: seen } = await inspect(inFolder('wide'));
    const kept = mask.reduce((sum, bit) => sum + bit, 0);
    const { zeros, positives, mean } = seen.find(({ name }) => name === '0.mask')!;
    assert.deepEqual([zeros, positives, mean], [mask.length - kept, kept, kept / mask.length]);
  });

  for (const [maskedA, maskedB] of [
    [true, true],
    [true, false],
    [false, false],
  ] as const)
    it(`compare like a loop over values (masks: ${maskedA}, ${maskedB})`, async () => {
      const special = [...SPECIAL, ...ENDLESS];
      const a = SIZES.map((size, i) => draw(`a${i}`, size, special));
      const b = SIZES.map((size, i) => draw(`b${i}`, size, special));
      const files = [await write('a', a, { masked: maskedA }), await write('b', b, { masked: maskedB })] as const;
      const { layers, total } = await compareCheckpoints(...files);
      const nonzero = ({ weights }: Drawn) => Uint8Array.from(weights, (weight) => Number(weight !== 0));
      const all = noPairs();
      SIZES.forEach((_, i) => {
        const counts = noPairs();
        const [sideA, sideB] = [a[i]!, b[i]!];
        const parts = [
          { weights: sideA.weights, mask: maskedA ? sideA.mask : nonzero(sideA) },
          { weights: sideB.weights, mask: maskedB ? sideB.mask : nonzero(sideB) },
        ];
        addPairs(counts, parts[0]!, parts[1]!);
        counts.forEach((n, pair) => (all[pair]! += n));
        const { magnitudeCorrelation = NaN, ...counted } = layers[i]!;
        assert.deepEqual(counted, comparisonOf(String(i), counts));
        const magnitudes = noMagnitudes();
        addMagnitudes(magnitudes, parts[0]!, parts[1]!);
        assertNear(magnitudeCorrelation, correlationOf(magnitudes));
      });
      const { magnitudeCorrelation: _, ...counted } = total;
      assert.deepEqual(counted, comparisonOf('total', all, layers));
    });

  it('correlate magnitudes like a loop over values', async () => {
    const a = SIZES.map((size, i) => draw(`a${i}`, size, [0]));
    const b = a.map(({ weights }, i) => {
      const other = draw(`b${i}`, weights.length, [0]);
      return { ...other, weights: weights.map((weight, at) => -weight + 0.5 * other.weights[at]!) };
    });
    const files = [await write('a', a), await write('b', b)] as const;
    const { layers, total } = await compareCheckpoints(...files);
    const all = noMagnitudes();
    SIZES.forEach((_, i) => {
      const magnitudes = noMagnitudes();
      addMagnitudes(magnitudes, a[i]!, b[i]!);
      assertNear(layers[i]!.magnitudeCorrelation!, correlationOf(magnitudes));
      addMagnitudes(all, a[i]!, b[i]!);
    });
    assertNear(total.magnitudeCorrelation!, correlationOf(all));
    assert.ok(total.magnitudeCorrelation! > 0.2);
    const same = await compareCheckpoints(files[0], files[0]);
    assertNear(same.total.magnitudeCorrelation!, 1);
  });

  it('leave out a layer whose mask of any size is not binary', async () => {
    const layer = draw('x', 100_000, SPECIAL);
    layer.mask[77_777] = 2;
    const file = await write('a', [layer]);
    for (const { warnings } of [await inspect(file), await compareCheckpoints(file, file)])
      assert.match(warnings![0]!, /mask "0.mask" is not binary \(it has the value 2\)/);
    const sound = await inspect(await write('b', [draw('y', 100_000, SPECIAL)])); // what follows is not harmed
    assert.equal(sound.layers.length, 1);
  });

  it('work for several inspections at the same time', async () => {
    const files = await Promise.all([1, 2, 3, 4].map((n) => write(`${n}`, [draw(`${n}`, n * 90_000, SPECIAL)])));
    const alone = [];
    for (const file of files) alone.push(await inspect(file));
    assert.deepEqual(await Promise.all(files.map((file) => inspect(file))), alone);
  });
});

function extremesOf(values: Iterable<number>): [min: number, max: number] {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) [min, max] = [Math.min(min, value), Math.max(max, value)];
  return [min, max];
}

function assertNear(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-5 || Object.is(actual, expected), `${actual} is not ${expected}`);
}
