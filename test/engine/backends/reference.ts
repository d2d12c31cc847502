/** Reference operations in double precision, written like their definitions, and their gradients by central differences. */
import type { ConvolutionAttributes } from '../../../engine/backends/operations/attributes';

/** Returns repeatable values that are spread over about [−1, 1]. */
export function values(size: number, seed: number): Float32Array {
  return Float32Array.from(
    { length: size },
    (_, i) => Math.sin((i + 1) * 12.9898 + seed * 78.233) * Math.cos(i * 0.37 + seed),
  );
}

export interface ConvolutionCase extends ConvolutionAttributes {
  /** [N, H, W, in] */
  x: [number, number, number, number];
  /** [height, width, out] */
  filter: [number, number, number];
}

/** The convolutions that each backend is tested with. */
export const CONVOLUTIONS: ConvolutionCase[] = [
  { x: [2, 8, 8, 3], filter: [3, 3, 5], stride: 1, padding: 1 },
  { x: [2, 8, 8, 4], filter: [3, 3, 8], stride: 2, padding: 1 },
  { x: [3, 9, 7, 5], filter: [3, 3, 12], stride: 2, padding: 1 },
  { x: [2, 6, 10, 16], filter: [3, 3, 5], stride: 2, padding: 1 },
  { x: [3, 2, 4, 1], filter: [3, 3, 7], stride: 2, padding: 1 },
  { x: [2, 8, 8, 6], filter: [1, 1, 9], stride: 2, padding: 0 },
  { x: [2, 7, 7, 6], filter: [1, 1, 16], stride: 1, padding: 0 },
  { x: [1, 12, 12, 3], filter: [7, 7, 4], stride: 2, padding: 3 },
  { x: [2, 8, 8, 4], filter: [4, 4, 6], stride: 4, padding: 0 },
  { x: [2, 10, 10, 1], filter: [5, 3, 2], stride: 3, padding: 2 },
  { x: [2, 11, 5, 8], filter: [2, 2, 8], stride: 3, padding: 0 },
  { x: [1, 1, 1, 4], filter: [3, 3, 8], stride: 2, padding: 1 },
  // Numbers of channels for which oneDNN 3.7 computes wrong results or crashes.
  { x: [4, 14, 14, 48], filter: [3, 3, 16], stride: 2, padding: 1 },
  { x: [4, 14, 14, 40], filter: [1, 1, 16], stride: 1, padding: 0 },
  { x: [4, 14, 14, 33], filter: [2, 2, 10], stride: 2, padding: 0 },
  { x: [8, 28, 28, 4], filter: [1, 1, 8], stride: 2, padding: 0 },
];

/** Calls a function for each product of a convolution, with its indices in x, filter and output. */
export function eachProduct(
  { x: [n, height, width, inputs], filter: [tapRows, tapColumns, outputs], stride, padding }: ConvolutionCase,
  visit: (x: number, w: number, y: number) => void,
): [number, number, number, number] {
  const rows = Math.floor((height + 2 * padding - tapRows) / stride) + 1;
  const columns = Math.floor((width + 2 * padding - tapColumns) / stride) + 1;
  for (let image = 0; image < n; image++)
    for (let r = 0; r < rows; r++)
      for (let q = 0; q < columns; q++)
        for (let a = 0; a < tapRows; a++)
          for (let b = 0; b < tapColumns; b++) {
            const [h, w] = [r * stride + a - padding, q * stride + b - padding];
            if (h < 0 || h >= height || w < 0 || w >= width) continue;
            for (let c = 0; c < inputs; c++)
              for (let o = 0; o < outputs; o++)
                visit(
                  ((image * height + h) * width + w) * inputs + c,
                  ((a * tapColumns + b) * inputs + c) * outputs + o,
                  ((image * rows + r) * columns + q) * outputs + o,
                );
          }
  return [n, rows, columns, outputs];
}

/** Returns ∂f/∂x by central differences. The error is about 1e-8 for smooth f. */
export function differentiate(f: (x: Float64Array) => number, x: ArrayLike<number>): Float64Array {
  const point = Float64Array.from(x);
  const step = 1e-5;
  return point.map((value, i) => {
    point[i] = value + step;
    const above = f(point);
    point[i] = value - step;
    const below = f(point);
    point[i] = value;
    return (above - below) / (2 * step);
  });
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
