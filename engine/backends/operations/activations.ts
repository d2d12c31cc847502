/** Activations other than relu and GELU. */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { Activation } from './attributes';
import { defineGradient, runKernel } from './kernel';

/** Returns min(max(x, 0), 6). As in PyTorch, the gradient is 0 where x is not between 0 and 6. */
export function relu6<T extends Tensor>(x: T): T {
  return activate(x, 'relu6');
}

/** Returns x · σ(x), which is also named SiLU. */
export function swish<T extends Tensor>(x: T): T {
  return activate(x, 'swish');
}

/** Returns σ(x) = 1 / (1 + e^(−x)). */
export function sigmoid<T extends Tensor>(x: T): T {
  return activate(x, 'sigmoid');
}

/** Returns x if x > 0, else e^x − 1. */
export function elu<T extends Tensor>(x: T): T {
  return activate(x, 'elu');
}

function activate<T extends Tensor>(x: T, activation: Activation): T {
  return runKernel('SignActivate', { x }, { activation }) as T;
}

defineGradient('SignActivate', {
  attributes: ['activation'],
  inputsToSave: ['x'],
  of: (dy, [x], { activation }) => ({
    x: () => runKernel('SignActivateGradient', { dy, x: x! }, { activation }),
  }),
});
