/** Measures how long a GPU takes for each kernel. The device writes timestamps around the programs of a kernel. */
import { backend, getKernelsForBackend, type KernelBackend, type KernelConfig } from '@tensorflow/tfjs-core';
import { UserError } from '../../errors';
import type { Profiled } from '../profile';
import { TIMESTAMPS } from './device';

type KernelFunction = KernelConfig['kernelFunc'];

/** Measures the kernels of the running WebGPU backend. The time of a kernel does not include the kernels that it calls. */
export class DeviceClock {
  /** Number of tensors that were read since the start. Each read makes the processor wait for the GPU. */
  reads = 0;
  private readonly device = backend();
  private readonly read = this.device.read.bind(this.device);
  private readonly originals = new Map<KernelConfig, KernelFunction>();
  private readonly timings: Promise<Profiled>[] = [];

  /** Throws UserError if the GPU cannot write timestamps. */
  constructor() {
    const { device } = this.device as KernelBackend & { device: GPUDevice };
    if (!device.features.has(TIMESTAMPS))
      throw new UserError('--profile: this GPU or its driver cannot measure times. Leave --profile out.');
  }

  start(): void {
    this.device.read = (dataId) => {
      this.reads++;
      return this.read(dataId);
    };
    for (const kernel of getKernelsForBackend('webgpu')) {
      this.originals.set(kernel, kernel.kernelFunc);
      kernel.kernelFunc = this.timed(kernel);
    }
  }

  /** Waits for the GPU, and returns the times that were measured since the start, the longest first. */
  async stop(): Promise<Profiled[]> {
    for (const [kernel, original] of this.originals) kernel.kernelFunc = original;
    this.device.read = this.read;
    const entries = new Map<string, Profiled>();
    for (const { name, calls, ms } of await Promise.all(this.timings.splice(0))) {
      const entry = entries.get(name);
      entries.set(name, { name, calls: (entry?.calls ?? 0) + calls, ms: (entry?.ms ?? 0) + ms });
    }
    return [...entries.values()].sort((a, b) => b.ms - a.ms);
  }

  private timed({ kernelName: name, kernelFunc }: KernelConfig): KernelFunction {
    return (params) => {
      let outcome: { result: ReturnType<KernelFunction> } | { error: unknown } | undefined;
      const timing = this.device.time(() => {
        // Catches the error here to throw it to the caller of the kernel. Otherwise, only the promise of the time would be rejected.
        try {
          outcome = { result: kernelFunc(params) };
        } catch (error) {
          outcome = { error };
        }
      });
      this.timings.push(timing.then(({ kernelMs }) => ({ name, calls: 1, ms: Number(kernelMs) })));
      if ('error' in outcome!) throw outcome.error;
      return outcome!.result;
    };
  }
}
