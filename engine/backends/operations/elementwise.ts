/** Activations, bias and the global mean. */
import { registerGradient, type Tensor, type Tensor1D, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { keptByName, ofFirst, runKernel, runKernels } from './kernel';

/** x + bias along the last axis. */
export function addBias<T extends Tensor>(x: T, bias: Tensor1D): T {
  return runKernel('SignAddBias', { x, bias }) as T;
}

/** max(x + addend, 0); without an addend the plain relu. */
export function addRelu<T extends Tensor>(x: T, addend?: T): T {
  return runKernel('SignAddRelu', addend ? { x, addend } : { x }) as T;
}

/** x · Φ(x), with the exact normal distribution function. */
export function gelu<T extends Tensor>(x: T): T {
  return runKernels('SignGelu', { x })[0] as T;
}

/** The mean over H and W: [N, H, W, C] → [N, C]. */
export function globalMean(x: Tensor4D): Tensor2D {
  return runKernel('SignGlobalMean', { x }) as Tensor2D;
}

registerGradient({
  kernelName: 'SignAddBias',
  gradFunc: (dy) => ({
    x: () => (dy as Tensor).clone(),
    bias: () => runKernel('SignBiasGradient', { dy: dy as Tensor }),
  }),
});

registerGradient({
  kernelName: 'SignAddRelu',
  outputsToSave: [true],
  gradFunc: (dy, [y]) => {
    const dx = runKernel('SignReluGradient', { dy: dy as Tensor, y: y! });
    return { x: () => dx, addend: () => dx.clone() };
  },
});

registerGradient({
  kernelName: 'SignGelu',
  inputsToSave: ['x'],
  outputsToSave: [false, true],
  gradFunc: (dys, [x, ...kept]) => ({
    x: () => runKernel('SignGeluGradient', { dy: ofFirst(dys), x: x!, ...keptByName(kept) }),
  }),
});

registerGradient({
  kernelName: 'SignGlobalMean',
  inputsToSave: ['x'],
  gradFunc: (dy, [x]) => ({
    x: () => runKernel('SignGlobalMeanGradient', { dy: dy as Tensor }, { shape: x!.shape }),
  }),
});
