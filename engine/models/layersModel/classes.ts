/** The supported classes of layers. */
import type { UserError } from '../../errors';
import { didYouMean } from '../../nearest';
import type { TopologyLayer } from '../../vocabulary/runOptions';
import { activation, elu, leaky, relu, softmax } from './activations';
import { refusedLayer } from './config';
import { dropout, spatialDropout } from './dropping';
import { concatenation, difference, flatten, mean, product, rescaling, reshaping, sum, zeroPadding } from './merging';
import { batchNormalization, groupNormalization, layerNormalization } from './normalization';
import { keeping, type Part, type Site } from './part';
import { globalAverage, globalAverage1d, globalMax, pooling } from './pooling';
import { convolution, dense, depthwise, separable } from './weights';

/** The class of the layer that stands for the images. */
export const INPUT = 'InputLayer';

const CLASSES: ReadonlyMap<string, (site: Site) => Part> = new Map([
  ['Conv2D', convolution],
  ['DepthwiseConv2D', depthwise],
  ['SeparableConv2D', separable],
  ['Dense', dense],
  ['BatchNormalization', batchNormalization],
  ['LayerNormalization', layerNormalization],
  ['GroupNormalization', groupNormalization],
  ['Activation', activation],
  ['ReLU', relu],
  ['LeakyReLU', leaky],
  ['ELU', elu],
  ['Softmax', softmax],
  ['MaxPooling2D', pooling('max')],
  ['AveragePooling2D', pooling('average')],
  ['GlobalAveragePooling1D', globalAverage1d],
  ['GlobalAveragePooling2D', globalAverage],
  ['GlobalMaxPooling2D', globalMax],
  ['Flatten', flatten],
  ['Reshape', reshaping],
  ['Dropout', dropout],
  ['SpatialDropout2D', spatialDropout],
  ['Add', sum],
  ['Subtract', difference],
  ['Average', mean],
  ['Multiply', product],
  ['Concatenate', concatenation],
  ['ZeroPadding2D', zeroPadding],
  ['Rescaling', rescaling],
  ['Identity', (site) => keeping(site, (x) => x)],
]);

/** What to do instead of some classes that are not supported. */
const REMEDIES: ReadonlyMap<string, string> = new Map([
  ['Lambda', 'It contains code, which is never run. Use layers instead'],
  ['TFOpLambda', 'It contains an operation of TensorFlow. Use a layer such as Add, Multiply or Rescaling instead'],
  ['Functional', 'Put the layers of this nested model into the model itself'],
  ['Model', 'Put the layers of this nested model into the model itself'],
  ['Sequential', 'Put the layers of this nested model into the model itself'],
  ['Conv2DTranspose', 'Winning Sign trains classifiers of images. Use Conv2D'],
  ['GaussianNoise', 'Use Dropout, or the augmentation of the run file'],
  ['Normalization', 'Remove it, because the images are normalized by the dataset'],
  ['Resizing', 'Remove it, and use data with images of the right size'],
  ['RandomFlip', 'Remove it, and set "augmentation" in the run file'],
  ['RandomCrop', 'Remove it, and set "augmentation" in the run file'],
]);

/** Builds the part of a layer. Throws UserError if its class is not supported or its configuration is wrong. */
export function buildPart(file: string, layer: TopologyLayer, site: Site): Part {
  const build = CLASSES.get(layer.class);
  if (build) return build(site);
  throw unsupportedClass(file, layer);
}

function unsupportedClass(file: string, layer: TopologyLayer): UserError {
  const known = [...CLASSES.keys()];
  const remedy = REMEDIES.get(layer.class) ?? `The supported layers are ${known.join(', ')}`;
  const hint = REMEDIES.has(layer.class) ? '' : didYouMean(layer.class, known);
  return refusedLayer(file, layer, { is: 'is not supported', remedy: `${hint.trim()}${hint ? ' ' : ''}${remedy}` });
}
