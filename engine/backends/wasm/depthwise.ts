/** Depthwise convolution with one filter for each channel, and its gradients. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { outputSize } from '../operations/convolution';
import type { Pair, Shape4, Walk } from './correlation';
import { imageGroups } from './correlation';
import { phases } from './phases';
import { defineKernel, type Heap } from './heap';

const FLOAT = 4;

export function registerDepthwise(): void {
  registerForward();
  registerInputGradient();
  registerFilterGradient();
}

function registerForward(): void {
  defineKernel('SignDepthwise', ['stride', 'padding'], ({ x, filter }, attributes, heap) => {
    const [n, height, width, channels] = x!.shape as Shape4;
    const [tapRows, tapColumns] = filter!.shape as Shape4;
    const extent: Pair = [outputSize(height, tapRows, attributes), outputSize(width, tapColumns, attributes)];
    const out = heap.allocate([n, ...extent, channels]);
    const start: Pair = [-attributes.padding, -attributes.padding];
    correlate(heap, {
      from: { tensor: x!, start, step: attributes.stride },
      to: { tensor: out, start: [0, 0], step: 1 },
      weights: { tensor: filter!, first: 0, steps: [tapColumns * channels, channels] },
      taps: [tapRows, tapColumns],
      extent,
    });
    return out;
  });
}

/** Computes the pixels of each phase like a convolution of stride 1 over dy, with the taps of that phase in reverse order. */
function registerInputGradient(): void {
  defineKernel('SignDepthwiseInputGradient', ['stride', 'padding', 'shape'], ({ dy, filter }, attributes, heap) => {
    const { stride, shape } = attributes;
    const [, height, width, channels] = shape as Shape4;
    const [tapRows, tapColumns] = filter!.shape as Shape4;
    const out = heap.allocate(shape);
    for (const v of phases(height, tapRows, attributes))
      for (const h of phases(width, tapColumns, attributes)) {
        const last = (v.tap + stride * (v.taps - 1)) * tapColumns + h.tap + stride * (h.taps - 1);
        correlate(heap, {
          from: { tensor: dy!, start: [v.output, h.output], step: 1 },
          to: { tensor: out, start: [v.first, h.first], step: stride },
          weights: {
            tensor: filter!,
            first: last * channels,
            steps: [-stride * tapColumns * channels, -stride * channels],
          },
          taps: [v.taps, h.taps],
          extent: [v.count, h.count],
        });
      }
    return out;
  });
}

interface Correlation {
  from: { tensor: TensorInfo } & Walk;
  to: { tensor: TensorInfo } & Walk;
  /** The first weight, and the steps between taps, in floats. */
  weights: { tensor: TensorInfo; first: number; steps: Pair };
  taps: Pair;
  /** Numbers of positions along the rows and along the columns. */
  extent: Pair;
}

function correlate(heap: Heap, { from, to, weights, taps, extent }: Correlation): void {
  const [units, height, width, channels] = from.tensor.shape as Shape4;
  const args = [
    heap.address(from.tensor),
    height,
    width,
    channels,
    ...from.start,
    from.step,
    heap.address(weights.tensor) + weights.first * FLOAT,
    ...weights.steps.map((step) => step * FLOAT),
    ...taps,
    heap.address(to.tensor),
    to.tensor.shape[1]!,
    to.tensor.shape[2]!,
    ...to.start,
    to.step,
    ...extent,
  ];
  const cost = extent[0] * extent[1] * taps[0] * taps[1] * channels;
  heap.pool.run('depthwise', args, { units, cost });
}

function registerFilterGradient(): void {
  defineKernel('SignDepthwiseFilterGradient', ['stride', 'padding', 'shape'], ({ x, dy }, attributes, heap) => {
    const [images, height, width, channels] = x!.shape as Shape4;
    const [, rows, columns] = dy!.shape as Shape4;
    const [tapRows, tapColumns] = attributes.shape as Shape4;
    const taps = tapRows * tapColumns;
    const { groupImages, groups, pitch } = imageGroups(images, { rows: taps, outputs: channels });
    const [sums, out] = [heap.allocate([groups, taps, pitch]), heap.allocate(attributes.shape)];
    const args = [
      ...[heap.address(x!), height, width, channels],
      ...[heap.address(dy!), rows, columns, tapRows, tapColumns, attributes.stride, attributes.padding],
      ...[heap.address(sums), pitch, images, groupImages],
    ];
    const cost = groupImages * rows * columns * taps * channels;
    heap.pool.run('depthwiseFilter', args, { units: groups, cost });
    const totals = [heap.address(sums), heap.address(out), groups, taps, channels];
    heap.pool.run('addGroups', totals, { units: taps, cost: channels * groups });
    heap.free(sums);
    return out;
  });
}
