/**
 * A small network of 3 × 3 convolutions with normalization and relu, followed by a global mean and a classifier. Every convolution after
 * the first has stride 2.
 */
import type { ModelOptions } from '../vocabulary/runOptions';
import { convolution, globalMean } from './layers/convolution';
import { network, sequence } from './layers/layer';
import { classifier } from './layers/linear';
import { normalization } from './layers/normalization';
import type { Architecture, DataShape } from './network';

/** Builds the network with layers `conv1`, `bn1`, …, and the classifier `fc`. */
export function convnet({ widths, ...options }: ModelOptions<'convnet'>, data: DataShape): Architecture {
  const norm = normalization(options);
  const layers = widths.flatMap((outputs, i) => [
    convolution(`conv${i + 1}`, { inputs: widths[i - 1] ?? data.channels, outputs, size: 3, stride: i === 0 ? 1 : 2 }),
    norm(`bn${i + 1}`, outputs, { relu: true }),
  ]);
  return network('convnet', data, sequence(...layers, globalMean, classifier('fc', [data.classes, widths.at(-1)!])));
}
