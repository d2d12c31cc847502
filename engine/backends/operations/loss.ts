/** The loss of classification. */
import './stock';
import { registerGradient, type Tensor, type Tensor1D, type Tensor2D, type Scalar } from '@tensorflow/tfjs-core';
import { runKernel, runKernels } from './kernel';

export interface ClassificationLoss {
  /** Mean cross-entropy of softmax(logits) against the labels, in nats. */
  loss: Scalar;
  /** How many logits are largest at their label; the first of equals counts, as in PyTorch. */
  correct: Scalar;
}

/** Logits [N, classes], labels int32 [N]. Only `loss` is differentiable. */
export function crossEntropy(logits: Tensor2D, labels: Tensor1D): ClassificationLoss {
  const [loss, correct] = runKernels('SignCrossEntropy', { logits, labels });
  return { loss: loss as Scalar, correct: correct as Scalar };
}

registerGradient({
  kernelName: 'SignCrossEntropy',
  inputsToSave: ['logits', 'labels'],
  gradFunc: (dys, saved) => {
    const [logits, labels] = saved as [Tensor, Tensor];
    const dy = (dys as Tensor[])[0]!;
    return { logits: () => runKernel('SignCrossEntropyGradient', { dy, logits, labels }) };
  },
});
