/** Compares operations and their gradients on one backend with PyTorch, whose numbers are in test/fixtures/oracles/operations.json. */
import { grads, matMul, reshape, tensor, transpose, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { relu6, sigmoid, swish } from '../../../engine/backends/operations/activations';
import { attention, softmax } from '../../../engine/backends/operations/attention';
import { shuffleChannels } from '../../../engine/backends/operations/channels';
import { conv2d } from '../../../engine/backends/operations/convolution';
import { addBias } from '../../../engine/backends/operations/elementwise';
import { batchNorm, groupNorm, layerNorm } from '../../../engine/backends/operations/normalization';
import { adaptiveAveragePool, averagePool } from '../../../engine/backends/operations/pooling';
import type { Entry } from '../../../engine/models/network';
import { layoutOf, pack, unpack, type Layout } from '../../../engine/training/layout';
import { floats, sizeOf } from '../../../engine/tensors';
import { assertNear, compute } from './check';
import { values } from './reference';

/** Shapes and values are in PyTorch's layouts. */
interface Case {
  operation: keyof typeof OPERATIONS;
  shapes: number[][];
  options: Record<string, number>;
  shape: number[];
  value: number[];
  gradients: number[][];
}

const psi = (scale: Tensor, shift: Tensor) => ({ scale: scale as Tensor1D, shift: shift as Tensor1D });

/** The operations on our layouts, with the options of a case. */
const OPERATIONS = {
  convolution: ([x, weight, bias], options) =>
    addBias(conv2d(x as Tensor4D, weight as Tensor4D, options as never), bias as Tensor1D),
  averagePool: ([x], options) => averagePool(x as Tensor4D, options as never),
  adaptiveAveragePool: ([x], options) => adaptiveAveragePool(x as Tensor4D, options as never),
  relu6: ([x]) => relu6(sixfold(x!)),
  swish: ([x]) => swish(sixfold(x!)),
  sigmoid: ([x]) => sigmoid(sixfold(x!)),
  shuffleChannels: ([x], { groups }) => shuffleChannels(x as Tensor4D, groups!),
  groupNorm: ([x, scale, shift], options) => groupNorm(x as Tensor4D, psi(scale!, shift!), options as never),
  layerNorm: ([x, scale, shift], options) => layerNorm(x!, psi(scale!, shift!), options as never),
  batchNorm: ([x, scale, shift], { epsilon }) =>
    batchNorm(x as Tensor4D, psi(scale!, shift!), { epsilon: epsilon!, relu: false }).y,
  softmax: ([x]) => softmax(x!),
  attention: ([x, weight, bias], { heads }) => {
    const [n, tokens] = x!.shape as [number, number];
    const [dim, width] = weight!.shape as [number, number];
    const projected = addBias(matMul(reshape(x!, [-1, dim]), weight!), bias as Tensor1D);
    return attention(reshape(projected, [n, tokens, width]), { heads: heads! });
  },
} satisfies Record<string, (inputs: Tensor[], options: Record<string, number>) => Tensor>;

/** Multiplies by 6 with a matrix, because products of tensors have no gradient here. */
function sixfold(x: Tensor): Tensor {
  return reshape(matMul(reshape(x, [-1, 1]), tensor([6], [1, 1])), x.shape);
}

/** Defines the suite for a started backend. Call it inside a `describe`. */
export function agreesWithPyTorch(): void {
  const cases = JSON.parse(readFileSync('test/fixtures/oracles/operations.json', 'utf8')) as Case[];
  for (const each of cases)
    it(`agrees with PyTorch: ${each.operation} of [${each.shapes[0]!.join()}], ${JSON.stringify(each.options)}`, () =>
      compare(each));
}

async function compare({ operation, shapes, options, value, gradients, shape }: Case): Promise<void> {
  const layouts = shapes.map((each, k) => (k === 1 && each.length > 1 ? weightLayout(each) : undefined));
  const run = (...inputs: Tensor[]) => {
    const y = OPERATIONS[operation](inputs, options);
    return y.rank === 4 ? transpose(y, [0, 3, 1, 2]) : y;
  };
  const [y, ...rest] = await compute(() => {
    const inputs = shapes.map((each, k) => inputOf(values(sizeOf(each), k + 1), each, layouts[k]));
    const y = run(...inputs);
    const computed = grads(run)(inputs, tensor(values(y.size, 9), shape));
    return [
      y,
      ...computed.map((gradient, k) => (k === 0 && gradient.rank === 4 ? transpose(gradient, [0, 3, 1, 2]) : gradient)),
    ];
  });
  assertNear(y!, value, 'value');
  rest.forEach((gradient, k) => {
    const layout = layouts[k];
    const data = layout ? floats(unpack(layout, gradient), 'layer.weight') : gradient;
    assertNear(data, gradients[k]!, `gradient of input ${k}`);
  });
}

/** Images become NHWC, and weights get the layout of the parameter vector. */
function inputOf(data: Float32Array, shape: number[], layout: Layout | undefined): Tensor {
  if (layout)
    return tensor(pack(layout, new Float32Array(data.length), () => data), [...layout.segments[0]!.shape]); // prettier-ignore
  return shape.length === 4 ? transpose(tensor(data, shape), [0, 2, 3, 1]) : tensor(data, shape);
}

function weightLayout(shape: number[]): Layout {
  const initializer = { kind: 'constant', value: 0 } as const;
  const entry: Entry = { name: 'layer.weight', shape, dtype: 'F32', role: 'weight', prunable: true, initializer };
  return layoutOf({ entries: [entry] } as never);
}
