/** Which backend a network is trained on: the one asked for, or by `auto` the one that trains it fastest here. */
import type { Backend } from '../backends/backend';
import { isAutomatic, reportBackends } from '../backends/report';
import { startBackend } from '../backends/startBackend';
import { UserError } from '../errors';
import type { BackendName, BackendReport, Calibration } from '../protocol';
import { calibrate, type CalibrationOptions, type Work } from './calibrate';

export interface ChooseOptions extends CalibrationOptions {
  work: Work;
  /** What this run trained on before: `auto` stays with it, so that it ends in the same bytes. */
  began?: BackendReport['name'] | undefined;
}

/** Starts it. The choice says why it is the one, and what is missing for a better one. */
export async function chooseBackend(asked: BackendName, options: ChooseOptions): Promise<Backend> {
  if (asked !== 'auto') return startBackend(asked);
  const reports = await reportBackends();
  const { began } = options;
  const former = reports.find(({ name }) => name === began);
  if (former?.usable) return explained(former.name, ['This run began on it.']);
  const lost = former ? [`This run began on ${former.name}, which cannot be used any more: ${former.problem}`] : [];
  const candidates = reports.filter(isAutomatic);
  const [only, ...others] = candidates;
  if (!only) throw new UserError(`backend: none can be used here: ${reports.map(({ problem }) => problem).join(' ')}`);
  if (others.length === 0) return explained(only.name, [...lost, ...missing(reports)]);
  const calibration = await calibrate(options.work, candidates, options);
  const fastest = calibration.speeds.find(({ problem }) => problem === undefined);
  return explained(fastest?.name ?? 'wasm', [...lost, compared(calibration), ...missing(reports)]);
}

/** `On this network tensorflow trains 790 examples a second, wasm 260.` */
export function compared({ speeds }: Pick<Calibration, 'speeds'>): string {
  const said = speeds.map(({ name, examplesPerSecond, problem }, i) => {
    if (problem !== undefined) return `${name} failed (${problem})`;
    const speed = String(Number(examplesPerSecond.toPrecision(3)));
    return i === 0 ? `${name} trains ${speed} examples a second` : `${name} ${speed}`;
  });
  return `On this network ${said.join(', ')}.`;
}

async function explained(name: BackendReport['name'], reasons: readonly string[]): Promise<Backend> {
  const backend = await startBackend(name);
  const own = backend.choice.reason;
  return { ...backend, choice: { ...backend.choice, reason: [...reasons, ...(own ? [own] : [])].join(' ') } };
}

const PROMISE = {
  tensorflow: 'TensorFlow might be faster',
  webgpu: 'WebGPU would use a GPU',
  wasm: 'WASM is embedded',
} as const;

/** What cannot be used, and the command that mends it. */
function missing(reports: readonly BackendReport[]): string[] {
  return reports.filter(({ usable }) => !usable).map(({ name, problem }) => `${PROMISE[name]}: ${problem}`);
}
