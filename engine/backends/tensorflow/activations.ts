/** Activations other than relu and GELU, softmax, slices and concatenation. */
import { add, concat, mul, pad, sigmoid, slice, softmax, split, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import type { Activation } from '../operations/attributes';
import { asTensor, defineKernel, type Executor } from './executor';

const T = { T: 'float32' } as const;

/**
 * `own` says whether swish uses Winning Sign's operations, and that softmax is registered elsewhere. TensorFlow has single operations for the
 * others, but not for these.
 */
export function registerActivations(own: boolean): void {
  const values = own ? { ...VALUES, swish: OWN_SWISH } : VALUES;
  const gradients = own ? { ...GRADIENTS, swish: OWN_SWISH_GRADIENT } : GRADIENTS;
  defineKernel('SignActivate', ['activation'], ({ x }, { activation }, execute) =>
    values[activation](asTensor(x), execute),
  );
  defineKernel('SignActivateGradient', ['activation'], ({ dy, x }, { activation }, execute) =>
    gradients[activation]({ dy: asTensor(dy), x: asTensor(x) }, execute),
  );
  if (!own) registerSoftmax();
  registerSlices();
}

type Value = (x: Tensor, execute: Executor) => Tensor;
type Gradient = (operands: { dy: Tensor; x: Tensor }, execute: Executor) => Tensor;

const VALUES: Record<Activation, Value> = {
  relu6: (x, execute) => execute.one('Relu6', [x], T),
  swish: (x) => mul(x, sigmoid(x)),
  sigmoid: (x) => sigmoid(x),
  elu: (x, execute) => execute.one('Elu', [x], T),
};

const GRADIENTS: Record<Activation, Gradient> = {
  relu6: ({ dy, x }, execute) => execute.one('Relu6Grad', [dy, x], T),
  swish: ({ dy, x }) => {
    const s = sigmoid(x);
    return mul(dy, mul(s, add(mul(x, sub(1, s)), 1)));
  },
  sigmoid: ({ dy, x }, execute) => execute.one('SigmoidGrad', [sigmoid(x), dy], T),
  elu: ({ dy, x }, execute) => execute.one('EluGrad', [dy, execute.one('Elu', [x], T)], T),
};

const OWN_SWISH: Value = (x, execute) => execute.one('SignSwish', [x], {});
const OWN_SWISH_GRADIENT: Gradient = ({ dy, x }, execute) => execute.one('SignSwishGradient', [dy, x], {});

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
