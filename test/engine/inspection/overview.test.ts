/** Structure, magnitudes and storage of layers: truths of numpy, and kernels against loops over single weights. */
import assert from 'node:assert/strict';
import type { Layer } from '../../../engine/checkpoints/layers';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { inspect } from '../../../engine/inspection/inspect';
import { maskAxesOf, unitOf } from '../../../engine/inspection/maskAxes';
import { maskTallyByValue } from '../../../engine/inspection/maskTally';
import { Workspace } from '../../../engine/inspection/simd/workspace';
import { formsOf } from '../../../engine/inspection/storage';
import { structureOf } from '../../../engine/inspection/structure';
import type { LayerStatistics, LayerStructure } from '../../../engine/protocol';
import { intendedPattern } from '../../../engine/vocabulary/overview';
import { random, type Random } from '../../../engine/random';
import type { HostTensor } from '../../../engine/tensors';
import { fixture, readJson, temporaryFolder } from '../../fixtures';
import { checkOutput } from '../outputSchema';
import { magnitudesByValue, structureByValue } from './overviewReference';

interface Truth {
  pattern: string;
  outputs: number[];
  inputs: number[];
  kernels?: number[];
  histogram: object;
  smallestKept: number;
  largestPruned?: number;
  isMagnitudeMask?: boolean;
  storage: object;
}

const LAYOUTS = ['OI', 'OIW', 'OIHW', 'OIDHW', 'OII', 'IO', 'WIO', 'HWIO', 'HWOI', 'IOHW', 'IOO', 'IIO', 'HWIM', 'O'];

/** Draws a mask of 0 and 1, in which whole parts and groups are often pruned. */
function drawMask(source: Random, shape: readonly number[]): Uint8Array {
  const share = [0.02, 0.3, 0.9, 1][source.below(4)]!;
  const count = shape.reduce((product, length) => product * length, 1);
  const mask = Uint8Array.from({ length: count }, () => Number(source.uniform() < share));
  const axis = source.below(shape.length);
  const stride = shape.slice(axis + 1).reduce((product, length) => product * length, 1);
  const period = [2, 4, 8, shape[axis]!][source.below(4)]!;
  for (let i = 0; i < count; i++) if ((Math.floor(i / stride) % shape[axis]!) % period >= period / 2) mask[i] = 0;
  return mask;
}

/** Draws consecutive pieces of whole units. */
function drawPieces(source: Random, count: number, { unit, most }: { unit: number; most: number }): [number, number][] {
  const pieces: [number, number][] = [];
  for (let from = 0; from < count; from = pieces.at(-1)![1])
    pieces.push([from, Math.min(count, from + unit * (1 + source.below(Math.floor(most / unit))))]);
  return pieces;
}

describe('the overview of layers', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();

  it('agrees with numpy on patterns, dead parts, magnitudes and bytes', async () => {
    const truths = readJson('overview/layers.json') as Record<string, Truth>;
    const inspection = await inspect(fixture('overview/layers.safetensors'));
    checkOutput('inspection', inspection);
    for (const [name, truth] of Object.entries(truths)) {
      const layer = inspection.layers.find((other) => other.name === name || other.name.startsWith(`${name}/`))!;
      const { structure, magnitudes } = layer;
      const parts = (found?: { count: number; dead: number }) => found && [found.count, found.dead];
      const found = {
        ...{ pattern: structure!.pattern, outputs: parts(structure!.outputs), inputs: parts(structure!.inputs) },
        ...(structure!.kernels && { kernels: parts(structure!.kernels) }),
        ...magnitudes,
        ...(layer.isMagnitudeMask !== undefined && { isMagnitudeMask: layer.isMagnitudeMask }),
        storage: layer.storage,
      };
      assert.deepEqual(found, truth, name);
    }
  });

  it('finds the parts of any layout, with the kernels and without them', () => {
    const workspace = new Workspace(1, 2 ** 12);
    for (const layout of LAYOUTS)
      for (let seed = 0; seed < 40; seed++) {
        const source = random(seed, layout);
        const lengths = [1, 2, 3, 4, 8, 16, 24, 48];
        const shape = Array.from(layout, (letter) =>
          'DHW'.includes(letter) ? 1 + source.below(4) : lengths[source.below(lengths.length)]!,
        );
        const mask = drawMask(source, shape);
        const axes = maskAxesOf({ shape, layout })!;
        const isDense = mask.every((kept) => kept === 1);
        const expected = structureByValue({ shape, layout, mask });
        const byValue = maskTallyByValue(axes);
        for (const [from, to] of drawPieces(source, mask.length, { unit: 1, most: mask.length }))
          byValue.add(mask.subarray(from, to), from);
        const words = `${layout} ${shape.join('×')} seed ${seed}`;
        assert.deepEqual(structureOf({ layout, isDense }, axes, byValue.found()), expected, words);
        if (!workspace.masks.fits(axes, 2 ** 12)) continue;
        const byKernel = workspace.masks.start(axes);
        for (const [from, to] of drawPieces(source, mask.length, { unit: unitOf(axes), most: 2 ** 12 }))
          byKernel.add(workspace.masks.keep(mask.subarray(from, to)), from);
        assert.deepEqual(structureOf({ layout, isDense }, axes, byKernel.found()), expected, `kernels: ${words}`);
      }
  });

  const SHAPES: [name: string, layout: string, shape: number[]][] = [
    ['c/kernel', 'IO', [16, 17_000]], // its groups are larger than a piece
    ['a.weight', 'OI', [270, 1000]],
    ['b.weight', 'OIHW', [16, 48, 3, 3]],
    ['d/kernel', 'HWIO', [3, 3, 16, 50]],
    ['e.weight', 'OI', [9000, 5]],
    ['f.weight', 'OI', [3, 7]],
  ];

  for (const kind of ['finite', 'endless'] as const)
    for (const masked of [true, false])
      it(`is the same as weight by weight for ${kind} weights ${masked ? 'with' : 'without'} masks`, async () => {
        const tensors = new Map<string, HostTensor>();
        const shapes = masked && kind === 'finite' ? SHAPES : SHAPES.slice(1);
        const drawn = shapes.map(([name, layout, shape]) => {
          const source = random(3, name);
          const mask = drawMask(source, shape);
          const value = (kept: number) =>
            kept || (masked && source.below(2)) ? source.normal() * 2 ** -source.below(40) : 0;
          const data = Float32Array.from(mask, value);
          data.set([1e-45, -3e38, 0, -0], data.length - 10);
          if (kind === 'endless') data.set([NaN, Infinity, -Infinity], data.length - 20);
          tensors.set(name, { dtype: 'F32', shape, data });
          if (masked)
            tensors.set(name.includes('/') ? `${name}_mask:0` : `${name}_mask`, { dtype: 'U8', shape, data: mask });
          return { layout, shape, data, mask: masked ? mask : Uint8Array.from(data, (weight) => Number(weight !== 0)) };
        });
        await writeSafetensors(inFolder('x'), { tensors, metadata: {} });
        const { layers, magnitudes } = await inspect(inFolder('x'));
        drawn.forEach((layer, i) => {
          const found = layers[i]!;
          const { patternChance: _, ...structure } = found.structure!;
          assert.deepEqual(structure, structureByValue(layer), found.name);
          assert.deepEqual(found.magnitudes, magnitudesByValue(layer.data, layer.mask), found.name);
        });
        const joined = (key: 'data' | 'mask') => drawn.flatMap((layer) => Array.from(layer[key]));
        assert.deepEqual(magnitudes, magnitudesByValue(joined('data'), joined('mask')));
      });

  it('says whether a mask is a magnitude mask, of each layer or of all', async () => {
    const kindOf = async (scale: number, mask: number[], pruned = 0.5) => {
      const entry = (factor: number) => Float32Array.from([1, 2, -3, -pruned], (value) => value * factor);
      const tensors = new Map<string, HostTensor>([
        ['a.weight', { dtype: 'F32', shape: [2, 2], data: entry(1) }],
        ['a.mask', { dtype: 'U8', shape: [2, 2], data: Uint8Array.from([1, 1, 1, 0]) }],
        ['b.weight', { dtype: 'F32', shape: [2, 2], data: entry(scale) }],
        ['b.mask', { dtype: 'U8', shape: [2, 2], data: Uint8Array.from(mask) }],
      ]);
      await writeSafetensors(inFolder('m'), { tensors, metadata: {} });
      const found = await inspect(inFolder('m'));
      checkOutput('inspection', JSON.parse(JSON.stringify(found)));
      return [found.magnitudeMask, ...found.layers.map(({ isMagnitudeMask }: LayerStatistics) => isMagnitudeMask)];
    };
    assert.deepEqual(await kindOf(1.5, [1, 1, 1, 0]), ['global', true, true]);
    assert.deepEqual(await kindOf(10, [1, 1, 1, 0]), ['layers', true, true]);
    assert.deepEqual(await kindOf(1, [1, 0, 1, 0]), ['none', true, false]);
    assert.deepEqual(await kindOf(1, [1, 1, 1, 0], 0), [undefined, undefined, undefined]);
  });

  it('tells intended patterns from those that a random mask would fit', async () => {
    const source = random(9, 'chance');
    const sparse = Float32Array.from({ length: 16 }, (_, i) => Number(i % 16 === 0)); // 1 weight in each row of 16
    const intended = Float32Array.from({ length: 64 * 64 }, (_, i) => Number(i % 4 < 2));
    const scattered = Float32Array.from({ length: 64 * 64 }, () => Number(source.below(4096) < 4));
    const tensors = new Map<string, HostTensor>([
      ['sparse.weight', { dtype: 'F32', shape: [1, 16], data: sparse }],
      ['intended.weight', { dtype: 'F32', shape: [64, 64], data: intended }],
      ['scattered.weight', { dtype: 'F32', shape: [64, 64], data: scattered }],
      ['last.weight', { dtype: 'F32', shape: [1, 1], data: new Float32Array(1).fill(1) }],
    ]);
    await writeSafetensors(inFolder('p'), { tensors, metadata: {} });
    const found = await inspect(inFolder('p'));
    checkOutput('inspection', JSON.parse(JSON.stringify(found)));
    const [first, second, third] = found.layers.map(({ structure }) => structure!);
    const p = 1 / 16;
    assert.equal(first!.pattern, '1:16');
    assert.ok(Math.abs(first!.patternChance! - ((1 - p) ** 16 + 16 * p * (1 - p) ** 15)) < 1e-12);
    assert.ok(Math.abs(second!.patternChance! / (11 / 16) ** 1024 - 1) < 1e-9);
    assert.notEqual(third!.pattern, 'none');
    assert.deepEqual([first!, second!, third!].map(intendedPattern), ['none', '2:4', 'none']);
  });

  it('counts the bytes of the file by kind', async () => {
    const tensors = new Map<string, HostTensor>([
      ['a.weight', { dtype: 'F32', shape: [4, 4], data: new Float32Array(16).fill(1) }],
      ['a.mask', { dtype: 'U8', shape: [4, 4], data: new Uint8Array(16).fill(1) }],
      ['a.bias', { dtype: 'F32', shape: [4], data: new Float32Array(4) }],
      ['optimizer/momentum/a.bias', { dtype: 'F32', shape: [16], data: new Float32Array(16) }],
    ]);
    await writeSafetensors(inFolder('s'), { tensors, metadata: {} });
    const { storage } = await inspect(inFolder('s'));
    const { file, forms, ...bytes } = storage!;
    assert.deepEqual(bytes, { weights: 64, masks: 16, otherTensors: 16, outside: 64 });
    assert.ok(file > 160 && file < 1000);
    assert.deepEqual(forms, { dense: 64, bitmask: 2 + 64, csr: 64 + 16 + 5 });
  });

  it('counts no bytes of a quantized weight without numbers', () => {
    const weight = { name: 'w', dtype: 'uint8', shape: [0, 4], quantization: 'int8' };
    const forms = formsOf({ weight, count: 0, rows: 0 } as Layer, { kept: 0 });
    assert.deepEqual(forms, { dense: 0, bitmask: 0, csr: 1 });
  });

  it('does not count zeros of quantized weights as pruned', async () => {
    const { layers } = await inspect(fixture('gguf/quantized.gguf'));
    const { structure, magnitudes, storage } = layers[0]!;
    const expected: LayerStructure['outputs'] = { count: structure!.outputs.count, dead: 0 };
    assert.deepEqual([structure!.pattern, structure!.outputs, magnitudes!.smallestKept], ['none', expected, 0]);
    assert.ok(storage!.dense < 384 * 2);
  });

  it('has no dead outputs in a vector, such as a pruned bias', async () => {
    const data = new Float32Array([1, 0, 1, 0]);
    await writeSafetensors(inFolder('bias.safetensors'), {
      tensors: new Map([
        ['a.bias', { dtype: 'F32', shape: [4], data }],
        ['a.bias_mask', { dtype: 'F32', shape: [4], data }],
      ]),
      metadata: {},
    });
    const { layers } = await inspect(inFolder('bias.safetensors'));
    assert.deepEqual(
      layers.map(({ name, kept, structure }) => [name, kept, structure?.outputs]),
      [['a.bias', 2, { count: 4, dead: 0 }]],
    );
  });
});
