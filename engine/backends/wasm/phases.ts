/** Splits the pixels of a strided convolution's input by the taps that reach them. */
import type { ConvolutionAttributes } from '../operations/attributes';

/**
 * The pixels of the input whose index has the same remainder modulo the stride. The filter reaches all these pixels with the same taps:
 * every `stride`-th tap.
 */
export interface Phase {
  /** Index of the first pixel. */
  first: number;
  /** Number of pixels. */
  count: number;
  /** The first tap that reaches the pixels, and the number of such taps. */
  tap: number;
  taps: number;
  /** Index of the output that the last tap connects to the first pixel. It may be negative. */
  output: number;
}

/** Returns the phases of an axis with `size` pixels, for a filter with `taps` taps. */
export function phases(size: number, taps: number, { stride, padding }: ConvolutionAttributes): Phase[] {
  return Array.from({ length: Math.min(stride, size) }, (_, first) => {
    const tap = (first + padding) % stride;
    const met = Math.max(0, Math.ceil((taps - tap) / stride));
    const nearest = (first + padding - tap) / stride;
    return { first, count: Math.ceil((size - first) / stride), tap, taps: met, output: nearest - (met - 1) };
  });
}
