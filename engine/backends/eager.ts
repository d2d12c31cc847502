/** Implements cells and computations without capture: tensors are kept, and operations run one by one. */
import { keep, tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { Backend, Cell, Fed } from './backend';

export const eager: Pick<Backend, 'createCell' | 'compile' | 'settled'> = {
  createCell: (value) => new KeptTensor(value),
  compile: (computation) => ({
    run: (tensors, numbers) => {
      tidy(() => {
        computation.run(tensors, numbers);
      });
    },
    dispose: () => undefined, // nothing to free
  }),
  settled: () => Promise.resolve(),
};

/** Returns a number that was passed to a computation without capture. Such a number is never a tensor. */
export function plainNumber(fed: Fed): number {
  if (typeof fed === 'number') return fed;
  throw new Error('this backend captures no computations, so it feeds no tensors');
}

class KeptTensor<T extends Tensor> implements Cell<T> {
  private value: T;

  constructor(value: T) {
    this.value = keep(value);
  }

  read(): T {
    return this.value;
  }

  replace(next: T): void {
    this.value.dispose();
    this.value = keep(next);
  }

  dispose(): void {
    this.value.dispose();
  }
}
