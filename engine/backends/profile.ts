/** Where the time of a computation goes: tfjs' kernels and the parameter vector, each with the clock around it. */
import { getKernelsForBackend, type KernelConfig } from '@tensorflow/tfjs-core';
import type { Backend, ParameterVector } from './backend';
import { eager } from './eager';
import { createParameters } from './operations/parameters';

export interface Profiled {
  name: string;
  calls: number;
  /** Less what was called from within. */
  ms: number;
}

/** Counts time while it is on; kernels that call others are charged for their own part only. */
export class Profiler {
  private readonly entries = new Map<string, Profiled>();
  /** Milliseconds of the calls made from within each of those under way. */
  private readonly within: number[] = [];

  /** `work` with the clock around it. */
  timed<A extends unknown[], R>(name: string, work: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      const began = performance.now();
      this.within.push(0);
      try {
        return work(...args);
      } finally {
        const whole = performance.now() - began;
        const inner = this.within.pop()!;
        if (this.within.length > 0) this.within[this.within.length - 1]! += whole;
        const entry = this.entries.get(name) ?? { name, calls: 0, ms: 0 };
        this.entries.set(name, { name, calls: entry.calls + 1, ms: entry.ms + whole - inner });
      }
    };
  }

  /** Times every kernel of a backend until the function it gives is called. */
  watchKernels(backend: string): () => void {
    const kernels = getKernelsForBackend(backend);
    const known = new Map<KernelConfig, KernelConfig['kernelFunc']>();
    for (const kernel of kernels) {
      known.set(kernel, kernel.kernelFunc);
      kernel.kernelFunc = this.timed(kernel.kernelName, kernel.kernelFunc);
    }
    return () => {
      for (const [kernel, original] of known) kernel.kernelFunc = original;
    };
  }

  /** The backend with its computations run operation by operation, as only then each has a time of its own. */
  eagerly(backend: Backend): Backend {
    const { name } = backend.choice;
    const stepwise: Backend =
      name === 'wasm'
        ? backend // which always does
        : { ...backend, ...eager, createParameters: (...args) => createParameters(eager, ...args) };
    return { ...stepwise, createParameters: (...args) => this.watched(stepwise.createParameters(...args)) };
  }

  /** What was timed so far, the longest first; begins anew. */
  take(): Profiled[] {
    const taken = [...this.entries.values()].sort((a, b) => b.ms - a.ms);
    this.entries.clear();
    return taken;
  }

  private watched(parameters: ParameterVector): ParameterVector {
    parameters.compose = this.timed('parameters.compose', parameters.compose.bind(parameters));
    parameters.update = this.timed('parameters.update', parameters.update.bind(parameters));
    return parameters;
  }
}
