/** Loss and accuracy over many batches. */
import { add, keep, mul, stack, type Tensor } from '@tensorflow/tfjs-core';
import type { ClassificationLoss } from '../backends/operations/loss';
import type { Measured } from '../protocol';

/** Sums of loss and correct answers on the backend, so that a step does not wait for its numbers. */
export class Meter {
  private sums: Tensor | undefined;
  private examples = 0;
  private steps = 0;

  add({ loss, correct }: ClassificationLoss, size: number): void {
    const sums = stack([mul(loss, size), correct]);
    const total = keep(this.sums ? add(this.sums, sums) : sums);
    this.sums?.dispose();
    this.sums = total;
    this.examples += size;
    this.steps++;
  }

  async take(): Promise<Measured & { steps: number; examples: number }> {
    const [loss, correct] = this.sums ? await this.sums.data() : [0, 0];
    const { examples, steps } = this;
    this.dispose();
    return { loss: loss! / examples, accuracy: (100 * correct!) / examples, steps, examples };
  }

  dispose(): void {
    this.sums?.dispose();
    this.sums = undefined;
    this.examples = 0;
    this.steps = 0;
  }
}
