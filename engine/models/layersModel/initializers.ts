/** The initializers of Keras, with its formulas and its names (keras.initializers). */
import { isObject, quote } from '../../json/strict';
import { sizeOf } from '../../tensors';
import type { Initializer } from '../network';
import type { Config } from './config';

/** Standard deviation of a standard normal distribution that is cut at ±2. Keras divides by this number. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

interface Scaling {
  scale: number;
  mode: string;
  distribution: string;
}

const SCALINGS: ReadonlyMap<string, Scaling> = new Map([
  ['GlorotUniform', { scale: 1, mode: 'fan_avg', distribution: 'uniform' }],
  ['GlorotNormal', { scale: 1, mode: 'fan_avg', distribution: 'truncated_normal' }],
  ['HeUniform', { scale: 2, mode: 'fan_in', distribution: 'uniform' }],
  ['HeNormal', { scale: 2, mode: 'fan_in', distribution: 'truncated_normal' }],
  ['LecunUniform', { scale: 1, mode: 'fan_in', distribution: 'uniform' }],
  ['LeCunUniform', { scale: 1, mode: 'fan_in', distribution: 'uniform' }],
  ['LecunNormal', { scale: 1, mode: 'fan_in', distribution: 'truncated_normal' }],
  ['LeCunNormal', { scale: 1, mode: 'fan_in', distribution: 'truncated_normal' }],
]);

/**
 * Returns the distribution that a field such as `kernel_initializer` names.
 * @param shape the shape in Keras, [height, width, in, out] of a kernel, which decides fan_in and fan_out
 */
export function initializerOf(config: Config, field: string, shape: readonly number[], fallback: string): Initializer {
  const { name, read } = described(config, field, fallback);
  const positive = (key: string, otherwise: number): number => {
    const value = read(key, otherwise);
    if (value >= 0) return value;
    throw config.refused(`has a ${field} whose "${key}" is negative`, 'Correct the file');
  };
  const scaling = SCALINGS.get(name);
  if (scaling) return scaled(scaling, shape)!;
  switch (name) {
    case 'Zeros':
      return { kind: 'constant', value: 0 };
    case 'Ones':
      return { kind: 'constant', value: 1 };
    case 'Constant':
      return { kind: 'constant', value: read('value', 0) };
    case 'RandomUniform': {
      const [low, high] = [read('minval', -0.05), read('maxval', 0.05)];
      return { kind: 'uniform', bound: (high - low) / 2, center: (low + high) / 2 };
    }
    case 'RandomNormal':
      return { kind: 'normal', deviation: positive('stddev', 0.05), center: read('mean', 0) };
    case 'TruncatedNormal': {
      const deviation = positive('stddev', 0.05);
      return { kind: 'normal', deviation, limit: 2 * deviation, center: read('mean', 0) };
    }
    case 'VarianceScaling': {
      const { mode, distribution } = texts(config, field);
      const found = scaled({ scale: positive('scale', 1), mode, distribution }, shape);
      if (found) return found;
    }
  }
  throw config.refused(
    `has ${field} ${quote(name)}, which is not supported`,
    'Use an initializer such as glorot_uniform, he_normal, truncated_normal, zeros or ones',
  );
}

/** Returns the distribution of Keras' VarianceScaling; undefined for an unknown mode or distribution. */
function scaled({ scale, mode, distribution }: Scaling, shape: readonly number[]): Initializer | undefined {
  const { fanIn, fanOut } = fansOf(shape);
  const fan = new Map([
    ['fan_in', fanIn],
    ['fan_out', fanOut],
    ['fan_avg', (fanIn + fanOut) / 2],
  ]).get(mode.replace(/^fan(?=[A-Z])/, 'fan_').toLowerCase());
  if (fan === undefined) return undefined;
  const variance = scale / Math.max(1, fan);
  if (distribution === 'uniform') return { kind: 'uniform', bound: Math.sqrt(3 * variance) };
  if (distribution === 'untruncated_normal') return { kind: 'normal', deviation: Math.sqrt(variance) };
  if (distribution !== 'truncated_normal' && distribution !== 'normal') return undefined;
  const deviation = Math.sqrt(variance) / TRUNCATED_DEVIATION;
  return { kind: 'normal', deviation, limit: 2 * deviation };
}

/** The fans of a shape with its inputs and outputs last, as compute_fans of Keras. */
function fansOf(shape: readonly number[]): { fanIn: number; fanOut: number } {
  const [inputs = 1, outputs = inputs] = shape.slice(-2);
  const window = sizeOf(shape.slice(0, -2));
  return { fanIn: window * inputs, fanOut: window * outputs };
}

/** Reads an initializer, which is an object with class and configuration, or a name such as `he_normal`. */
function described(config: Config, field: string, fallback: string) {
  const given = config.given(field) ?? fallback;
  const fields = isObject(given) && isObject(given['config']) ? given['config'] : {};
  const name = isObject(given) ? given['class_name'] : given;
  if (typeof name !== 'string') throw config.refused(`has no valid ${field}`, 'Export the model again');
  const read = (key: string, otherwise: number): number => {
    const value = fields[key] ?? otherwise;
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw config.refused(`has a ${field} whose "${key}" is not a number`, 'Correct the file');
  };
  return { name: pascal(name), read };
}

function texts(config: Config, field: string): { mode: string; distribution: string } {
  const given = config.given(field);
  const fields = isObject(given) && isObject(given['config']) ? given['config'] : {};
  const text = (key: string, otherwise: string) => (typeof fields[key] === 'string' ? fields[key] : otherwise);
  return { mode: text('mode', 'fan_in'), distribution: text('distribution', 'truncated_normal') };
}

/** Returns `HeNormal` for `he_normal` and `heNormal`. Keras writes all of them. */
function pascal(name: string): string {
  return name.replace(/(^|_)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}
