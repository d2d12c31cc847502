import assert from 'node:assert/strict';
import { measureMarginals } from '../../../engine/inspection/marginals';
import { drawPicture } from '../../../engine/inspection/picture';
import type { Picture, Region } from '../../../engine/protocol';
import { temporaryFolder } from '../../fixtures';
import { layerOf, madeState, writeState } from './made';

const SHAPES = { conv: [13, 5, 3, 3], wide: [3, 700] };
const COLUMNS = { conv: 45, wide: 700 };
type Name = keyof typeof SHAPES;

describe('drawPicture', () => {
  const temporary = temporaryFolder();
  const [a, b] = [madeState(1, SHAPES), madeState(2, SHAPES)];
  beforeEach(async () => {
    await writeState(temporary('a'), a);
    await writeState(temporary('b'), b);
  });

  const regions: [Name, Region, number][] = [
    ['conv', { x: 0, y: 0, width: 45, height: 13 }, 64],
    ['conv', { x: 0, y: 0, width: 45, height: 13 }, 7],
    ['conv', { x: 3, y: 2, width: 11, height: 5 }, 4],
    ['conv', { x: 44, y: 12, width: 1, height: 1 }, 1],
    ['wide', { x: 690, y: 0, width: 10, height: 3 }, 16], // a narrow part of long rows is read row by row
    ['wide', { x: 0, y: 1, width: 700, height: 2 }, 512],
  ];

  for (const [layer, region, maxSize] of regions) {
    it(`draws ${layer} ${JSON.stringify(region)} in ${maxSize} cells`, async () => {
      const picture = await drawPicture({ file: temporary('a'), layer, region, maxSize });
      const { weights, mask } = layerOf(a, layer);
      const sign = weights.map((weight, i) => Math.sign(weight) * mask[i]!);
      checkPicture(picture, COLUMNS[layer], {
        kept: mask,
        positive: sign.map((s) => (s > 0 ? 1 : 0)),
        negative: sign.map((s) => (s < 0 ? 1 : 0)),
        nonfinite: weights.map(() => 0),
        weight: weights,
        magnitude: weights.map(Math.abs),
      });
    });

    it(`draws ${layer} ${JSON.stringify(region)} of two checkpoints in ${maxSize} cells`, async () => {
      const picture = await drawPicture({ file: temporary('a'), against: temporary('b'), layer, region, maxSize });
      const [left, right] = [layerOf(a, layer), layerOf(b, layer)];
      const each = (value: (i: number) => boolean) => left.weights.map((_, i) => (value(i) ? 1 : 0));
      const both = (i: number) => left.mask[i] === 1 && right.mask[i] === 1;
      const product = (i: number) => Math.sign(left.weights[i]!) * Math.sign(right.weights[i]!);
      checkPicture(picture, COLUMNS[layer], {
        same: each((i) => both(i) && Math.sign(left.weights[i]!) === Math.sign(right.weights[i]!)),
        flipped: each((i) => both(i) && product(i) === -1),
        unsigned: each((i) => both(i) && product(i) === 0 && left.weights[i] !== right.weights[i]),
        onlyA: each((i) => left.mask[i] === 1 && right.mask[i] === 0),
        onlyB: each((i) => left.mask[i] === 0 && right.mask[i] === 1),
        nonfinite: left.weights.map(() => 0),
        weightA: left.weights,
        weightB: right.weights,
      });
    });
  }

  it('counts NaN and infinities apart, and leaves them out of means unless a cell is one weight', async () => {
    const state = madeState(1, SHAPES);
    const { data } = state.tensors.get('conv.weight')!;
    data[0] = NaN;
    data[1] = -Infinity;
    await writeState(temporary('c'), state);
    const region = { x: 0, y: 0, width: 45, height: 13 };
    const options = { file: temporary('c'), layer: 'conv', region };
    const plane = ({ planes, width, height, bytes }: Picture, wanted: string) => {
      const all = Buffer.from(bytes, 'base64');
      const size = width * height;
      const before = planes.slice(
        0,
        planes.findIndex(({ name }) => name === wanted),
      );
      const start = before.reduce((sum, { type }) => sum + (type === 'u8' ? size : 4 * size), 0);
      return { share: all[start], value: start + 4 <= all.length ? all.readFloatLE(start) : NaN };
    };
    const each = await drawPicture({ ...options, maxSize: 64 });
    assert.equal(plane(each, 'nonfinite').share, 255);
    assert(Number.isNaN(plane(each, 'weight').value));
    const one = await drawPicture({ ...options, maxSize: 1 });
    assert.equal(plane(one, 'nonfinite').share, 1);
    const finite = Array.from(data, Number).filter(Number.isFinite);
    const mean = finite.reduce((sum, value) => sum + value, 0) / data.length;
    assert(Math.abs(plane(one, 'weight').value - mean) < 1e-6);
    const two = await drawPicture({ ...options, against: temporary('a'), maxSize: 1, weights: false });
    assert.deepEqual(
      two.planes.map(({ name }) => name),
      ['same', 'flipped', 'unsigned', 'onlyA', 'onlyB', 'nonfinite'],
    );
    assert.equal(plane(two, 'nonfinite').share, 1);
  });

  it('refuses a region that is not in the layer', async () => {
    const inside = { x: 0, y: 0, width: 45, height: 13 };
    for (const wrong of [{ x: 1 }, { y: -1 }, { width: 46 }, { height: 0 }, { width: 1.5 }, { x: NaN }]) {
      const drawn = drawPicture({ file: temporary('a'), layer: 'conv', region: { ...inside, ...wrong }, maxSize: 8 });
      await assert.rejects(drawn, { name: 'UserError', message: /layer "conv" has 45 columns and 13 rows/ });
    }
    const huge = drawPicture({ file: temporary('a'), layer: 'conv', region: inside, maxSize: 1e6 });
    await assert.rejects(huge, { name: 'UserError' });
  });

  it('refuses a layer that is missing or has another shape', async () => {
    const region = { x: 0, y: 0, width: 1, height: 1 };
    const missing = drawPicture({ file: temporary('a'), layer: 'none', region, maxSize: 1 });
    await assert.rejects(missing, { name: 'UserError', message: /has no prunable layer "none"/ });
    await writeState(temporary('c'), madeState(3, { conv: [45, 13] }));
    const other = drawPicture({ file: temporary('a'), against: temporary('c'), layer: 'conv', region, maxSize: 1 });
    await assert.rejects(other, { name: 'UserError', message: /shape \[13, 5, 3, 3\].*\[45, 13\]/ });
  });
});

describe('measureMarginals', () => {
  const temporary = temporaryFolder();

  it('gives the kept shares of rows and columns, in at most 512 bins', async () => {
    const state = madeState(1, SHAPES);
    await writeState(temporary('a'), state);
    const { mask } = layerOf(state, 'wide');
    const { rows, columns } = await measureMarginals({ file: temporary('a'), layer: 'wide' });
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    assert.deepEqual(
      rows,
      [0, 1, 2].map((row) => mean(mask.slice(row * 700, (row + 1) * 700))),
    );
    assert.equal(columns.length, 512);
    const bins = Array.from({ length: 512 }, (): number[] => []);
    mask.forEach((bit, i) => bins[Math.floor(((i % 700) * 512) / 700)]!.push(bit));
    assert.deepEqual(columns, bins.map(mean));
  });

  it('gives the share that is kept in either of two files', async () => {
    const [a, b] = [madeState(1, SHAPES), madeState(2, SHAPES)];
    await writeState(temporary('a'), a);
    await writeState(temporary('b'), b);
    const { rows } = await measureMarginals({
      file: temporary('a'),
      against: temporary('b'),
      layer: 'conv',
    });
    const [left, right] = [layerOf(a, 'conv').mask, layerOf(b, 'conv').mask];
    const either = left.map((bit, i) => bit | right[i]!);
    const share = (row: number) => either.slice(row * 45, (row + 1) * 45).reduce((sum, bit) => sum + bit, 0) / 45;
    assert.deepEqual(
      rows,
      rows.map((_, row) => share(row)),
    );
  });
});

/** Asserts that each cell is the mean of its weights. */
function checkPicture(picture: Picture, columns: number, expected: Record<string, number[]>): void {
  const { region, width, height, planes, bytes } = picture;
  assert.deepEqual(
    planes.map((plane) => plane.name),
    Object.keys(expected),
  );
  const data = Buffer.from(bytes, 'base64');
  let offset = 0;
  for (const { name, type } of planes) {
    const cells = Array.from({ length: width * height }, (): number[] => []);
    for (let y = 0; y < region.height; y++) {
      for (let x = 0; x < region.width; x++) {
        const cell = Math.floor((y * height) / region.height) * width + Math.floor((x * width) / region.width);
        cells[cell]!.push(expected[name]![(region.y + y) * columns + region.x + x]!);
      }
    }
    for (const values of cells) {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      if (type === 'u8') assert.equal(data[offset], mean > 0 ? Math.max(1, Math.round(255 * mean)) : 0, name);
      else assert(Math.abs(data.readFloatLE(offset) - mean) < 1e-6, name);
      offset += type === 'u8' ? 1 : 4;
    }
  }
  assert.equal(offset, data.length);
}
