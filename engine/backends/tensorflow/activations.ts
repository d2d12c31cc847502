/** Activations other than relu and GELU, softmax, scaling, slices and concatenation. */
import {
  add,
  concat,
  mul,
  pad,
  reshape,
  sigmoid,
  slice,
  softmax,
  split,
  sub,
  sum,
  type Tensor,
} from '@tensorflow/tfjs-core';
import type { Activation } from '../operations/attributes';
import { asTensor, defineKernel, type Executor } from './executor';

const T = { T: 'float32' } as const;

export function registerActivations(): void {
  defineKernel('SignActivate', ['activation'], ({ x }, { activation }, execute) =>
    VALUES[activation](asTensor(x), execute),
  );
  defineKernel('SignActivateGradient', ['activation'], ({ dy, x }, { activation }, execute) =>
    GRADIENTS[activation]({ dy: asTensor(dy), x: asTensor(x) }, execute),
  );
  registerScale();
  registerSoftmax();
  registerSlices();
}

const VALUES: Record<Activation, (x: Tensor, execute: Executor) => Tensor> = {
  relu6: (x, execute) => execute.one('Relu6', [x], T),
  swish: (x) => mul(x, sigmoid(x)),
  sigmoid: (x) => sigmoid(x),
  elu: (x, execute) => execute.one('Elu', [x], T),
};

const GRADIENTS: Record<Activation, (operands: { dy: Tensor; x: Tensor }, execute: Executor) => Tensor> = {
  relu6: ({ dy, x }, execute) => execute.one('Relu6Grad', [dy, x], T),
  swish: ({ dy, x }) => {
    const s = sigmoid(x);
    return mul(dy, mul(s, add(mul(x, sub(1, s)), 1)));
  },
  sigmoid: ({ dy, x }, execute) => execute.one('SigmoidGrad', [sigmoid(x), dy], T),
  elu: ({ dy, x }, execute) => execute.one('EluGrad', [dy, execute.one('Elu', [x], T)], T),
};

function registerScale(): void {
  const spread = (factors: Tensor) => reshape(factors, [factors.shape[0], 1, 1, factors.shape[1]!]);
  defineKernel('SignScale', [], ({ x, factors }) => mul(asTensor(x), spread(asTensor(factors))));
  defineKernel('SignScaleGradient', [], ({ dy, x, factors }) => [
    mul(asTensor(dy), spread(asTensor(factors))),
    sum(mul(asTensor(dy), asTensor(x)), [1, 2]),
  ]);
}

function registerSoftmax(): void {
  defineKernel('SignSoftmax', ['factor'], ({ x }, { factor }) => softmax(mul(asTensor(x), factor)));
  defineKernel('SignSoftmaxGradient', ['factor'], (inputs, { factor }) => {
    const [dy, y] = [asTensor(inputs['dy']), asTensor(inputs['y'])];
    return mul(mul(sub(dy, sum(mul(dy, y), -1, true)), y), factor);
  });
}

function registerSlices(): void {
  defineKernel('SignSlice', ['begin', 'size', 'row'], ({ x }, { begin, size }) =>
    slice(asTensor(x), [0, begin], [x!.shape[0]!, size]),
  );
  defineKernel('SignSplit', ['sizes'], ({ x }, { sizes }) => split(asTensor(x), [...sizes], 1));
  defineKernel(
    'SignPad',
    ['begin', 'size', 'row'],
    ({ x }, { begin, size, row }) =>
    pad(asTensor(x), [[0, 0], [begin, row - begin - size]]), // prettier-ignore
  );
  defineKernel('SignConcat', ['sizes'], (inputs, { sizes }) =>
    concat(
      sizes.map((_, i) => asTensor(inputs[`x${i}`])),
      1,
    ),
  );
}
