/** Measures loss and accuracy over many batches. */
import { add, mul, stack, zeros, type Tensor1D } from '@tensorflow/tfjs-core';
import type { Backend, Cell } from '../backends/backend';
import type { ClassificationLoss } from '../backends/operations/loss';
import type { Measured } from '../vocabulary/runEvents';

/** Sums loss and correct answers on the backend, so that a training step does not wait until these numbers are read. */
export class Meter {
  readonly cell: Cell<Tensor1D>;
  private examples = 0;
  private steps = 0;

  constructor(backend: Backend) {
    this.cell = backend.createCell(nothing());
  }

  /** Adds the measurements of a batch. Call `add` inside a computation, and `count` for the same batch outside of the computation. */
  add({ loss, correct }: ClassificationLoss, size: number): void {
    this.cell.replace(add(this.cell.read(), stack([mul(loss, size), correct])));
  }

  count(size: number): void {
    this.examples += size;
    this.steps++;
  }

  async take(): Promise<Measured & { steps: number; examples: number }> {
    const [loss, correct] = await this.cell.read().data();
    const { examples, steps } = this;
    this.cell.replace(nothing());
    this.examples = 0;
    this.steps = 0;
    return { loss: loss! / examples, accuracy: (100 * correct!) / examples, steps, examples };
  }

  dispose(): void {
    this.cell.dispose();
  }
}

function nothing(): Tensor1D {
  return zeros([2]);
}
