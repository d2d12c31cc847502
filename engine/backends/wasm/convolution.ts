/** Convolution and its gradients by the vector kernels; whatever the shape, stride and padding. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { outputSize, type ConvolutionAttributes, type ConvolutionGradientAttributes } from '../operations/convolution';
import { correlate, correlateFilter, packPanels, surround, type Pair, type Shape4 } from './correlation';
import { defineKernel, type Heap } from './heap';

export function registerConvolution(): void {
  defineKernel<ConvolutionAttributes>('SignConvolve', ({ x, filter }, attributes, heap) =>
    convolve(heap, { x: x!, filter: filter!, ...attributes }),
  );
  defineKernel<ConvolutionGradientAttributes>('SignConvolveInputGradient', ({ dy, filter }, attributes, heap) =>
    inputGradient(heap, { dy: dy!, filter: filter!, ...attributes }),
  );
  defineKernel<ConvolutionGradientAttributes>('SignConvolveFilterGradient', ({ x, dy }, attributes, heap) =>
    filterGradient(heap, { x: x!, dy: dy!, ...attributes }),
  );
}

type Convolve = ConvolutionAttributes & { x: TensorInfo; filter: TensorInfo };

function convolve(heap: Heap, { x, filter, stride, padding }: Convolve): TensorInfo {
  const [n, height, width] = x.shape as Shape4;
  const [tapRows, tapColumns, inputs, outputs] = filter.shape as Shape4;
  const taps: Pair = [tapRows, tapColumns];
  const extent: Pair = [
    outputSize(height, tapRows, { stride, padding }),
    outputSize(width, tapColumns, { stride, padding }),
  ];
  const out = heap.allocate([n, ...extent, outputs]);
  const { tensor, copied } = surround(heap, x, { before: [padding, padding], after: [padding, padding] });
  const weights = heap.floats(filter).slice();
  const weight = ({ a, b, c, o }: Tap) => weights[((a * tapColumns + b) * inputs + c) * outputs + o]!;
  const panels = packPanels(heap, { taps, inputs, outputs, weight });
  const to = { tensor: out, start: [0, 0], step: 1 } as const;
  correlate(heap, { from: { tensor, start: [0, 0], step: stride }, to, panels, taps, extent });
  heap.free(panels, ...(copied ? [tensor] : []));
  return out;
}

function filterGradient(
  heap: Heap,
  { x, dy, stride, padding, shape }: ConvolutionGradientAttributes & { x: TensorInfo; dy: TensorInfo },
): TensorInfo {
  const { tensor, copied } = surround(heap, x, { before: [padding, padding], after: [padding, padding] });
  const [tapRows, tapColumns] = shape as Shape4;
  const walk = { tensor, start: [0, 0], step: stride } as const;
  const out = correlateFilter(heap, { x: walk, dy, taps: [tapRows, tapColumns] });
  if (copied) heap.free(tensor);
  return out;
}

interface Tap {
  a: number;
  b: number;
  c: number;
  o: number;
}

/** Pixels of the input whose index leaves the same remainder by the stride: they meet the same taps, every `stride`-th. */
interface Phase {
  /** Their first index. */
  first: number;
  /** How many they are. */
  count: number;
  /** The first tap they meet, and how many. */
  tap: number;
  taps: number;
  /** The output that the first of them meets with its last tap; may be negative. */
  output: number;
}

/** For each phase a convolution of stride 1 over dy, with the taps of that phase in reverse. */
function inputGradient(
  heap: Heap,
  { dy, filter, stride, padding, shape }: ConvolutionGradientAttributes & { dy: TensorInfo; filter: TensorInfo },
): TensorInfo {
  const [, height, width] = shape as Shape4;
  const [, rows, columns] = dy.shape as Shape4;
  const [tapRows, tapColumns, inputs, outputs] = filter.shape as Shape4;
  const vertical = phases(height, tapRows, { stride, padding });
  const horizontal = phases(width, tapColumns, { stride, padding });
  const out = heap.allocate(shape);
  const margins = [margin(vertical, rows), margin(horizontal, columns)] as const;
  const { tensor, copied } = surround(heap, dy, {
    before: [margins[0].before, margins[1].before],
    after: [margins[0].after, margins[1].after],
  });
  const weights = heap.floats(filter).slice();
  for (const v of vertical)
    for (const h of horizontal) {
      const weight = ({ a, b, c, o }: Tap) => {
        const row = v.tap + stride * (v.taps - 1 - a);
        const column = h.tap + stride * (h.taps - 1 - b);
        return weights[((row * tapColumns + column) * inputs + o) * outputs + c]!;
      };
      const taps: Pair = [v.taps, h.taps];
      const panels = packPanels(heap, { taps, inputs: outputs, outputs: inputs, weight });
      const start: Pair = [margins[0].before + v.output, margins[1].before + h.output];
      const to = { tensor: out, start: [v.first, h.first], step: stride } as const;
      correlate(heap, { from: { tensor, start, step: 1 }, to, panels, taps, extent: [v.count, h.count] });
      heap.free(panels);
    }
  if (copied) heap.free(tensor);
  return out;
}

function phases(size: number, taps: number, { stride, padding }: ConvolutionAttributes): Phase[] {
  return Array.from({ length: Math.min(stride, size) }, (_, first) => {
    const tap = (first + padding) % stride;
    const met = Math.max(0, Math.ceil((taps - tap) / stride));
    const nearest = (first + padding - tap) / stride;
    return { first, count: Math.ceil((size - first) / stride), tap, taps: met, output: nearest - (met - 1) };
  });
}

/** Zeros needed around an axis of dy so that no phase reads beyond it. */
function margin(phases: Phase[], size: number): { before: number; after: number } {
  const met = phases.filter(({ taps }) => taps > 0);
  return {
    before: Math.max(0, ...met.map(({ output }) => -output)),
    after: Math.max(0, ...met.map(({ output, taps, count }) => output + taps - 1 + count - size)),
  };
}
