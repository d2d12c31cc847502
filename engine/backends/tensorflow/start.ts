/** TensorFlow through tfjs-node or tfjs-node-gpu. It is the fast backend, if its native library is present. */
import { findBackend, setBackend, type KernelBackend } from '@tensorflow/tfjs-core';
import type { BackendReport } from '../../vocabulary/backends';
import type { BackendChoice } from '../../vocabulary/runEvents';
import type { Backend } from '../backend';
import { createParameters } from '../operations/parameters';
import { capture } from './capture';
import { VariableCell } from './cell';
import type { NodeBackend } from './executor';
import { registerKernels } from './kernels';
import { loadTensorFlow, tensorFlowThreads } from './load';
import { findOperations, loadOperations } from './operations';
import { hashOperations } from './sources';

export async function reportTensorFlow(): Promise<BackendReport> {
  const { module, problem } = await loadTensorFlow();
  if (!module) return { name: 'tensorflow', usable: false, device: '', version: '', problem };
  const { isUsingGpuDevice, binding } = findBackend('tensorflow') as KernelBackend & NodeBackend;
  const version = `${binding.TF_Version} through tfjs-node ${module.version['tfjs-node'] ?? ''}`;
  const device = isUsingGpuDevice ? 'GPU' : 'CPU';
  const { set, problem: operationsProblem } = findOperations(device);
  const operations = set ? { operations: set } : { operationsProblem };
  return { name: 'tensorflow', usable: true, device, version, problem: '', ...operations };
}

let registered = false;

/** Starts TensorFlow and makes it the current backend of tfjs. Call this only if `reportTensorFlow` says that TensorFlow can be used. */
export async function startTensorFlow(): Promise<Backend> {
  const { device } = await reportTensorFlow();
  await setBackend('tensorflow');
  const { set, sources, problem } = loadOperations(device);
  if (!registered) registerKernels(set !== undefined);
  registered = true;
  const choice: BackendChoice = {
    name: 'tensorflow',
    device,
    threads: tensorFlowThreads(),
    ...(set && { operations: set }),
    ...(sources !== undefined && { operationSources: hashOperations(sources) }),
    deterministic: device === 'CPU' || deterministicAsked(),
    reason: device === 'GPU' ? '' : ['TensorFlow sees no GPU.', problem].filter(Boolean).join(' '),
  };
  const backend = findBackend('tensorflow') as KernelBackend & NodeBackend;
  const createCell: Backend['createCell'] = (value) => new VariableCell(value);
  return {
    choice,
    createCell,
    createParameters: (segments, optimizer) => createParameters({ createCell }, segments, optimizer),
    compile: (computation) => capture(backend, computation),
    settled: () => Promise.resolve(),
    dispose: () => undefined, // TensorFlow lives as long as the process
  };
}

/** Whether the user wants deterministic sums. On a GPU some sums depend on the order of threads; deterministic ones are slower. */
function deterministicAsked(): boolean {
  return process.env['TF_DETERMINISTIC_OPS'] === '1';
}
