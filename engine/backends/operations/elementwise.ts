/** Activations, bias and the global mean. */
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { defineGradient, keptByName, runFirstDifferentiable, runKernel } from './kernel';

/** Returns x + bias along the last axis. */
export function addBias<T extends Tensor>(x: T, bias: Tensor1D): T {
  return runKernel('SignAddBias', { x, bias }, {}) as T;
}

/** Returns max(x + addend, 0), or max(x, 0) without an addend. */
export function addRelu<T extends Tensor>(x: T, addend?: T): T {
  return runKernel('SignAddRelu', addend ? { x, addend } : { x }, {}) as T;
}

/** Returns x · Φ(x), with the exact normal distribution function. */
export function gelu<T extends Tensor>(x: T): T {
  return runFirstDifferentiable('SignGelu', { x }, {})[0] as T;
}

/** Returns the mean over H and W: [N, H, W, C] → [N, C]. */
export function globalMean(x: Tensor4D): Tensor2D {
  return runKernel('SignGlobalMean', { x }, {}) as Tensor2D;
}

defineGradient('SignAddBias', {
  attributes: [],
  of: (dy) => ({
    x: () => dy.clone(),
    bias: () => runKernel('SignBiasGradient', { dy }, {}),
  }),
});

defineGradient('SignAddRelu', {
  attributes: [],
  outputsToSave: [true],
  of: (dy, [y]) => {
    const dx = runKernel('SignReluGradient', { dy, y: y! }, {});
    return { x: () => dx, addend: () => dx.clone() };
  },
});

defineGradient('SignGelu', {
  attributes: [],
  inputsToSave: ['x'],
  outputsToSave: [false, true],
  of: (dy, [x, ...kept]) => ({
    x: () => runKernel('SignGeluGradient', { dy, x: x!, ...keptByName(kept) }, {}),
  }),
});

defineGradient('SignGlobalMean', {
  attributes: [],
  inputsToSave: ['x'],
  of: (dy, [x]) => ({
    x: () => runKernel('SignGlobalMeanGradient', { dy }, { shape: (x as Tensor4D).shape }),
  }),
});
