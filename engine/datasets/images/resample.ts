/**
 * Resizes images bilinearly with antialiasing, as PIL does (`Image.resize` with BILINEAR, https://github.com/python-pillow/Pillow,
 * `libImaging/Resample.c`): first along rows, then along columns. Bytes are computed with the fixed-point numbers of PIL, and rounded after
 * each direction, so they are the same bytes.
 */
import type { Pixels } from '../dataset';

/** A rectangle of whole pixels. */
export interface Box {
  top: number;
  left: number;
  height: number;
  width: number;
}

/** Pixels of an image: height × width × channels. */
export interface Image<P extends Pixels = Pixels> {
  height: number;
  width: number;
  channels: number;
  pixels: P;
}

/** Bits behind the point of a fixed-point number. */
const PRECISION = 22;

/**
 * Cuts the rectangle `crop` from an image, resizes it to `size`, and returns the part `window` of the result. The pixels outside of `crop`
 * have no effect.
 */
export function resample<P extends Pixels>(
  image: Image<P>,
  { crop, size, window }: { crop: Box; size: { height: number; width: number }; window: Box },
): P {
  const { channels } = image;
  const columns = weightsOf(crop.width, size.width, { first: window.left, count: window.width });
  const rows = weightsOf(crop.height, size.height, { first: window.top, count: window.height });
  const firstRow = rows.begins[0]!;
  const lastRow = rows.begins.at(-1)! + rows.lengths.at(-1)!;
  const narrow = makeLike(image.pixels, (lastRow - firstRow) * window.width * channels);
  const wide = { pixels: image.pixels, channels };
  for (let row = firstRow; row < lastRow; row++) {
    const from = ((crop.top + row) * image.width + crop.left) * channels;
    const at = (row - firstRow) * window.width * channels;
    combine(wide, { from, step: channels, weights: columns, target: narrow, at });
  }
  const result = makeLike(image.pixels, window.height * window.width * channels);
  const stride = window.width * channels;
  for (let column = 0; column < window.width; column++) {
    const from = column * channels - firstRow * stride;
    combine({ pixels: narrow, channels }, { from, step: stride, weights: rows, target: result, at: column * channels });
  }
  return result;
}

function makeLike<P extends Pixels>(pixels: P, length: number): P {
  return (pixels instanceof Float32Array ? new Float32Array(length) : new Uint8Array(length)) as P;
}

/** For each output pixel of a line: the first input pixel, the number of input pixels, and their weights. */
interface Weights {
  begins: Int32Array;
  lengths: Int32Array;
  /** `longest` weights for each output pixel, in fixed point and as floats. */
  longest: number;
  fixed: Int32Array;
  exact: Float64Array;
}

function weightsOf(from: number, to: number, { first, count }: { first: number; count: number }): Weights {
  const scale = from / to;
  const reach = Math.max(scale, 1);
  const longest = 2 * Math.ceil(reach) + 1;
  const [begins, lengths] = [new Int32Array(count), new Int32Array(count)];
  const [fixed, exact] = [new Int32Array(count * longest), new Float64Array(count * longest)];
  for (let i = 0; i < count; i++) {
    const center = (first + i + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(center - reach + 0.5));
    const length = Math.min(from, Math.trunc(center + reach + 0.5)) - begin;
    const weights = Array.from({ length }, (_, k) =>
      Math.max(0, 1 - Math.abs((begin + k - center + 0.5) * (1 / reach))),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    begins[i] = begin;
    lengths[i] = length;
    weights.forEach((weight, k) => {
      exact[i * longest + k] = weight / total;
      fixed[i * longest + k] = Math.trunc(0.5 + (weight / total) * 2 ** PRECISION);
    });
  }
  return { begins, lengths, longest, fixed, exact };
}

interface Line<P extends Pixels> {
  /** Index of the first input value of the line, and the distance to the next pixel; the same for the output. */
  from: number;
  step: number;
  weights: Weights;
  target: P;
  at: number;
}

/** Computes a line of output pixels. Output and input have the same distance between pixels. */
function combine<P extends Pixels>({ pixels, channels }: { pixels: P; channels: number }, line: Line<P>): void {
  const { from, step, target, at, weights } = line;
  const { begins, lengths, longest, fixed, exact } = weights;
  const rounds = target instanceof Uint8Array;
  for (let i = 0; i < begins.length; i++) {
    const [begin, length] = [from + begins[i]! * step, lengths[i]!];
    for (let channel = 0; channel < channels; channel++) {
      let sum = rounds ? 2 ** (PRECISION - 1) : 0;
      const chosen = rounds ? fixed : exact;
      for (let k = 0, index = begin + channel, weight = i * longest; k < length; k++, index += step)
        sum += pixels[index]! * chosen[weight++]!;
      target[at + i * step + channel] = rounds ? Math.min(255, sum >> PRECISION) : sum;
    }
  }
}
