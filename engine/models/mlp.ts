/** A multilayer perceptron, by default LeNet-300-100. Batch norm is on by default, so that aws can interpolate its scales and shifts. */
import { reshape, transpose, type Tensor, type Tensor2D, type Rank } from '@tensorflow/tfjs-core';
import { batchNorm, classifier, linear } from './entries';
import type { Architecture, DataShape } from './network';
import type { ModelOptions } from '../vocabulary/runOptions';

/** Builds the network with layers `fc1`, `bn1`, …, and the classifier `fc`. */
export function mlp({ hidden, batchNorm: normalized }: ModelOptions<'mlp'>, data: DataShape): Architecture {
  const inputs = [data.height * data.width * data.channels, ...hidden];
  const layers = hidden.map((units, i) => ({ units, inputs: inputs[i]!, fc: `fc${i + 1}`, bn: `bn${i + 1}` }));
  return {
    name: 'mlp',
    data,
    entries: [
      ...layers.flatMap(({ units, inputs, fc, bn }) => [
        ...linear(fc, [units, inputs], { bias: !normalized }), // the shift of batch norm makes a bias redundant
        ...(normalized ? batchNorm(bn, units) : []),
      ]),
      ...classifier('fc', [data.classes, inputs.at(-1)!]),
    ],
    forward(images, net) {
      // PyTorch flattens NCHW, so the columns of the first layer are in that order.
      let x: Tensor = reshape(transpose(images, [0, 3, 1, 2]), [images.shape[0], inputs[0]!]);
      for (const { units, fc, bn } of layers) {
        x = net.linear(x, fc);
        x = normalized ? net.batchNorm(reshape<Rank.R4>(x, [-1, 1, 1, units]), bn, true) : net.relu(x);
        x = reshape(x, [-1, units]);
      }
      return net.linear(x, 'fc') as Tensor2D;
    },
  };
}
