/** Profiles a computation: measures the times of tfjs' kernels and of the parameter vector. */
import { getKernelsForBackend, type KernelConfig } from '@tensorflow/tfjs-core';
import type { Backend, ParameterVector } from './backend';
import { eager } from './eager';
import { createParameters } from './operations/parameters';

export interface Profiled {
  name: string;
  calls: number;
  /** Total milliseconds, without the time of nested calls. */
  ms: number;
}

/** Measures times while it is switched on. The time of a kernel does not include the kernels that it calls. */
export class Profiler {
  private readonly entries = new Map<string, Profiled>();
  /** The milliseconds that the nested calls of each running call took. */
  private readonly within: number[] = [];

  /** Times `work`. */
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

  /** Measures every kernel of a backend. The returned function ends the measurement. */
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

  /** Returns the backend without capture, because only single operations can be measured. */
  eagerly(backend: Backend): Backend {
    const { name } = backend.choice;
    const stepwise: Backend =
      name === 'wasm'
        ? backend // never captures
        : { ...backend, ...eager, createParameters: (...args) => createParameters(eager, ...args) };
    return { ...stepwise, createParameters: (...args) => this.watched(stepwise.createParameters(...args)) };
  }

  /** Returns the measured times, the longest first, and starts a new measurement. */
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
