/** Tests convolutions with groups and dilation, and average pooling, on one backend. */
import assert from 'node:assert/strict';
import { tidy, zeros, type Rank, type Tensor4D } from '@tensorflow/tfjs-core';
import { conv2d, type ConvolutionOptions } from '../../../engine/backends/operations/convolution';
import { adaptiveAveragePool, averagePool } from '../../../engine/backends/operations/pooling';
import { sizeOf } from '../../../engine/tensors';
import { check } from './check';
import { values } from './reference';

interface Case extends Required<ConvolutionOptions> {
  /** [N, H, W, in] */
  x: [number, number, number, number];
  /** [height, width, out] */
  filter: [number, number, number];
}

const CASES: Case[] = [
  { x: [2, 6, 5, 3], filter: [3, 3, 3], stride: 1, padding: 1, groups: 3, dilation: 1 },
  { x: [2, 7, 8, 4], filter: [3, 3, 4], stride: 2, padding: 1, groups: 4, dilation: 1 },
  { x: [1, 9, 9, 13], filter: [5, 5, 13], stride: 2, padding: 2, groups: 13, dilation: 1 },
  { x: [2, 5, 12, 8], filter: [3, 2, 8], stride: 3, padding: 0, groups: 8, dilation: 1 },
  { x: [1, 2, 2, 4], filter: [3, 3, 4], stride: 2, padding: 1, groups: 4, dilation: 1 },
  { x: [2, 4, 4, 3], filter: [3, 3, 6], stride: 1, padding: 1, groups: 3, dilation: 1 },
  { x: [2, 6, 9, 5], filter: [3, 7, 5], stride: 1, padding: 3, groups: 5, dilation: 1 },
  { x: [2, 9, 2, 9], filter: [5, 5, 9], stride: 2, padding: 2, groups: 9, dilation: 1 },
  { x: [3, 1, 1, 6], filter: [1, 1, 4], stride: 1, padding: 0, groups: 1, dilation: 1 },
  { x: [2, 5, 4, 6], filter: [1, 1, 9], stride: 1, padding: 0, groups: 3, dilation: 1 },
  { x: [2, 6, 6, 4], filter: [3, 3, 6], stride: 2, padding: 1, groups: 2, dilation: 1 },
  { x: [1, 8, 7, 2], filter: [3, 3, 3], stride: 1, padding: 2, groups: 1, dilation: 2 },
  { x: [1, 9, 9, 4], filter: [3, 2, 4], stride: 2, padding: 3, groups: 4, dilation: 3 },
];

/** Defines the suite for a started backend. Call it inside a `describe`. */
export function convolvesGroupsAsDefined(): void {
  for (const { x: shape, filter, ...options } of CASES)
    it(`convolves [${shape.join()}] by [${filter.join()}]: ${JSON.stringify(options)}`, () => {
      const filterShape = [filter[0], filter[1], shape[3] / options.groups, filter[2]];
      return check(
        [
          { data: values(sizeOf(shape), 1), shape },
          { data: values(sizeOf(filterShape), 2), shape: filterShape },
        ],
        (x, weights) => conv2d(x as Tensor4D, weights as Tensor4D, options),
        (x, weights) => convolve(x, weights, { x: shape, filter, ...options }),
      );
    });

  it('rejects a filter that does not fit the groups', () => {
    tidy(() => {
      const [x, filter] = [zeros<Rank.R4>([1, 4, 4, 6]), zeros<Rank.R4>([3, 3, 4, 8])];
      assert.throws(() => conv2d(x, filter, { stride: 1, padding: 1, groups: 2 }), /filter \[3,3,4,8\] with 2 groups/);
    });
  });

  for (const { shape, size, stride, padding } of POOLS)
    it(`averages windows of ${size} in [${shape.join()}], stride ${stride}, padding ${padding}`, () =>
      check(
        [{ data: values(sizeOf(shape), 1), shape }],
        (x) => averagePool(x as Tensor4D, { size, stride, padding }),
        (x) => average(x, shape, { size, stride, padding }),
      ));

  for (const [height, width] of [
    [1, 1],
    [3, 2],
    [7, 7],
    [4, 5],
  ] as const)
    it(`averages [2,4,5,3] to ${height} × ${width}`, () =>
      check(
        [{ data: values(2 * 4 * 5 * 3, 1), shape: [2, 4, 5, 3] }],
        (x) => adaptiveAveragePool(x as Tensor4D, { height, width }),
        (x) => averageTo(x, [2, 4, 5, 3], { height, width }),
      ));
}

function convolve(x: Float64Array, weights: Float64Array, given: Case): Float64Array {
  const { x: shape, filter, stride, padding, groups, dilation } = given;
  const [n, height, width, inputs] = shape;
  const [tapRows, tapColumns, outputs] = filter;
  const [members, share] = [inputs / groups, outputs / groups];
  const extent = (size: number, taps: number) =>
    Math.floor((size + 2 * padding - dilation * (taps - 1) - 1) / stride) + 1;
  const [rows, columns] = [extent(height, tapRows), extent(width, tapColumns)];
  const at = (image: number, h: number, w: number, c: number) =>
    h < 0 || h >= height || w < 0 || w >= width ? 0 : x[((image * height + h) * width + w) * inputs + c]!;
  return Float64Array.from({ length: n * rows * columns * outputs }, (_, index) => {
    const o = index % outputs;
    const q = Math.floor(index / outputs) % columns;
    const r = Math.floor(index / (outputs * columns)) % rows;
    const image = Math.floor(index / (outputs * columns * rows));
    const first = Math.floor(o / share) * members;
    let sum = 0;
    for (let a = 0; a < tapRows; a++)
      for (let b = 0; b < tapColumns; b++)
        for (let c = 0; c < members; c++) {
          const [h, w] = [r * stride + a * dilation - padding, q * stride + b * dilation - padding];
          sum += at(image, h, w, first + c) * weights[((a * tapColumns + b) * members + c) * outputs + o]!;
        }
    return sum;
  });
}

interface Pool {
  size: number;
  stride: number;
  padding: number;
}

const POOLS: (Pool & { shape: [number, number, number, number] })[] = [
  { shape: [2, 6, 7, 3], size: 3, stride: 2, padding: 1 },
  { shape: [1, 4, 4, 5], size: 2, stride: 2, padding: 0 },
];

function average(x: Float64Array, shape: [number, number, number, number], { size, ...rest }: Pool): Float64Array {
  const channels = shape[3];
  const weights = new Float64Array(size * size * channels).fill(1 / size ** 2);
  return convolve(x, weights, { x: shape, filter: [size, size, channels], groups: channels, dilation: 1, ...rest });
}

function averageTo(
  x: Float64Array,
  [n, rows, columns, channels]: [number, number, number, number],
  { height, width }: { height: number; width: number },
): number[] {
  const means: number[] = [];
  const range = (i: number, from: number, to: number) => [
    Math.floor((i * from) / to),
    Math.ceil(((i + 1) * from) / to),
  ];
  for (let image = 0; image < n; image++)
    for (let r = 0; r < height; r++)
      for (let q = 0; q < width; q++)
        for (let c = 0; c < channels; c++) {
          const [top, bottom] = range(r, rows, height) as [number, number];
          const [left, right] = range(q, columns, width) as [number, number];
          let sum = 0;
          for (let h = top; h < bottom; h++)
            for (let w = left; w < right; w++) sum += x[((image * rows + h) * columns + w) * channels + c]!;
          means.push(sum / ((bottom - top) * (right - left)));
        }
  return means;
}
