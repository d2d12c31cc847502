/** Compares our operations and their gradients on one backend with reference values in double precision. */
import assert from 'node:assert/strict';
import {
  engine,
  getBackend,
  getGradient,
  getKernelsForBackend,
  grads,
  memory,
  scalar,
  tensor,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import type { Backend } from '../../../engine/backends/backend';
import { conv2d, maxPool } from '../../../engine/backends/operations/convolution';
import { addBias, addRelu, gelu, globalMean } from '../../../engine/backends/operations/elementwise';
import '../../../engine/backends/operations/linear';
import { crossEntropy } from '../../../engine/backends/operations/loss';
import { batchNorm, layerNorm, normalize } from '../../../engine/backends/operations/normalization';
import { assertNear, check, compute } from './check';
import { convolvesGroupsAsDefined } from './groups.suite';
import { computesLayersAsDefined } from './layers.suite';
import { measuresAsDefined } from './measures.suite';
import { multipliesAsDefined } from './matMul.suite';
import { agreesWithPyTorch } from './pytorch.suite';
import { CONVOLUTIONS, eachProduct, values, type ConvolutionCase } from './reference';

export function computesAsDefined(start: () => Promise<Backend>): void {
  let tensors: number | undefined;
  before(async () => {
    await start();
    tensors = memory().numTensors;
  });
  after(() => {
    if (tensors !== undefined) assert.equal(memory().numTensors, tensors, 'tensors leaked');
  });
  for (const each of CONVOLUTIONS)
    it(`convolves [${each.x.join()}] by [${each.filter.join()}], stride ${each.stride}, padding ${each.padding}`, () => {
      return checkConvolution(each);
    });
  it('normalizes batches with and without relu', checkBatchNorm);
  it('normalizes with given statistics', checkNormalize);
  it('normalizes layers', checkLayerNorm);
  it('pools the largest values, with padding', checkMaxPool);
  it('adds biases, shortcuts and means', checkElementwise);
  it('computes the exact GELU', checkGelu);
  it('computes cross-entropy and counts correct answers', checkCrossEntropy);
  measuresAsDefined();
  multipliesAsDefined();
  convolvesGroupsAsDefined();
  computesLayersAsDefined();
  agreesWithPyTorch();
  refusesOtherAttributes();
}

async function checkConvolution(each: ConvolutionCase): Promise<void> {
  const { x: shape, filter, stride, padding } = each;
  const filterShape = [filter[0], filter[1], shape[3], filter[2]];
  const size = (dimensions: number[]) => dimensions.reduce((a, b) => a * b);
  const [x, w] = [values(size(shape), 1), values(size(filterShape), 2)];
  const outputShape = eachProduct(each, () => undefined);
  const dy = values(size(outputShape), 3);
  const [y, dx, dw] = [dy, x, w].map(({ length }) => new Float64Array(length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  eachProduct(each, (i, k, o) => {
    y[o]! += x[i]! * w[k]!;
    dx[i]! += dy[o]! * w[k]!;
    dw[k]! += dy[o]! * x[i]!;
  });
  const computed = await compute(() => {
    const operation = (image: Tensor, taps: Tensor) => conv2d(image as Tensor4D, taps as Tensor4D, { stride, padding });
    const inputs = [tensor(x, shape), tensor(w, filterShape)];
    const out = operation(inputs[0]!, inputs[1]!);
    assert.deepEqual(out.shape, outputShape);
    return [out, ...grads(operation)(inputs, tensor(dy, outputShape))];
  });
  assertNear(computed[0]!, y, 'value');
  assertNear(computed[1]!, dx, 'input gradient');
  assertNear(computed[2]!, dw, 'filter gradient');
}

const EPSILON = 1e-5;

async function checkBatchNorm(): Promise<void> {
  for (const channels of [3, 8])
    for (const relu of [false, true]) {
      const inputs = [
        { data: values(2 * 3 * 5 * channels, 1), shape: [2, 3, 5, channels] },
        { data: values(channels, 2).map((value) => 1 + value / 2), shape: [channels] },
        { data: values(channels, 3), shape: [channels] },
      ];
      await check(
        inputs,
        (x, scale, shift) =>
          batchNorm(x as Tensor4D, { scale: scale as Tensor1D, shift: shift as Tensor1D }, { epsilon: EPSILON, relu })
            .y,
        (x, scale, shift) => referenceBatchNorm(x, { scale, shift, relu }),
      );
    }
}

function referenceBatchNorm(
  x: Float64Array,
  { scale, shift, relu }: { scale: Float64Array; shift: Float64Array; relu: boolean },
): Float64Array {
  const channels = scale.length;
  const rows = x.length / channels;
  const column = (c: number) => Array.from({ length: rows }, (_, row) => x[row * channels + c]!);
  const statistics = Array.from({ length: channels }, (_, c) => {
    const mean = column(c).reduce((sum, value) => sum + value, 0) / rows;
    const variance = column(c).reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows;
    return { mean, deviation: Math.sqrt(variance + EPSILON) };
  });
  return x.map((value, i) => {
    const c = i % channels;
    const y = ((value - statistics[c]!.mean) / statistics[c]!.deviation) * scale[c]! + shift[c]!;
    return relu ? Math.max(y, 0) : y;
  });
}

async function checkNormalize(): Promise<void> {
  const x = values(2 * 2 * 3 * 5, 1);
  const [mean, variance, scale, shift] = [1, 2, 3, 4].map((seed) => values(5, seed).map((value) => 1.5 + value)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const [y] = await compute(() => {
    const named = {
      mean: tensor1d(mean),
      variance: tensor1d(variance),
      scale: tensor1d(scale),
      shift: tensor1d(shift),
    };
    return [normalize(tensor4d(x, [2, 2, 3, 5]), named, { epsilon: EPSILON, relu: true })];
  });
  const expected = Array.from(x, (value, i) =>
    Math.max(0, ((value - mean[i % 5]!) / Math.sqrt(variance[i % 5]! + EPSILON)) * scale[i % 5]! + shift[i % 5]!),
  );
  assertNear(y!, expected, 'value');
}

async function checkLayerNorm(): Promise<void> {
  const size = 6;
  await check(
    [
      { data: values(4 * size, 1), shape: [2, 2, size] },
      { data: values(size, 2).map((value) => 1 + value / 2), shape: [size] },
      { data: values(size, 3), shape: [size] },
    ],
    (x, scale, shift) => layerNorm(x, { scale: scale as Tensor1D, shift: shift as Tensor1D }, { epsilon: EPSILON }),
    (x, scale, shift) =>
      x.map((value, i) => {
        const row = x.subarray(i - (i % size), i - (i % size) + size);
        const mean = row.reduce((sum, each) => sum + each, 0) / size;
        const variance = row.reduce((sum, each) => sum + (each - mean) ** 2, 0) / size;
        return ((value - mean) / Math.sqrt(variance + EPSILON)) * scale[i % size]! + shift[i % size]!;
      }),
  );
}

async function checkMaxPool(): Promise<void> {
  const attributes = { size: 3, stride: 2, padding: 1 };
  const each: ConvolutionCase = { x: [2, 7, 6, 3], filter: [3, 3, 3], stride: 2, padding: 1 };
  await check(
    [{ data: values(2 * 7 * 6 * 3, 4), shape: each.x }],
    (x) => maxPool(x as Tensor4D, attributes),
    (x) => {
      const shape = eachProduct(each, () => undefined);
      const largest = new Float64Array(shape.reduce((a, b) => a * b)).fill(-Infinity);
      eachProduct(each, (i, _, o) => {
        if (i % 3 === o % 3) largest[o] = Math.max(largest[o]!, x[i]!);
      });
      return largest;
    },
  );
}

async function checkElementwise(): Promise<void> {
  await check(
    [
      { data: values(21, 1), shape: [3, 7] },
      { data: values(7, 2), shape: [7] },
    ],
    (x, bias) => addBias(x, bias as Tensor1D),
    (x, bias) => x.map((value, i) => value + bias[i % 7]!),
  );
  await check(
    [
      { data: values(21, 1), shape: [3, 7] },
      { data: values(21, 2), shape: [3, 7] },
    ],
    (x, addend) => addRelu(x, addend),
    (x, addend) => x.map((value, i) => Math.max(0, value + addend[i]!)),
  );
  await check(
    [{ data: values(21, 3), shape: [3, 7] }],
    (x) => addRelu(x),
    (x) => x.map((value) => Math.max(0, value)),
  );
  await check(
    [{ data: values(2 * 6 * 3, 1), shape: [2, 2, 3, 3] }],
    (x) => globalMean(x as Tensor4D),
    (x) =>
      Array.from(
        { length: 6 },
        (_, i) => [0, 1, 2, 3, 4, 5].reduce((sum, p) => sum + x[Math.floor(i / 3) * 18 + p * 3 + (i % 3)]!, 0) / 6,
      ),
  );
}

async function checkGelu(): Promise<void> {
  const data = Float32Array.from({ length: 41 }, (_, i) => (i - 20) / 3);
  await check([{ data, shape: [41] }], gelu, (x) => x.map((value) => value * normalDistribution(value)));
}

/** Returns Φ, computed from the density with Simpson's rule. */
function normalDistribution(x: number): number {
  const steps = 2000;
  const density = (t: number) => Math.exp((-t * t) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(x);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * density((x * i) / steps);
  return 0.5 + (sum * x) / steps / 3;
}

async function checkCrossEntropy(): Promise<void> {
  const data = values(20, 5).map((value) => 4 * value);
  const targets = [1, 4, 0, 2];
  const labels = () => tensor1d(targets, 'int32');
  await check(
    [{ data, shape: [4, 5] }],
    (logits) => crossEntropy(logits as Tensor2D, labels()).loss,
    (logits) => {
      const losses = targets.map((target, row) => {
        const scores = logits.subarray(row * 5, row * 5 + 5);
        return Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0)) - scores[target]!;
      });
      return [losses.reduce((sum, loss) => sum + loss, 0) / 4];
    },
  );
  const [correct] = await compute(() => {
    const logits = tensor2d([
      [1, 3, 3],
      [2, 0, 1],
      [0, 0, 5],
      [0, 9, 1],
    ]);
    return [crossEntropy(logits, tensor1d([2, 0, 2, 1], 'int32')).correct];
  });
  assert.equal(correct![0], 3, 'of equal logits the first counts');
}

/** Kernels that not every backend has. */
const OPTIONAL = /^Sign(Group|Linear|Shuffle)/;

/** Tests that our kernels and gradients refuse unknown attributes. */
function refusesOtherAttributes(): void {
  it('refuses an attribute that a kernel does not implement', () => {
    const ours = getKernelsForBackend(getBackend()).filter(({ kernelName }) => /^Sign[A-Z]/.test(kernelName));
    assert.equal(ours.filter(({ kernelName }) => !OPTIONAL.test(kernelName)).length, 36);
    for (const { kernelName } of ours)
      assert.throws(
        () => engine().runKernel(kernelName, {}, { dilation: 2 }),
        new RegExp(`${kernelName} of ${getBackend()} does not implement the attribute "dilation"`),
      );
  });

  it('refuses an attribute that a gradient does not implement', () => {
    const names = ['SignConvolve', 'SignMaxPool', 'SignBatchNorm', 'SignLayerNorm', 'SignAddBias', 'SignAddRelu'];
    names.push('SignGelu', 'SignGlobalMean', 'SignCrossEntropy', 'SignDepthwise', 'SignActivate', 'SignScale');
    names.push('SignSoftmax', 'SignSlice', 'SignSplit', 'SignPad', 'SignConcat', 'SignDropout', 'SignLinear');
    for (const name of names)
      assert.throws(
        () => {
          tidy(() => {
            getGradient(name).gradFunc(scalar(1), [], { dilation: 2 });
          });
        },
        new RegExp(`the gradient of ${name} does not implement the attribute "dilation"`),
      );
  });
}
