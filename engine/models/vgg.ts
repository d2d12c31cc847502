/** VGG (Simonyan & Zisserman 2015) with torchvision's names and initialization. Without batch norm it has no ψ. */
import { UserError } from '../errors';
import type { ModelOptions } from '../vocabulary/runOptions';
import { adaptiveAveragePool, convolution, maxPool } from './layers/convolution';
import { normal, normalByFanOut, zero } from './layers/initializers';
import { network, sequence, type Layer } from './layers/layer';
import { classifier, dropout, flatten, linear, relu } from './layers/linear';
import { batchNorm } from './layers/normalization';
import type { Architecture, DataShape } from './network';

/** Numbers of convolutions of each stage. */
const STAGES = { 11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4] } as const;
/** Channels of each stage, as multiples of the first. */
const MULTIPLES = [1, 2, 4, 8, 8];
const SMALLEST = 2 ** MULTIPLES.length;

const DENSE = { weight: normal(0.01), bias: zero };

/** Builds stages of convolutions `features.N`, each halved by max pooling, and linear layers `classifier.N`. */
export function vgg(options: ModelOptions<'vgg'>, data: DataShape): Architecture {
  const { depth, batchNorm: normalized, width, hidden, pool } = options;
  if (Math.min(data.height, data.width) < SMALLEST)
    throw new UserError(
      `model: VGG needs images of at least ${SMALLEST} × ${SMALLEST}, but the images are ${data.height} × ${data.width}. Choose another network.`,
      { field: 'model' },
    );
  const features: Layer[] = [];
  let [at, inputs] = [0, data.channels]; // the position of the next module, and its channels
  STAGES[depth].forEach((count, stage) => {
    const outputs = width * MULTIPLES[stage]!;
    for (let i = 0; i < count; i++) {
      features.push(
        convolution(`features.${at}`, { inputs, outputs, size: 3, weight: normalByFanOut, bias: zero }),
        normalized ? batchNorm(`features.${at + 1}`, outputs, { relu: true }) : relu,
      );
      at += normalized ? 3 : 2;
      inputs = outputs;
    }
    features.push(maxPool({ size: 2, stride: 2, padding: 0 }));
    at++;
  });
  const units = [inputs * pool ** 2, ...hidden];
  const layers = hidden.flatMap((size, i) => [
    linear(`classifier.${3 * i}`, [size, units[i]!], DENSE),
    relu,
    dropout(`classifier.${3 * i + 2}`, options.dropout),
  ]);
  const last = classifier(`classifier.${3 * hidden.length}`, [data.classes, units.at(-1)!], DENSE);
  return network('vgg', data, sequence(...features, adaptiveAveragePool(pool), flatten, ...layers, last));
}
