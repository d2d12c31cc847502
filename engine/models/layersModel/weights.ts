/** Convolutions and Dense. Their entries are in PyTorch's layouts, with the initial distributions of Keras. */
import { reshape, type Tensor } from '@tensorflow/tfjs-core';
import { biasEntry, weightEntry } from '../layers/convolution';
import type { Entry, ForwardContext } from '../network';
import { activationOf } from './activations';
import type { Config } from './config';
import { initializerOf } from './initializers';
import { asImages, images, only, type Part, type Shape, type Site } from './part';
import { paddedConvolution, samePadding, VALID, type Edges } from './windows';

/** Conv2D: its kernel [height, width, in / groups, out] becomes [out, in / groups, height, width]. */
export function convolution(site: Site): Part {
  const { config } = site;
  const [, , channels] = images(site);
  const [outputs, groups] = [config.whole('filters'), config.whole('groups', 1)];
  if (channels % groups !== 0 || outputs % groups !== 0)
    throw config.refused(
      `has ${groups} groups, which do not divide ${channels} inputs and ${outputs} filters`,
      'Correct the file',
    );
  const kernel = config.pair('kernel_size');
  return convolved(site, {
    name: config.name,
    shape: [outputs, channels / groups, ...kernel],
    keras: [...kernel, channels / groups, outputs],
    groups,
    field: 'kernel_initializer',
  });
}

/** DepthwiseConv2D: its kernel [height, width, in, multiplier] becomes [in · multiplier, 1, height, width]. */
export function depthwise(site: Site): Part {
  return convolved(site, depthwiseKernel(site, site.config.name));
}

/** SeparableConv2D: a depthwise convolution `NAME.depthwise`, and then a pointwise one, `NAME.pointwise`, with the bias. */
export function separable(site: Site): Part {
  const { config } = site;
  const first = convolved(site, depthwiseKernel(site, `${config.name}.depthwise`), { ends: false });
  const [height, width, between] = first.shape as [number, number, number];
  const outputs = config.whole('filters');
  const name = `${config.name}.pointwise`;
  const entries = weights(config, {
    name,
    shape: [outputs, between, 1, 1],
    keras: [1, 1, between, outputs],
    field: 'pointwise_initializer',
  });
  const { activate, softmax } = activationOf(config);
  return {
    shape: [height, width, outputs],
    entries: [...first.entries, ...entries],
    softmax,
    forward: (xs, net) => activate(net.conv2d(asImages(first.forward(xs, net)), name, { stride: 1, padding: 0 }), net),
  };
}

/** Dense over the last axis: its kernel [in, out] becomes [out, in]. */
export function dense(site: Site): Part {
  const { config } = site;
  const input = only(site);
  const [inputs, outputs] = [input.at(-1)!, config.whole('units')];
  const shape = [outputs, inputs];
  const entries = weights(config, { name: config.name, shape, keras: [inputs, outputs], field: 'kernel_initializer' });
  const { activate, softmax } = activationOf(config);
  const forward: Part['forward'] = ([x], net) => activate(net.linear(x!, config.name), net);
  return { shape: [...input.slice(0, -1), outputs], entries, softmax, forward };
}

interface Kernel {
  name: string;
  /** The shape in PyTorch's layout. */
  shape: readonly number[];
  /** The shape in Keras, for the initial distribution. */
  keras: readonly number[];
  groups?: number;
  /** The field with the initializer. */
  field: string;
}

function depthwiseKernel(site: Site, name: string): Kernel {
  const { config } = site;
  const [, , channels] = images(site);
  const multiplier = config.whole('depth_multiplier', 1);
  const kernel = config.pair('kernel_size');
  return {
    name,
    shape: [channels * multiplier, 1, ...kernel],
    keras: [...kernel, channels, multiplier],
    groups: channels,
    field: 'depthwise_initializer',
  };
}

/** A convolution with its padding. If it `ends` its layer, it has the bias and the activation. */
function convolved(site: Site, kernel: Kernel, { ends = true } = {}): Part {
  const { config } = site;
  const [height, width] = images(site);
  const { name, shape, groups = 1 } = kernel;
  const [outputs, , rows, columns] = shape as [number, number, number, number];
  const [stride, dilation] = [config.equal('strides', [1, 1]), config.equal('dilation_rate', [1, 1])];
  checkLayout(config);
  const spans = [(rows - 1) * dilation + 1, (columns - 1) * dilation + 1] as const;
  const edges = edgesOf(site, spans, stride);
  const size = (length: number, span: number, [before, after]: Edges['rows']) =>
    Math.floor((length + before + after - span) / stride) + 1;
  const result: Shape = [size(height, spans[0], edges.rows), size(width, spans[1], edges.columns), outputs];
  const { activate, softmax } = ends ? activationOf(config) : { activate: (x: Tensor) => x, softmax: false };
  const forward = ([x]: readonly Tensor[], net: ForwardContext) =>
    activate(paddedConvolution(asImages(x), net, { name, edges, stride, dilation, groups }), net);
  return { shape: result, entries: weights(config, kernel, ends), softmax, forward };
}

/** The zeros around the images that the field `padding` means. */
export function edgesOf(site: Site, spans: readonly [number, number], stride: number): Edges {
  const { config } = site;
  const [height, width] = images(site);
  const padding = config.text('padding', 'valid').toLowerCase();
  if (padding === 'valid') return VALID;
  if (padding === 'same')
    return { rows: samePadding(height, spans[0], stride), columns: samePadding(width, spans[1], stride) };
  throw config.refused(`has the padding ${JSON.stringify(padding.slice(0, 40))}`, 'Use "same" or "valid"');
}

/** Throws UserError if images are not in the order height, width, channels. */
export function checkLayout(config: Config): void {
  const layout = config.text('data_format', 'channels_last');
  if (layout !== 'channels_last' && layout !== 'channelsLast')
    throw config.refused(
      `has the data format ${JSON.stringify(layout.slice(0, 40))}`,
      'Only channels_last is supported. Export the model with channels_last',
    );
}

/** The entries of a kernel and of its bias. */
function weights(config: Config, { name, shape, keras, field }: Kernel, ends = true): Entry[] {
  const initializer = initializerOf(config, field, keras, 'GlorotUniform');
  const entries = [weightEntry(name, shape, { prunable: true, initializer })];
  if (ends && config.flag('use_bias', true))
    entries.push(biasEntry(name, shape[0]!, initializerOf(config, 'bias_initializer', [shape[0]!], 'Zeros')));
  return entries;
}

/** Returns x as [N, all values of an image], in the order of Keras: height, width, channels. */
export function rowsOf(x: Tensor): Tensor {
  return reshape(x, [x.shape[0], x.size / x.shape[0]]);
}
