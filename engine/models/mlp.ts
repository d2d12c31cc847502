/** A multilayer perceptron, by default LeNet-300-100. Batch norm is on by default, so that aws can interpolate its scales and shifts. */
import type { ModelOptions } from '../vocabulary/runOptions';
import { network, sequence } from './layers/layer';
import { classifier, flatten, linear, relu } from './layers/linear';
import { batchNorm } from './layers/normalization';
import type { Architecture, DataShape } from './network';

/** Builds the network with layers `fc1`, `bn1`, …, and the classifier `fc`. */
export function mlp({ hidden, batchNorm: normalized }: ModelOptions<'mlp'>, data: DataShape): Architecture {
  const inputs = [data.height * data.width * data.channels, ...hidden];
  const layers = hidden.flatMap((units, i) => [
    linear(`fc${i + 1}`, [units, inputs[i]!], { bias: !normalized }), // the shift of batch norm makes a bias redundant
    normalized ? batchNorm(`bn${i + 1}`, units, { relu: true }) : relu,
  ]);
  return network('mlp', data, sequence(flatten, ...layers, classifier('fc', [data.classes, inputs.at(-1)!])));
}
