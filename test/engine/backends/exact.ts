/** Operations and their gradients in double precision, from their formulas. */

import type { ConvolutionAttributes } from '../../../engine/backends/operations/attributes';
import { eachProduct } from './reference';

/** The operands of an operation, and the gradient of its result. */
export type Exact = (operands: readonly ArrayLike<number>[], dy: ArrayLike<number>) => Float64Array[];

/** Returns Φ(x), the distribution function of the normal distribution (Abramowitz & Stegun 26.2.11 and 26.2.14). */
export function normalDistribution(x: number): number {
  const size = Math.abs(x);
  if (!(size < 40)) return Number.isNaN(x) ? NaN : Number(x > 0);
  if (size < 3) {
    let [sum, term] = [0, x];
    for (let n = 1; Math.abs(term) > 1e-18; n += 2) {
      sum += term;
      term *= (x * x) / (n + 2);
    }
    return 0.5 + density(x) * sum;
  }
  let fraction = size;
  for (let n = 200; n > 0; n--) fraction = size + n / fraction;
  const tail = density(x) / fraction;
  return x < 0 ? tail : 1 - tail;
}

function density(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

export const gelu: Exact = ([x], dy) => [
  Float64Array.from(x!, (value) => value * normalDistribution(value)),
  Float64Array.from(x!, (value, i) => dy[i]! * (normalDistribution(value) + value * density(value))),
];

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/** x · σ(x), as the definition says: infinite and undefined values follow from it. */
export const swish: Exact = ([x], dy) => [
  Float64Array.from(x!, (value) => value * sigmoid(value)),
  Float64Array.from(x!, (value, i) => {
    const s = sigmoid(value);
    return dy[i]! * s * (1 + value * (1 - s));
  }),
];

/** The means over the pixels of images [N, any, C]. */
export const globalMean =
  ({ pixels, channels }: { pixels: number; channels: number }): Exact =>
  ([x], dy) => {
    const y = new Float64Array(x!.length / pixels);
    const at = (i: number) => Math.floor(i / (pixels * channels)) * channels + (i % channels);
    for (let i = 0; i < x!.length; i++) y[at(i)]! += x![i]! / pixels;
    return [y, Float64Array.from(x!, (_, i) => dy[at(i)]! / pixels)];
  };

/** Images [N, any, C] times factors [N, C]. */
export const scale =
  ({ pixels, channels }: { pixels: number; channels: number }): Exact =>
  ([x, factors], dy) => {
    const at = (i: number) => Math.floor(i / (pixels * channels)) * channels + (i % channels);
    const dfactors = new Float64Array(factors!.length);
    for (let i = 0; i < x!.length; i++) dfactors[at(i)]! += x![i]! * dy[i]!;
    const times = (of: ArrayLike<number>) => Float64Array.from(x!, (_, i) => of[i]! * factors![at(i)]!);
    return [times(x!), times(dy), dfactors];
  };

/** softmax(factor · x) over rows of `width` values. */
export const softmax =
  ({ width, factor }: { width: number; factor: number }): Exact =>
  ([x], dy) => {
    const [y, dx] = [new Float64Array(x!.length), new Float64Array(x!.length)];
    for (let row = 0; row < x!.length; row += width) {
      const scaled = Array.from({ length: width }, (_, c) => x![row + c]! * factor);
      const largest = Math.max(...scaled);
      const powers = scaled.map((value) => Math.exp(value - largest));
      const sum = powers.reduce((a, b) => a + b);
      y.set(powers.map((power) => power / sum), row); // prettier-ignore
      const mean = width * meanOf(width, (c) => dy[row + c]! * y[row + c]!);
      for (let c = 0; c < width; c++) dx[row + c] = factor * y[row + c]! * (dy[row + c]! - mean);
    }
    return [y, dx];
  };

/** A linear layer with bias: x [rows, inputs] · weight [inputs, outputs] + bias, and then GELU if `activated`. */
export const linear =
  (activated: boolean): Exact =>
  ([x, weight, bias], dy) => {
    const outputs = bias!.length;
    const inputs = weight!.length / outputs;
    const rows = x!.length / inputs;
    const sums = new Float64Array(dy.length);
    for (let r = 0; r < rows; r++)
      for (let o = 0; o < outputs; o++) {
        let sum = bias![o]!;
        for (let i = 0; i < inputs; i++) sum += x![r * inputs + i]! * weight![i * outputs + o]!;
        sums[r * outputs + o] = sum;
      }
    const [y, dsums] = (activated ? gelu([sums], dy) : [sums, Float64Array.from(dy)]) as [Float64Array, Float64Array];
    const [dx, dweight, dbias] = [x!, weight!, bias!].map(({ length }) => new Float64Array(length));
    for (let r = 0; r < rows; r++)
      for (let o = 0; o < outputs; o++) {
        const d = dsums[r * outputs + o]!;
        dbias![o]! += d;
        for (let i = 0; i < inputs; i++) {
          dx![r * inputs + i]! += d * weight![i * outputs + o]!;
          dweight![i * outputs + o]! += d * x![r * inputs + i]!;
        }
      }
    return [y, dx!, dweight!, dbias!];
  };

export const layerNorm: Exact = ([x, scale, shift], dy) => {
  const width = scale!.length;
  const rows = x!.length / width;
  const [y, dx] = [new Float64Array(x!.length), new Float64Array(x!.length)];
  const [dscale, dshift] = [new Float64Array(width), new Float64Array(width)];
  for (let row = 0; row < rows; row++) {
    const at = (of: ArrayLike<number>, c: number) => of[row * width + c]!;
    const mean = meanOf(width, (c) => at(x!, c));
    const inverse = 1 / Math.sqrt(meanOf(width, (c) => (at(x!, c) - mean) ** 2) + 1e-5);
    const normalized = (c: number) => (at(x!, c) - mean) * inverse;
    const first = meanOf(width, (c) => at(dy, c) * scale![c]!);
    const second = meanOf(width, (c) => at(dy, c) * scale![c]! * normalized(c));
    for (let c = 0; c < width; c++) {
      y[row * width + c] = normalized(c) * scale![c]! + shift![c]!;
      dx[row * width + c] = (at(dy, c) * scale![c]! - first - normalized(c) * second) * inverse;
      dscale[c]! += at(dy, c) * normalized(c);
      dshift[c]! += at(dy, c);
    }
  }
  return [y, dx, dscale, dshift];
};

function meanOf(count: number, value: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += value(i);
  return sum / count;
}

/** Convolution of x [rows, inputs] with one tap in groups. The filter is [inputs / groups, outputs]. */
export const groupConvolve =
  ({ inputs, outputs, groups }: { inputs: number; outputs: number; groups: number }): Exact =>
  ([x, filter], dy) => {
    const [y, dx, dw] = [dy.length, x!.length, filter!.length].map((size) => new Float64Array(size)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const members = inputs / groups;
    for (let row = 0; row < x!.length / inputs; row++)
      for (let o = 0; o < outputs; o++)
        for (let i = 0; i < members; i++) {
          const at = row * inputs + Math.floor((o * groups) / outputs) * members + i;
          const [to, tap] = [row * outputs + o, i * outputs + o];
          y[to]! += x![at]! * filter![tap]!;
          dx[at]! += dy[to]! * filter![tap]!;
          dw[tap]! += x![at]! * dy[to]!;
        }
    return [y, dx, dw];
  };

/** Channel j of group i becomes channel i of group j. */
export const shuffle =
  ({ channels, groups }: { channels: number; groups: number }): Exact =>
  ([x], dy) => {
    const from = (i: number) => {
      const [row, c] = [Math.floor(i / channels), i % channels];
      return row * channels + (c % groups) * (channels / groups) + Math.floor(c / groups);
    };
    const dx = new Float64Array(dy.length);
    for (let i = 0; i < dy.length; i++) dx[from(i)] = dy[i]!;
    return [Float64Array.from(x!, (_, i) => x![from(i)]!), dx];
  };

/** Batch norm, and then relu if `relu`. Where relu is 0, so is its gradient. */
export const batchNorm =
  (relu: boolean): Exact =>
  ([x, scale, shift], dy) => {
    const width = scale!.length;
    const rows = x!.length / width;
    const [y, dx] = [new Float64Array(x!.length), new Float64Array(x!.length)];
    const [dscale, dshift] = [new Float64Array(width), new Float64Array(width)];
    for (let c = 0; c < width; c++) {
      const at = (of: ArrayLike<number>, row: number) => of[row * width + c]!;
      const mean = meanOf(rows, (row) => at(x!, row));
      const inverse = 1 / Math.sqrt(meanOf(rows, (row) => (at(x!, row) - mean) ** 2) + 1e-5);
      const normalized = (row: number) => (at(x!, row) - mean) * inverse;
      const value = (row: number) => normalized(row) * scale![c]! + shift![c]!;
      const passed = (row: number) => (relu && !(value(row) > 0) ? 0 : at(dy, row));
      const first = meanOf(rows, passed);
      const second = meanOf(rows, (row) => passed(row) * normalized(row));
      for (let row = 0; row < rows; row++) {
        y[row * width + c] = relu && value(row) < 0 ? 0 : value(row);
        dx[row * width + c] = (passed(row) - first - normalized(row) * second) * inverse * scale![c]!;
      }
      dscale[c] = second * rows;
      dshift[c] = first * rows;
    }
    return [y, dx, dscale, dshift];
  };

/** Depthwise convolution of x [N, H, W, C] with a filter [rows, columns, 1, C]. */
export const depthwise =
  (shapes: readonly (readonly number[])[], { stride, padding }: ConvolutionAttributes): Exact =>
  ([x, filter], dy) => {
    const [[n, height, width, channels], [tapRows, tapColumns]] = shapes as [number[], number[]] as [
      [number, number, number, number],
      [number, number],
    ];
    const [dx, dw] = [new Float64Array(x!.length), new Float64Array(filter!.length)];
    const y = new Float64Array(dy.length);
    for (let c = 0; c < channels; c++)
      eachProduct(
        { x: [n, height, width, 1], filter: [tapRows, tapColumns, 1], stride, padding },
        (pixel, tap, result) => {
          const [i, k, o] = [pixel * channels + c, tap * channels + c, result * channels + c];
          y[o]! += x![i]! * filter![k]!;
          dx[i]! += dy[o]! * filter![k]!;
          dw[k]! += dy[o]! * x![i]!;
        },
      );
    return [y, dx, dw];
  };
