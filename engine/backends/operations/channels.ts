/** Operations on the channels of NHWC images: scaling, shuffling, splitting and joining. */
import { reshape, transpose, type Tensor, type Tensor2D, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core';
import { defineGradient, hasKernel, runKernel, runKernels } from './kernel';
import { concatAxis, splitAxis } from './slices';

/** Multiplies each channel of each image in x [N, H, W, C] by its factor in [N, C], as squeeze-excitation does. */
export function scaleChannels(x: Tensor4D, factors: Tensor2D): Tensor4D {
  return runKernel('SignScale', { x, factors }, {}) as Tensor4D;
}

/**
 * Shuffles channels (Zhang et al. 2018): channel j of group i becomes channel i of group j, as if [N, groups, C / groups, H, W] were
 * transposed in PyTorch.
 */
export function shuffleChannels(x: Tensor4D, groups: number): Tensor4D {
  if (hasKernel('SignShuffle')) return runKernel('SignShuffle', { x }, { groups }) as Tensor4D;
  const [n, height, width, channels] = x.shape;
  const grouped: Tensor3D = reshape(x, [n * height * width, groups, channels / groups]);
  return reshape(transpose(grouped, [0, 2, 1]), x.shape);
}

/** Splits x [N, H, W, C] into images with these numbers of channels, which add up to C. */
export function splitChannels(x: Tensor4D, sizes: readonly number[]): Tensor4D[] {
  return splitAxis(x, 3, sizes) as Tensor4D[];
}

/** Joins the channels of images that have equal heights and widths. */
export function concatChannels(images: readonly Tensor4D[]): Tensor4D {
  return concatAxis(images, 3) as Tensor4D;
}

defineGradient('SignScale', {
  attributes: [],
  inputsToSave: ['x', 'factors'],
  of: (dy, saved) => {
    const [x, factors] = saved as [Tensor, Tensor];
    const [dx, dfactors] = runKernels('SignScaleGradient', { dy, x, factors }, {});
    return { x: () => dx!, factors: () => dfactors! };
  },
});

/** The groups and their members change places, so the number of members is that of the groups in the opposite direction. */
defineGradient('SignShuffle', {
  attributes: ['groups'],
  of: (dy, _, { groups }) => ({
    x: () => runKernel('SignShuffle', { x: dy }, { groups: dy.shape.at(-1)! / groups }),
  }),
});
