/** TensorFlow through tfjs-node(-gpu). */
import type { BackendReport } from '../../protocol';
import type { Backend } from '../backend';
import { loadTensorFlow } from './load';

export function reportTensorFlow(): BackendReport {
  const { module, problem } = loadTensorFlow();
  return { name: 'tensorflow', usable: module !== undefined, device: '', version: '', problem };
}

export function startTensorFlow(): Promise<Backend> {
  return Promise.reject(new Error('to be written'));
}
