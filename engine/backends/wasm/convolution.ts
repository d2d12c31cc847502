/** Convolution and its gradients with the vector kernels, for any shape, stride and padding. */
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes, ConvolutionGradientAttributes } from '../operations/attributes';
import { outputSize } from '../operations/convolution';
import {
  correlate,
  correlateFilter,
  packPanels,
  type Correlation,
  type Pair,
  type Shape4,
  type Surrounded,
} from './correlation';
import { defineKernel, type Heap } from './heap';
import { phases, type Phase } from './phases';
import { correlateFilterTransformed, correlateTransformed, isTransformed } from './winograd';

export function registerConvolution(): void {
  defineKernel('SignConvolve', ['stride', 'padding'], ({ x, filter }, attributes, heap) =>
    convolve(heap, { x: x!, filter: filter!, ...attributes }),
  );
  defineKernel('SignConvolveInputGradient', ['stride', 'padding', 'shape'], ({ dy, filter }, attributes, heap) =>
    inputGradient(heap, { dy: dy!, filter: filter!, ...attributes }),
  );
  defineKernel('SignConvolveFilterGradient', ['stride', 'padding', 'shape'], ({ x, dy }, attributes, heap) =>
    filterGradient(heap, { x: x!, dy: dy!, ...attributes }),
  );
}

type Convolve = ConvolutionAttributes & { x: TensorInfo; filter: TensorInfo };

/**
 * Never uses the transforms of ./winograd.ts: their rounding errors are larger, and would decide the signs of more inputs of relu that are almost 0.
 * Each such sign changes the gradients of all layers before it, so the steps would differ more from those of PyTorch.
 */
export function convolve(heap: Heap, { x, filter, stride, padding }: Convolve): TensorInfo {
  const [n, height, width] = x.shape as Shape4;
  const [tapRows, tapColumns, inputs, outputs] = filter.shape as Shape4;
  const taps: Pair = [tapRows, tapColumns];
  const extent: Pair = [
    outputSize(height, tapRows, { stride, padding }),
    outputSize(width, tapColumns, { stride, padding }),
  ];
  const out = heap.allocate([n, ...extent, outputs]);
  const steps = [tapColumns * inputs * outputs, inputs * outputs, outputs, 1] as const;
  const panels = packPanels(heap, filter, { taps, inputs, outputs, first: 0, steps });
  const from = { ...surround(x, padding), start: [0, 0], step: stride } as const;
  correlate(heap, { from, to: { tensor: out, start: [0, 0], step: 1 }, panels, extent });
  heap.free(panels.tensor);
  return out;
}

export function filterGradient(
  heap: Heap,
  { x, dy, stride, padding, shape }: ConvolutionGradientAttributes & { x: TensorInfo; dy: TensorInfo },
): TensorInfo {
  const [tapRows, tapColumns, inputs, outputs] = shape as Shape4;
  const taps: Pair = [tapRows, tapColumns];
  const surrounded = surround(x, padding);
  if (isTransformed(heap, { taps, step: stride, inputs, outputs }))
    return correlateFilterTransformed(heap, { x: surrounded, dy });
  return correlateFilter(heap, { x: surrounded, step: stride, dy, taps });
}

/** Computes a correlation of a gradient with the faster one of two kernels. */
function correlateFast(heap: Heap, correlation: Correlation): void {
  const { from, to, panels } = correlation;
  const [inputs, outputs] = [from.tensor.shape[3]!, to.tensor.shape[3]!];
  const isFast = to.step === 1 && isTransformed(heap, { taps: panels.taps, step: from.step, inputs, outputs });
  (isFast ? correlateTransformed : correlate)(heap, correlation);
}

function surround(tensor: TensorInfo, padding: number): Surrounded {
  return { tensor, before: [padding, padding], after: [padding, padding] };
}

/** Computes the pixels of each phase as a convolution of stride 1 over dy. Its filter has the taps of that phase in reverse order. */
export function inputGradient(
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
  const before: Pair = [margins[0].before, margins[1].before];
  const after: Pair = [margins[0].after, margins[1].after];
  const place = [tapColumns * inputs * outputs, inputs * outputs] as const;
  for (const v of vertical)
    for (const h of horizontal) {
      // The filter begins with the last tap of the phase.
      const first = (v.tap + stride * (v.taps - 1)) * place[0] + (h.tap + stride * (h.taps - 1)) * place[1];
      const steps = [-stride * place[0], -stride * place[1], 1, outputs] as const;
      const taps: Pair = [v.taps, h.taps];
      const panels = packPanels(heap, filter, { taps, inputs: outputs, outputs: inputs, first, steps });
      const start: Pair = [before[0] + v.output, before[1] + h.output];
      const to = { tensor: out, start: [v.first, h.first], step: stride } as const;
      correlateFast(heap, {
        from: { tensor: dy, before, after, start, step: 1 },
        to,
        panels,
        extent: [v.count, h.count],
      });
      heap.free(panels.tensor);
    }
  return out;
}

/** Returns how many zeros are needed before and after an axis of dy, so that no phase reads beyond dy. */
function margin(phases: Phase[], size: number): { before: number; after: number } {
  const met = phases.filter(({ taps }) => taps > 0);
  return {
    before: Math.max(0, ...met.map(({ output }) => -output)),
    after: Math.max(0, ...met.map(({ output, taps, count }) => output + taps - 1 + count - size)),
  };
}
