/** Layers with several inputs, and layers that change a shape. */
import { add, reshape, type Tensor, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../tensors';
import type { ForwardContext } from '../network';
import { asImages, images, keeping, only, shapeWords, type Part, type Shape, type Site } from './part';
import { scaled, shifted } from './activations';
import { checkLayout } from './weights';

/** Adds inputs of equal shapes. */
export function sum(site: Site): Part {
  const shape = sameShape(site);
  return { shape, entries: [], forward: (xs) => xs.reduce((total, x) => add(total, x)) };
}

/** The mean of inputs of equal shapes. */
export function mean(site: Site): Part {
  const total = sum(site);
  const share = 1 / site.inputs.length;
  return { ...total, forward: (xs, net) => scaled(total.forward(xs, net), share, net) };
}

/** The difference of two inputs of equal shapes. */
export function difference(site: Site): Part {
  const shape = sameShape(site);
  if (site.inputs.length !== 2)
    throw site.config.refused(`has ${site.inputs.length} inputs, but needs two`, 'Correct the file');
  return { shape, entries: [], forward: ([a, b], net) => add(a!, scaled(b!, -1, net)) };
}

/** The product of inputs of equal shapes, or of images with factors of their channels [1, 1, C], as in squeeze-excitation. */
export function product(site: Site): Part {
  const { config, inputs } = site;
  const [first, second] = inputs;
  if (inputs.length === 2 && first?.length === 3 && second?.length === 3 && !isEqual(first, second)) {
    const [whole, factors] = isPixel(second) ? [0, 1] : [1, 0];
    const [images, pixel] = [inputs[whole]!, inputs[factors]!];
    if (isPixel(pixel) && pixel[2] === images[2])
      return { shape: images, entries: [], forward: (xs, net) => channelProduct([xs[whole]!, xs[factors]!], net) };
  }
  const shape = sameShape({ config, inputs });
  return { shape, entries: [], forward: (xs, net) => xs.reduce((a, b) => valueProduct([a, b], net)) };
}

function channelProduct([x, factors]: [Tensor, Tensor], net: ForwardContext): Tensor {
  return net.scaleChannels(asImages(x), reshape(factors, [factors.shape[0], factors.shape[3]!]));
}

/** The product of each value, as channels of images of one pixel. */
function valueProduct([a, b]: [Tensor, Tensor], net: ForwardContext): Tensor {
  const [n, size] = [a.shape[0], a.size / a.shape[0]];
  const pixels: Tensor4D = reshape(a, [n, 1, 1, size]);
  const factors: Tensor2D = reshape(b, [n, size]);
  return reshape(net.scaleChannels(pixels, factors), a.shape);
}

/** Concatenate along the last axis. */
export function concatenation(site: Site): Part {
  const { config, inputs } = site;
  const [first] = inputs;
  const rank = first?.length ?? 0;
  const axis = config.number('axis', -1);
  if (axis !== -1 && axis !== rank)
    throw config.refused(`joins along axis ${axis}`, 'Only the last axis is supported: use axis -1');
  const others = (shape: Shape) => shape.slice(0, -1);
  const differing = inputs.find((shape) => !isEqual(others(shape), others(first!)));
  if (!first || differing)
    throw config.refused(
      `has inputs of ${inputs.map(shapeWords).join(' and ')}`,
      'All axes but the last must be equal',
    );
  const last = inputs.reduce((total, shape) => total + shape.at(-1)!, 0);
  const shape = [...others(first), last];
  return {
    shape,
    entries: [],
    forward: (xs, net) => {
      const joined = net.concatChannels(xs.map((x) => reshape(x, [-1, 1, 1, x.shape.at(-1)!])));
      return reshape(joined, [xs[0]!.shape[0], ...shape]);
    },
  };
}

/** Flatten, in the order of Keras: height, width, channels. */
export function flatten(site: Site): Part {
  checkLayout(site.config);
  const size = sizeOf(only(site));
  return { shape: [size], entries: [], passes: true, forward: ([x]) => reshape(x!, [x!.shape[0], size]) };
}

/** Reshape. One axis may be −1. */
export function reshaping(site: Site): Part {
  const { config } = site;
  const input = only(site);
  const target = config.wholes('target_shape', undefined, -1);
  const [known, size] = [sizeOf(target.filter((length) => length !== -1)), sizeOf(input)];
  const shape = target.map((length) => (length === -1 ? size / known : length));
  const isPossible = target.filter((length) => length === -1).length <= 1 && sizeOf(shape) === size;
  if (!isPossible || !shape.every((length) => Number.isSafeInteger(length) && length >= 1))
    throw config.refused(`cannot change ${shapeWords(input)} to ${shapeWords(target)}`, 'Correct "target_shape"');
  return { shape, entries: [], passes: true, forward: ([x]) => reshape(x!, [x!.shape[0], ...shape]) };
}

/** ZeroPadding2D: `padding` is one number, or one for each axis, or [[top, bottom], [left, right]]. */
export function zeroPadding(site: Site): Part {
  const { config } = site;
  checkLayout(config);
  const [height, width, channels] = images(site);
  const given = config.given('padding') ?? 1;
  const sides: readonly unknown[] = Array.isArray(given) ? given : [given, given];
  const [rows, columns] = sides.map((side) => (Array.isArray(side) ? (side as unknown[]) : [side, side]));
  if (sides.length !== 2 || !isSides(rows) || !isSides(columns))
    throw config.refused('has no valid "padding"', 'Correct the file, or export the model again');
  return {
    shape: [height + rows[0] + rows[1], width + columns[0] + columns[1], channels],
    entries: [],
    passes: true,
    forward: ([x], net) => net.pad(asImages(x), { rows, columns, with: 'zeros' }),
  };
}

const MOST_PADDING = 4096;

function isSides(value: readonly unknown[] | undefined): value is readonly [number, number] {
  return (
    value?.length === 2 &&
    value.every((side) => Number.isInteger(side) && Number(side) >= 0 && Number(side) <= MOST_PADDING)
  );
}

/** Rescaling: x · scale + offset, with one number each. */
export function rescaling(site: Site): Part {
  const { config } = site;
  const [scale, offset] = [config.number('scale'), config.number('offset', 0)];
  return keeping(site, (x, net) => {
    const y = scale === 1 ? x : scaled(x, scale, net);
    return offset === 0 ? y : shifted(y, offset);
  });
}

function sameShape({ config, inputs }: Site): Shape {
  const [first, ...others] = inputs;
  if (first && others.length > 0 && others.every((shape) => isEqual(shape, first))) return first;
  const shapes = inputs.map(shapeWords).join(' and ');
  throw config.refused(
    `has ${others.length === 0 ? 'only one input' : `inputs of ${shapes}`}`,
    'It needs several inputs of equal shapes',
  );
}

function isEqual(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((length, i) => length === b[i]);
}

function isPixel([height, width]: Shape): boolean {
  return height === 1 && width === 1;
}
