/** Measures loss, accuracy and the norm of the gradient over many batches. */
import { add, mul, stack, zeros, type Scalar, type Tensor1D, type Tensor2D } from '@tensorflow/tfjs-core';
import type { Backend, Cell } from '../backends/backend';
import { countTop, crossEntropy, type ClassificationLoss } from '../backends/operations/loss';
import type { Measured } from '../vocabulary/runEvents';
import type { TrainingMeasured } from './trainer';

/**
 * Adds measurements of batches on the backend, so that a training step does not wait until these numbers are read. In the methods below,
 * `add` is called inside a computation, and `count` for the same batch outside of the computation.
 */
class Meter {
  readonly cell: Cell<Tensor1D>;
  private examples = 0;
  private steps = 0;

  constructor(
    backend: Backend,
    private readonly size: number,
  ) {
    this.cell = backend.createCell(zeros([size]));
  }

  count(size: number): void {
    this.examples += size;
    this.steps++;
  }

  dispose(): void {
    this.cell.dispose();
  }

  protected addAll(measured: readonly Scalar[]): void {
    this.cell.replace(add(this.cell.read(), stack([...measured])));
  }

  /** Returns the sums since the last call, in the order of `addAll`. */
  protected async takeSums(): Promise<{ sums: number[]; steps: number; examples: number }> {
    const sums = [...(await this.cell.read().data())];
    const { examples, steps } = this;
    this.cell.replace(zeros([this.size]));
    this.examples = 0;
    this.steps = 0;
    return { sums, steps, examples };
  }
}

export class TrainingMeter extends Meter {
  constructor(backend: Backend) {
    super(backend, 3);
  }

  add({ loss, correct }: ClassificationLoss, gradientNorm: Scalar, size: number): void {
    this.addAll([mul(loss, size), correct, gradientNorm]);
  }

  async take(): Promise<TrainingMeasured> {
    const { sums, steps, examples } = await this.takeSums();
    const [loss, correct, gradientNorm] = sums as [number, number, number];
    const means = { loss: loss / examples, accuracy: (100 * correct) / examples, gradientNorm: gradientNorm / steps };
    return { ...means, steps, examples };
  }
}

/** With more classes, top-5 is measured too. */
const MOST_CLASSES_FOR_TOP1 = 100;

export class EvaluationMeter extends Meter {
  private readonly hasTop5: boolean;

  constructor(backend: Backend, classes: number) {
    const hasTop5 = classes > MOST_CLASSES_FOR_TOP1;
    super(backend, hasTop5 ? 3 : 2);
    this.hasTop5 = hasTop5;
  }

  /** Measures logits [N, classes] against labels int32 [N]. */
  add(logits: Tensor2D, labels: Tensor1D): void {
    const { loss, correct } = crossEntropy(logits, labels);
    const top5 = this.hasTop5 ? [countTop(logits, labels, 5)] : [];
    this.addAll([mul(loss, labels.size), correct, ...top5]);
  }

  async take(): Promise<Measured> {
    const { sums, examples } = await this.takeSums();
    const [loss, correct, top5] = sums as [number, number, number?];
    const percent = (count: number) => (100 * count) / examples;
    const measured = { loss: loss / examples, accuracy: percent(correct) };
    return top5 === undefined ? measured : { ...measured, top5: percent(top5) };
  }
}
