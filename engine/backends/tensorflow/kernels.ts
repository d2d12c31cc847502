/** Our kernels by TensorFlow's fused operations. */
import {
  add,
  argMax,
  broadcastTo,
  cast,
  div,
  equal,
  erf,
  exp,
  mean,
  mul,
  reshape,
  sqrt,
  square,
  sub,
  sum,
  tensor1d,
} from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { ConvolutionAttributes, ConvolutionGradientAttributes, PoolAttributes } from '../operations/convolution';
import type { BatchNormAttributes, LayerNormAttributes } from '../operations/normalization';
import { asTensor, defineKernel, type Attributes } from './executor';

const T = { T: 'float32' } as const;

export function registerKernels(): void {
  registerConvolution();
  registerMaxPool();
  registerBatchNorm();
  registerLayerNorm();
  registerElementwise();
  registerGelu();
  registerLoss();
}

/** TensorFlow's `same` pads a strided convolution on one side only, so the padding is always said. */
function window({ stride, padding }: ConvolutionAttributes): Attributes {
  return {
    ...T,
    strides: [1, stride, stride, 1],
    data_format: { text: 'NHWC' },
    ...(padding === 0
      ? { padding: { text: 'VALID' } }
      : { padding: { text: 'EXPLICIT' }, explicit_paddings: [0, 0, padding, padding, padding, padding, 0, 0] }),
  };
}

function registerConvolution(): void {
  const attributesOf = (attributes: ConvolutionAttributes): Attributes => ({
    ...window(attributes),
    use_cudnn_on_gpu: true,
    dilations: [1, 1, 1, 1],
  });
  const shapeTensor = (shape: readonly number[]) => tensor1d([...shape], 'int32');

  defineKernel<ConvolutionAttributes>('SignConvolve', ({ x, filter }, attributes, execute) =>
    execute.one('Conv2D', [x, filter], attributesOf(attributes)),
  );
  defineKernel<ConvolutionGradientAttributes>('SignConvolveInputGradient', ({ dy, filter }, attributes, execute) =>
    execute.one('Conv2DBackpropInput', [shapeTensor(attributes.shape), filter, dy], attributesOf(attributes)),
  );
  defineKernel<ConvolutionGradientAttributes>('SignConvolveFilterGradient', ({ x, dy }, attributes, execute) =>
    execute.one('Conv2DBackpropFilter', [x, shapeTensor(attributes.shape), dy], attributesOf(attributes)),
  );
}

function registerMaxPool(): void {
  const attributesOf = (attributes: PoolAttributes): Attributes => ({
    ...window(attributes),
    ksize: [1, attributes.size, attributes.size, 1],
  });
  defineKernel<PoolAttributes>('SignMaxPool', ({ x }, attributes, execute) =>
    execute.one('MaxPool', [x], attributesOf(attributes)),
  );
  defineKernel<PoolAttributes>('SignMaxPoolGradient', ({ dy, x, y }, attributes, execute) =>
    execute.one('MaxPoolGrad', [x, y, dy], attributesOf(attributes)),
  );
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

  // y, mean, unbiased variance, and the three that TensorFlow's gradient asks for.
  defineKernel<BatchNormAttributes>('SignBatchNorm', ({ x, scale, shift }, { epsilon, relu }, execute) => {
    const none = tensor1d([], 'float32');
    const attributes = { ...attributesOf(epsilon, true), ...averaging };
    const [y, ...rest] = execute.many('FusedBatchNormV3', [x, scale, shift, none, none], { attributes, outputs: 6 });
    return [relu ? execute.one('Relu', [y], T) : y!, ...rest];
  });

  defineKernel<BatchNormAttributes>('SignBatchNormGradient', (inputs, { epsilon, relu }, execute) => {
    const { dy, x, scale, y, kept2, kept3, kept4 } = inputs;
    const passed = relu ? execute.one('ReluGrad', [dy, y], T) : dy;
    const call = { attributes: attributesOf(epsilon, true), outputs: 5 };
    return execute.many('FusedBatchNormGradV3', [passed, x, scale, kept2, kept3, kept4], call).slice(0, 3);
  });

  defineKernel<BatchNormAttributes>('SignNormalize', (inputs, { epsilon, relu }, execute) => {
    const { x, mean, variance, scale, shift } = inputs;
    const attributes = { ...attributesOf(epsilon, false), ...averaging };
    const [y] = execute.many('FusedBatchNormV3', [x, scale, shift, mean, variance], { attributes, outputs: 6 });
    return relu ? execute.one('Relu', [y], T) : y!;
  });
}

function registerLayerNorm(): void {
  defineKernel<LayerNormAttributes>('SignLayerNorm', ({ x, scale, shift }, { epsilon }) => {
    const average = mean(asTensor(x), -1, true);
    const centred = sub(asTensor(x), average);
    const deviation = sqrt(add(mean(square(centred), -1, true), epsilon));
    const y = add(mul(div(centred, deviation), asTensor(scale)), asTensor(shift));
    return [y, reshape(average, [-1]), reshape(deviation, [-1])];
  });

  defineKernel('SignLayerNormGradient', (inputs) => {
    const [dy, x, scale] = [inputs['dy'], inputs['x'], inputs['scale']].map((info) => asTensor(info)) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    const column = [...x.shape.slice(0, -1), 1];
    const deviation = reshape(asTensor(inputs['deviation']), column);
    const normalized = div(sub(x, reshape(asTensor(inputs['mean']), column)), deviation);
    const scaled = mul(dy, scale);
    const inner = sub(sub(scaled, mean(scaled, -1, true)), mul(normalized, mean(mul(scaled, normalized), -1, true)));
    const rows = x.shape.slice(0, -1).map((_, axis) => axis);
    return [div(inner, deviation), sum(mul(dy, normalized), rows), sum(dy, rows)];
  });
}

function registerElementwise(): void {
  const format: Attributes = { ...T, data_format: { text: 'NHWC' } };
  defineKernel('SignAddBias', ({ x, bias }, _, execute) => execute.one('BiasAdd', [x, bias], format));
  defineKernel('SignBiasGradient', ({ dy }, _, execute) => execute.one('BiasAddGrad', [dy], format));
  defineKernel('SignAddRelu', ({ x, addend }, _, execute) =>
    execute.one('Relu', [addend ? execute.one('AddV2', [x, addend], T) : x], T),
  );
  defineKernel('SignReluGradient', ({ dy, y }, _, execute) => execute.one('ReluGrad', [dy, y], T));
  defineKernel('SignGlobalMean', ({ x }) => mean(asTensor(x), [1, 2]));
  defineKernel<{ shape: [number, number, number, number] }>('SignGlobalMeanGradient', ({ dy }, { shape }) => {
    const [n, height, width, channels] = shape;
    return broadcastTo(reshape(div(asTensor(dy), height * width), [n, 1, 1, channels]), shape);
  });
}

function registerGelu(): void {
  const distribution = (x: Tensor) => mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
  defineKernel('SignGelu', ({ x }) => mul(asTensor(x), distribution(asTensor(x))));
  defineKernel('SignGeluGradient', ({ dy, x }) => {
    const value = asTensor(x);
    const density = mul(exp(mul(square(value), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return mul(asTensor(dy), add(distribution(value), mul(value, density)));
  });
}

function registerLoss(): void {
  const call = { attributes: { ...T, Tlabels: 'int32' }, outputs: 2 } as const;
  const operation = 'SparseSoftmaxCrossEntropyWithLogits';
  defineKernel('SignCrossEntropy', ({ logits, labels }, _, execute) => {
    const [losses] = execute.many(operation, [logits, labels], call);
    const hits = equal(argMax(asTensor(logits), 1), asTensor(labels));
    return [mean(losses!), sum(cast(hits, 'float32'))];
  });
  defineKernel('SignCrossEntropyGradient', ({ dy, logits, labels }, _, execute) => {
    const gradient = execute.many(operation, [logits, labels], call)[1]!;
    return mul(gradient, div(asTensor(dy), logits!.shape[0]!));
  });
}
