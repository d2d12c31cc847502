/** The loss of classification. */
import './stock';
import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { defineGradient, runFirstDifferentiable, runKernel } from './kernel';

export interface ClassificationLoss {
  /** Mean cross-entropy of softmax(logits) against the labels, in nats. */
  loss: Scalar;
  /** Number of examples whose label has the largest logit. If several logits are equally large, the first counts, as in PyTorch. */
  correct: Scalar;
}

/** Computes the loss of logits [N, classes] and labels int32 [N]. Only `loss` is differentiable. */
export function crossEntropy(logits: Tensor2D, labels: Tensor1D): ClassificationLoss {
  const [loss, correct] = runFirstDifferentiable('SignCrossEntropy', { logits, labels }, {});
  return { loss: loss as Scalar, correct: correct as Scalar };
}

/**
 * Returns the number of examples whose label is among the `top` largest logits [N, classes]. Of equal logits, that of the first class counts as
 * the largest; torch.topk leaves their order open. A label whose logit is NaN does not count.
 */
export function countTop(logits: Tensor2D, labels: Tensor1D, top: number): Scalar {
  return runKernel('SignCountTop', { logits, labels }, { top }) as Scalar;
}

defineGradient('SignCrossEntropy', {
  attributes: [],
  inputsToSave: ['logits', 'labels'],
  of: (dy, saved) => {
    const [logits, labels] = saved as [Tensor, Tensor];
    return { logits: () => runKernel('SignCrossEntropyGradient', { dy, logits, labels }, {}) };
  },
});
