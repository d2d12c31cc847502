/** LeNet-5 (LeCun et al. 1998) as it is used today: relu and max pooling, and optionally batch norm. */
import { UserError } from '../errors';
import type { ModelOptions } from '../vocabulary/runOptions';
import { convolution, maxPool } from './layers/convolution';
import { network, sequence } from './layers/layer';
import { classifier, flatten, linear, relu } from './layers/linear';
import { batchNorm } from './layers/normalization';
import type { Architecture, DataShape } from './network';

const KERNEL = 5;
/** The images of the original network had this size. Smaller ones are padded with zeros. */
const FULL = 32;

/** Builds two convolutions `conv1` and `conv2`, each halved by max pooling, then `fc1` and `fc2`, and the classifier `fc3`. */
export function lenet(options: ModelOptions<'lenet'>, data: DataShape): Architecture {
  const { widths, hidden, batchNorm: normalized } = options;
  checkOptions(options, data);
  const padding = Math.min(data.height, data.width) < FULL ? (KERNEL - 1) / 2 : 0;
  const after = (size: number) => sizeAfter(size, padding);
  const inputs = [widths[1]! * after(data.height) * after(data.width), ...hidden];
  const activation = (name: string, size: number) => (normalized ? batchNorm(name, size, { relu: true }) : relu);
  const stage = (at: number, padding: number) => [
    convolution(`conv${at}`, {
      inputs: at === 1 ? data.channels : widths[0]!,
      outputs: widths[at - 1]!,
      size: KERNEL,
      padding,
      bias: !normalized,
    }),
    activation(`bn${at}`, widths[at - 1]!),
    maxPool({ size: 2, stride: 2, padding: 0 }),
  ];
  const layers = hidden.flatMap((units, i) => [
    linear(`fc${i + 1}`, [units, inputs[i]!], { bias: !normalized }),
    activation(`bn${i + 3}`, units),
  ]);
  const last = classifier(`fc${hidden.length + 1}`, [data.classes, inputs.at(-1)!]);
  return network('lenet', data, sequence(...stage(1, padding), ...stage(2, 0), flatten, ...layers, last));
}

/** Height or width after both stages. */
function sizeAfter(size: number, padding: number): number {
  const first = Math.floor((size + 2 * padding - KERNEL + 1) / 2);
  return Math.floor((first - KERNEL + 1) / 2);
}

function checkOptions({ widths }: ModelOptions<'lenet'>, { height, width }: DataShape): void {
  if (widths.length !== 2)
    throw new UserError(`model.options.widths has ${widths.length} entries, but LeNet has 2 convolutions.`, {
      field: 'model.options.widths',
    });
  if (Math.min(height, width) < 12)
    throw new UserError(
      `model: LeNet needs images of at least 12 × 12, but the images are ${height} × ${width}. Choose another network.`,
      { field: 'model' },
    );
}
