/** What the builders of layers receive and return. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { sizeOf } from '../../tensors';
import type { Entry, ForwardContext } from '../network';
import type { Config } from './config';

/** A shape without the axis of the batch: [H, W, C] of images, or [features]. */
export type Shape = readonly number[];

/** A layer of the file: its configuration and the shapes of its inputs. */
export interface Site {
  config: Config;
  inputs: readonly Shape[];
}

export interface Part {
  /** The shape of the result. */
  shape: Shape;
  entries: readonly Entry[];
  /** Whether a training step draws random numbers here. */
  draws?: boolean;
  forward(inputs: readonly Tensor[], net: ForwardContext): Tensor;
  /** Whether the layer ends with a softmax that `forward` leaves out, because the loss takes logits. */
  softmax?: boolean;
  /** Whether each result depends on one value or channel of a single input, so that a classifier may be before it. */
  passes?: boolean;
}

/** Returns a part without entries that keeps its shape. */
export function keeping(site: Site, forward: (x: Tensor, net: ForwardContext) => Tensor): Part {
  return { shape: only(site), entries: [], passes: true, forward: ([x], net) => forward(x!, net) };
}

/** Returns the shape of the only input. Throws UserError if there are several. */
export function only({ config, inputs }: Site): Shape {
  const [shape] = inputs;
  if (shape && inputs.length === 1) return shape;
  throw config.refused(`has ${inputs.length} inputs, but needs one`, 'Correct the file, or export the model again');
}

/** Returns the shape of the only input, which must be images [H, W, C]. */
export function images(site: Site): readonly [number, number, number] {
  const shape = only(site);
  const [height, width, channels] = shape;
  if (shape.length === 3 && height !== undefined && width !== undefined && channels !== undefined)
    return [height, width, channels];
  throw site.config.refused(
    `needs images, but its input is ${shapeWords(shape)}`,
    'Use it before the images are flattened, or use Dense',
  );
}

/** Returns a tensor as the images that `images` has checked. */
export function asImages(x: Tensor | undefined): Tensor4D {
  return x as Tensor4D;
}

/** Returns a shape in words, for example `32 × 32 × 3`. */
export function shapeWords(shape: Shape): string {
  return shape.length === 1 ? `a row of ${shape[0]!}` : shape.join(' × ');
}

/** The greatest number of values of a layer for one image. Larger layers are mistakes, and would not fit into memory. */
const GREATEST = 2 ** 27;

/** Throws UserError if a layer has no values or too many. */
export function checkSize({ config }: Site, shape: Shape): void {
  const size = sizeOf(shape);
  if (size >= 1 && size <= GREATEST) return;
  throw config.refused(
    `would have a result of ${shapeWords(shape)} for each image`,
    size < 1 ? 'The images are too small for this model' : 'Use smaller layers',
  );
}
