/** Opens a GPU device for tfjs' backend. Errors of the device are thrown at the next call. */
import type { KernelBackend } from '@tensorflow/tfjs-core';
import { setTimeout } from 'node:timers/promises';
import { MachineError, UserError } from '../../errors';
import { infoOf } from './adapter';

export interface OpenDevice {
  backend: KernelBackend;
  /** Waits until the GPU has finished its queue. */
  settled(): Promise<void>;
  close(): void;
}

const LIMITS = [
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
] as const;

const LOSS_IS_TOLD_MS = 1_000;

/** The feature that profiling needs. It takes no time while no timer runs. */
export const TIMESTAMPS = 'timestamp-query';

/** Requests all features and limits of the adapter. */
export async function openDevice(adapter: GPUAdapter): Promise<OpenDevice> {
  const requiredLimits = Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]]));
  const requiredFeatures = adapter.features.has(TIMESTAMPS) ? ([TIMESTAMPS] as const) : [];
  const device = await adapter.requestDevice({ requiredLimits, requiredFeatures });
  const backend = await createBackend(device, adapter);
  let failure: Error | undefined;
  device.onuncapturederror = ({ error }) => {
    failure ??= explain(error.message);
  };
  let closed = false;
  void device.lost.then(({ message }) => {
    if (!closed) failure ??= new MachineError(`The GPU was lost (${message}). Resume the run.`);
  });
  const runWebGPUProgram = backend.runWebGPUProgram.bind(backend);
  const read = backend.read.bind(backend);
  backend.runWebGPUProgram = (...call) => {
    if (failure) throw failure;
    return runWebGPUProgram(...call);
  };
  backend.read = async (dataId) => {
    const values = await read(dataId).catch(async (error: unknown) => {
      await Promise.race([device.lost, setTimeout(LOSS_IS_TOLD_MS)]); // the reason may arrive later
      throw failure ?? error;
    });
    if (failure) throw failure;
    return values;
  };
  const close = () => {
    closed = true;
    device.destroy();
  };
  return { backend, settled: () => device.queue.onSubmittedWorkDone(), close };
}

/** Defines `navigator.gpu`. tfjs only checks that it exists and does not use it otherwise. */
async function createBackend(device: GPUDevice, adapter: GPUAdapter) {
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator');
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: {} }, configurable: true });
  try {
    return new WebGPUBackend(device, infoOf(adapter));
  } finally {
    if (before) Object.defineProperty(globalThis, 'navigator', before);
    else delete (globalThis as { navigator?: object }).navigator;
  }
}

function explain(message: string): Error {
  if (/out of memory/i.test(message))
    return new UserError('The GPU does not have enough memory. Use a smaller "batchSize" or a smaller model.');
  return new Error(`WebGPU: ${message}`);
}
