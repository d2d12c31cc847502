/** Our kernels, implemented with TensorFlow's fused operations. */
import {
  add,
  argMax,
  cast,
  div,
  equal,
  erf,
  exp,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  mean,
  mul,
  ones,
  range,
  reciprocal,
  reshape,
  sqrt,
  square,
  squaredDifference,
  sub,
  sum,
  tensor1d,
  where,
  zeros,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { Rank, Tensor } from '@tensorflow/tfjs-core';
import { registerActivations } from './activations';
import { registerConvolution, registerMaxPool } from './convolution';
import { registerDepthwise } from './depthwise';
import { registerDropout } from './dropout';
import { asTensor, defineKernel, type Attributes } from './executor';
import { registerImages } from './images';
import { registerOwnDepthwise } from './ownDepthwise';
import { registerOwnGroups } from './ownGroups';
import { registerOwnImages } from './ownImages';
import {
  registerOwnBatchNorm,
  registerOwnGelu,
  registerOwnLayerNorm,
  registerOwnLinear,
  registerOwnSoftmax,
} from './ownKernels';

const T = { T: 'float32' } as const;

/** Registers the kernels. `own` says whether they use Winning Sign's operations instead of TensorFlow's. */
export function registerKernels(own: boolean): void {
  registerActivations(own);
  registerConvolution(own);
  registerDropout();
  registerMaxPool();
  registerElementwise();
  registerLoss();
  if (own) {
    registerOwnBatchNorm();
    registerOwnDepthwise();
    registerOwnGelu();
    registerOwnGroups();
    registerOwnImages();
    registerOwnLayerNorm();
    registerOwnLinear();
    registerOwnSoftmax();
  } else {
    registerBatchNorm();
    registerDepthwise();
    registerGelu();
    registerImages();
    registerLayerNorm();
  }
}

function registerBatchNorm(): void {
  const attributesOf = (epsilon: number, training: boolean): Attributes => ({
    ...T,
    U: 'float32',
    epsilon: { float: epsilon },
    data_format: { text: 'NHWC' },
    is_training: training,
  });
  const averaging = { exponential_avg_factor: { float: 1 } };

  // Returns y, the mean, the unbiased variance, and three tensors that TensorFlow's gradient needs.
  defineKernel('SignBatchNorm', ['epsilon', 'relu'], ({ x, scale, shift }, { epsilon, relu }, execute) => {
    const none = tensor1d([], 'float32');
    const attributes = { ...attributesOf(epsilon, true), ...averaging };
    const [y, ...rest] = execute.many('FusedBatchNormV3', [x, scale, shift, none, none], { attributes, outputs: 6 });
    return [relu ? execute.one('Relu', [y], T) : y!, ...rest];
  });

  defineKernel('SignBatchNormGradient', ['epsilon', 'relu'], (inputs, { epsilon, relu }, execute) => {
    const { dy, x, scale, y, kept2, kept3, kept4 } = inputs;
    const passed = relu ? execute.one('ReluGrad', [dy, y], T) : dy;
    const call = { attributes: attributesOf(epsilon, true), outputs: 5 };
    return execute.many('FusedBatchNormGradV3', [passed, x, scale, kept2, kept3, kept4], call).slice(0, 3);
  });

  defineKernel('SignNormalize', ['epsilon', 'relu'], (inputs, { epsilon, relu }, execute) => {
    const { x, mean, variance, scale, shift } = inputs;
    const attributes = { ...attributesOf(epsilon, false), ...averaging };
    const [y] = execute.many('FusedBatchNormV3', [x, scale, shift, mean, variance], { attributes, outputs: 6 });
    return relu ? execute.one('Relu', [y], T) : y!;
  });
}

/**
 * The forward pass normalizes rows with several small operations, because TensorFlow's batch norm takes ten times as long. The gradient of
 * scale and shift uses TensorFlow's batch-norm gradient with mean 0 and variance 1, which needs a single pass.
 */
function registerLayerNorm(): void {
  const frozen = {
    ...T,
    U: 'float32',
    epsilon: { float: 0 },
    data_format: { text: 'NHWC' },
    is_training: false,
  } as const;
  const asImage = (x: Tensor) => reshape<Rank.R4>(x, [1, 1, -1, x.shape.at(-1)!]);
  const statistics = (channels: number) => [zeros([channels]), ones([channels])];

  defineKernel('SignLayerNorm', ['epsilon'], (inputs, { epsilon }) => {
    const [x, scale] = [asTensor(inputs['x']), asTensor(inputs['scale'])];
    const average = mean(x, -1, true);
    const inverse = reciprocal(sqrt(add(mean(squaredDifference(x, average), -1, true), epsilon)));
    const normalized = mul(sub(x, average), inverse);
    return [add(mul(normalized, scale), asTensor(inputs['shift'])), normalized, inverse];
  });

  defineKernel('SignLayerNormGradient', [], (inputs, _, execute) => {
    const [dy, scale] = [asTensor(inputs['dy']), asTensor(inputs['scale'])];
    const [normalized, inverse] = [asTensor(inputs['kept0']), asTensor(inputs['kept1'])];
    const given = [asImage(dy), asImage(normalized), scale, ...statistics(scale.size), zeros([0])];
    const call = { attributes: frozen, outputs: 5 };
    const [image, dScale, dShift] = execute.many('FusedBatchNormGradV3', given, call) as [Tensor, Tensor, Tensor];
    const scaled = reshape(image, dy.shape);
    const along = mul(normalized, mean(mul(scaled, normalized), -1, true));
    return [mul(sub(sub(scaled, mean(scaled, -1, true)), along), inverse), dScale, dShift];
  });
}

function registerElementwise(): void {
  const format: Attributes = { ...T, data_format: { text: 'NHWC' } };
  defineKernel('SignAddBias', [], ({ x, bias }, _, execute) => execute.one('BiasAdd', [x, bias], format));
  defineKernel('SignBiasGradient', [], ({ dy }, _, execute) => execute.one('BiasAddGrad', [dy], format));
  defineKernel('SignAddRelu', [], ({ x, addend }, _, execute) =>
    execute.one('Relu', [addend ? execute.one('AddV2', [x, addend], T) : x], T),
  );
  defineKernel('SignReluGradient', [], ({ dy, y }, _, execute) => execute.one('ReluGrad', [dy, y], T));
}

function registerGelu(): void {
  // Returns y and Φ(x).
  defineKernel('SignGelu', [], ({ x }) => {
    const distribution = mul(add(erf(mul(asTensor(x), Math.SQRT1_2)), 1), 0.5);
    return [mul(asTensor(x), distribution), distribution];
  });
  defineKernel('SignGeluGradient', [], ({ dy, x, kept0: distribution }) => {
    const value = asTensor(x);
    const density = mul(exp(mul(square(value), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return mul(asTensor(dy), add(asTensor(distribution), mul(value, density)));
  });
}

function registerLoss(): void {
  const call = { attributes: { ...T, Tlabels: 'int32' }, outputs: 2 } as const;
  const operation = 'SparseSoftmaxCrossEntropyWithLogits';
  defineKernel('SignCrossEntropy', [], ({ logits, labels }, _, execute) => {
    const [losses] = execute.many(operation, [logits, labels], call);
    const hits = equal(argMax(asTensor(logits), 1), asTensor(labels));
    return [mean(losses!), sum(cast(hits, 'float32'))];
  });
  defineKernel('SignCountTop', ['top'], ({ logits, labels }, { top }) => {
    const [scores, targets] = [asTensor(logits), reshape(asTensor(labels), [-1, 1])];
    const classes = scores.shape[1]!;
    const isLabel = equal(targets, range(0, classes, 1, 'int32'));
    const score = sum(where(isLabel, scores, zerosLike(scores)), 1, true);
    const isBefore = logicalAnd(less(range(0, classes, 1, 'int32'), targets), logicalNot(less(scores, score)));
    const before = logicalOr(isBefore, logicalNot(lessEqual(scores, score)));
    return sum(cast(less(sum(cast(before, 'float32'), 1), top), 'float32'));
  });
  // L2Loss is Σx² / 2.
  defineKernel('SignNorm', [], ({ x }, _, execute) => sqrt(mul(execute.one('L2Loss', [x], T), 2)));
  defineKernel('SignCrossEntropyGradient', [], ({ dy, logits, labels }, _, execute) => {
    const gradient = execute.many(operation, [logits, labels], call)[1]!;
    return mul(gradient, div(asTensor(dy), logits!.shape[0]!));
  });
}
