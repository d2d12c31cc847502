/** Windows that move over images: padding as in TensorFlow, convolution and pooling. */
import { reshape, tensor2d, type Tensor4D } from '@tensorflow/tfjs-core';
import type { ForwardContext } from '../network';

/** Numbers of added rows above and below the images, and of added columns on the left and on the right. */
export interface Edges {
  rows: readonly [number, number];
  columns: readonly [number, number];
}

export const VALID: Edges = { rows: [0, 0], columns: [0, 0] };

/**
 * Padding along one axis as in TensorFlow's `SAME`: the result has ⌈length / stride⌉ positions. If the number of added positions is odd,
 * the end gets one more than the beginning.
 */
export function samePadding(length: number, span: number, stride: number): [number, number] {
  const positions = Math.ceil(length / stride);
  const added = Math.max((positions - 1) * stride + span - length, 0);
  const before = Math.floor(added / 2);
  return [before, added - before];
}

/** Number of positions of a window along one axis. */
export function positionsOf(
  length: number,
  { span, stride, added }: { span: number; stride: number; added: number },
): number {
  return Math.floor((length + added - span) / stride) + 1;
}

interface Convolution {
  name: string;
  edges: Edges;
  stride: number;
  dilation: number;
  groups: number;
}

/** A convolution with any padding. Where it is equal on all sides, the kernel of the backend pads. */
export function paddedConvolution(
  x: Tensor4D,
  net: ForwardContext,
  { name, edges, ...options }: Convolution,
): Tensor4D {
  const common = commonPadding(edges);
  if (common !== undefined) return net.conv2d(x, name, { ...options, padding: common });
  return net.conv2d(net.pad(x, { ...edges, with: 'zeros' }), name, { ...options, padding: 0 });
}

/** Returns the padding if it is equal on all sides. */
function commonPadding({ rows, columns }: Edges): number | undefined {
  const [first, ...others] = [...rows, ...columns];
  return others.every((other) => other === first) ? first : undefined;
}

export interface Pooling {
  size: number;
  stride: number;
  edges: Edges;
}

/**
 * The largest value of each window, without the padding. The images are padded by repeating their edges, which are in every window that
 * reaches beyond them, so the largest value is the same.
 */
export function maxPool(x: Tensor4D, net: ForwardContext, { size, stride, edges }: Pooling): Tensor4D {
  return net.maxPool(isValid(edges) ? x : net.pad(x, { ...edges, with: 'edges' }), { size, stride, padding: 0 });
}

/** The mean of each window, in which padding does not count. */
export function averagePool(x: Tensor4D, net: ForwardContext, { size, stride, edges }: Pooling): Tensor4D {
  if (isValid(edges)) return net.averagePool(x, { size, stride, padding: 0 });
  const [, height, width] = x.shape;
  const mean = net.averagePool(net.pad(x, { ...edges, with: 'zeros' }), { size, stride, padding: 0 });
  const [n, rows, columns, channels] = mean.shape;
  const [tall, wide] = [inside(height, edges.rows[0], rows), inside(width, edges.columns[0], columns)];
  const area = size * size;
  const factors = Float32Array.from(
    { length: rows * columns },
    (_, i) => area / (tall[Math.floor(i / columns)]! * wide[i % columns]!),
  );
  const values = rows * columns * channels;
  const perValue = tensor2d(
    Float32Array.from({ length: values }, (_, i) => factors[Math.floor(i / channels)]!),
    [1, values],
  );
  return reshape(net.scaleChannels(reshape(mean, [1, n, 1, values]), perValue), mean.shape);

  function inside(length: number, before: number, positions: number): number[] {
    return Array.from({ length: positions }, (_, i) => {
      const [from, to] = [i * stride - before, i * stride - before + size];
      return Math.min(to, length) - Math.max(from, 0);
    });
  }
}

function isValid({ rows, columns }: Edges): boolean {
  return [...rows, ...columns].every((added) => added === 0);
}
