/** The backend for any GPU: tfjs' WebGPU backend on Dawn. Adds the kernels for training that tfjs does not have or computes slowly. */
import { registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import type { BackendReport } from '../../vocabulary/backends';
import type { Backend } from '../backend';
import { eager } from '../eager';
import { createParameters } from '../operations/parameters';
import { findAdapter, type Found } from './adapter';
import { registerBatchNorm } from './batchNorm';
import { registerActivations } from './activations';
import { registerConvolution } from './convolution';
import { registerDepthwise } from './depthwise';
import { registerDropout } from './dropout';
import { registerScale } from './scale';
import { registerSlices } from './slices';
import { registerSoftmax } from './softmax';
import { openDevice } from './device';
import { registerElementwise } from './elementwise';
import { registerLayerNorm } from './layerNorm';
import { registerLoss } from './loss';
import { registerMatMul } from './matMul';
import { registerMaxPool } from './maxPool';

export async function reportWebGpu(): Promise<BackendReport> {
  const found = await findAdapter();
  const report = { name: 'webgpu', version: '', device: '' } as const;
  if (!found.adapter) return { ...report, usable: false, problem: found.problem };
  const { version, software } = found;
  return {
    ...report,
    usable: true,
    device: deviceName(found),
    version: `Dawn in webgpu ${version}`,
    problem: '',
    software,
  };
}

/**
 * Starts WebGPU, or returns the running backend. Makes it the current backend of tfjs. Call this only if `reportWebGpu` says that
 * WebGPU can be used.
 */
export async function startWebGpu(): Promise<Backend> {
  const backend = await (running ??= start());
  await setBackend('webgpu');
  return backend;
}

let running: Promise<Backend> | undefined;

async function start(): Promise<Backend> {
  const found = await findAdapter();
  if (!found.adapter) throw new Error(found.problem);
  const device = await openDevice(found.adapter);
  registerBackend('webgpu', () => device.backend);
  registerKernels();
  return {
    choice: {
      name: 'webgpu',
      device: deviceName(found),
      threads: 1,
      deterministic: true,
      reason: found.software ? 'This is a software (CPU) implementation of Vulkan; wasm is faster.' : '',
    },
    ...eager,
    createParameters: (segments, optimizer) => createParameters(eager, segments, optimizer),
    settled: () => device.settled(),
    dispose: () => {
      running = undefined;
      removeBackend('webgpu');
      device.close();
    },
  };
}

function deviceName({ name, software }: Found): string {
  return software ? `software: ${name}` : name;
}

let registered = false;

function registerKernels(): void {
  if (registered) return;
  registered = true;
  registerBatchNorm();
  registerActivations();
  registerConvolution();
  registerDepthwise();
  registerDropout();
  registerScale();
  registerSlices();
  registerSoftmax();
  registerElementwise();
  registerLayerNorm();
  registerLoss();
  registerMatMul();
  registerMaxPool();
}
