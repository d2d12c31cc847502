/** Which backend a run trains on, and why not a better one. */
import { UserError } from '../errors';
import type { BackendName, BackendReport } from '../protocol';
import type { Backend } from './backend';
import { isAutomatic, reportBackends } from './report';
import { startTensorFlow } from './tensorflow/start';
import { startWasm } from './wasm/start';
import { startWebGpu } from './webgpu/start';

export type { Backend } from './backend';

const PROMISE = {
  tensorflow: 'TensorFlow would be faster',
  webgpu: 'WebGPU would use a GPU',
  wasm: 'WASM is embedded',
} as const;
const START = { wasm: startWasm, webgpu: startWebGpu, tensorflow: startTensorFlow } as const;

/** Starts the one asked for; `auto` takes the best that is usable, which the embedded WASM always is. */
export async function chooseBackend(name: BackendName): Promise<Backend> {
  if (name === 'wasm') return startWasm();
  const reports = await reportBackends();
  if (name === 'auto') return startBest(reports);
  const { usable, problem } = reports.find((report) => report.name === name)!;
  if (!usable) throw new UserError(`backend: ${name} cannot be used here: ${problem}`);
  return START[name]();
}

async function startBest(reports: readonly BackendReport[]): Promise<Backend> {
  const best = reports.find(isAutomatic) ?? reports.at(-1)!;
  const backend = await START[best.name]();
  const better = reports.slice(0, reports.indexOf(best)).filter(({ usable }) => !usable);
  const reason = better.map(({ name, problem }) => `${PROMISE[name]}: ${problem}`).join(' ');
  return reason ? { ...backend, choice: { ...backend.choice, reason } } : backend;
}
