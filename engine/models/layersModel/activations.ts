/** The activations of Keras. */
import { add, fill, reshape, type Tensor } from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { ForwardContext } from '../network';
import type { Config } from './config';
import { keeping, type Part, type Site } from './part';

type Activate = (x: Tensor, net: ForwardContext) => Tensor;

const unchanged: Activate = (x) => x;

const ACTIVATIONS: ReadonlyMap<string, Activate> = new Map<string, Activate>([
  ['linear', unchanged],
  ['relu', (x, net) => net.relu(x)],
  ['relu6', (x, net) => net.relu6(x)],
  ['silu', (x, net) => net.swish(x)],
  ['swish', (x, net) => net.swish(x)],
  ['gelu', (x, net) => net.gelu(x)],
  ['sigmoid', (x, net) => net.sigmoid(x)],
  ['tanh', (x, net) => tanh(x, net)],
  ['leaky_relu', leakyRelu(0.2)],
  ['elu', (x, net) => net.elu(x)],
]);

/** Returns the activation that a layer names in `activation`, and whether it is a softmax, which is left out. */
export function activationOf(config: Config): { activate: Activate; softmax: boolean } {
  const name = config.text('activation', 'linear');
  if (name === 'softmax') return { activate: unchanged, softmax: true };
  const activate = ACTIVATIONS.get(name);
  if (activate) return { activate, softmax: false };
  throw unsupported(config, name);
}

function unsupported(config: Config, name: string) {
  return config.refused(
    `has the activation ${JSON.stringify(name.slice(0, 40))}, which is not supported`,
    `Use one of ${[...ACTIVATIONS.keys()].join(', ')}`,
  );
}

export function activation(site: Site): Part {
  const { activate, softmax } = activationOf(site.config);
  return { ...keeping(site, activate), softmax };
}

/** ReLU with a greatest value of 6 or none, and a slope for negative values. */
export function relu(site: Site): Part {
  const { config } = site;
  const [greatest, slope] = [config.given('max_value'), config.number('negative_slope', 0)];
  if (config.number('threshold', 0) !== 0 || (greatest !== undefined && (greatest !== 6 || slope !== 0)))
    throw config.refused(
      'has a "threshold" or "max_value" that is not supported',
      'Use ReLU, ReLU with max_value 6, or LeakyReLU',
    );
  if (greatest === 6) return keeping(site, (x, net) => net.relu6(x));
  return keeping(site, slope === 0 ? (x, net) => net.relu(x) : leakyRelu(slope));
}

/** LeakyReLU. Its slope is `alpha` in Keras 2 and tf.js, and `negative_slope` in Keras 3. */
export function leaky(site: Site): Part {
  const { config } = site;
  return keeping(site, leakyRelu(config.number('negative_slope', config.number('alpha', 0.3))));
}

/** ELU: x if x > 0, else α · (e^x − 1). */
export function elu(site: Site): Part {
  const alpha = site.config.number('alpha', 1);
  if (alpha === 1) return keeping(site, (x, net) => net.elu(x));
  return keeping(site, (x, net) => {
    const below = net.elu(scaled(net.relu(scaled(x, -1, net)), -1, net));
    return add(net.relu(x), scaled(below, alpha, net));
  });
}

/** Softmax over the last axis, which must be the end of the network. */
export function softmax(site: Site): Part {
  const { config } = site;
  if (![-1, site.inputs[0]?.length].includes(Number(config.given('axis') ?? -1)))
    throw config.refused('is not over the last axis', 'Use axis -1');
  return { ...keeping(site, unchanged), softmax: true };
}

/** relu(x) − slope · relu(−x). */
function leakyRelu(slope: number): Activate {
  return (x, net) => add(net.relu(x), scaled(net.relu(scaled(x, -1, net)), -slope, net));
}

/** tanh(x) = 2 · σ(2x) − 1. */
function tanh(x: Tensor, net: ForwardContext): Tensor {
  return shifted(scaled(net.sigmoid(scaled(x, 2, net)), 2, net), -1);
}

/** Multiplies all values by a constant. */
export function scaled(x: Tensor, factor: number, net: ForwardContext): Tensor {
  const [n, last] = [x.shape[0], x.shape.at(-1)!];
  const factors = fill<Tensor2D['rankType']>([n, last], factor);
  return reshape(net.scaleChannels(reshape(x, [n, x.size / n / last, 1, last]), factors), x.shape);
}

/** Adds a constant to all values. */
export function shifted(x: Tensor, addend: number): Tensor {
  return add(x, fill(x.shape, addend));
}
