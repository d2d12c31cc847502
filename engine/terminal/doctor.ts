/** The verb `doctor`: checks whether this machine is ready for training. */
import { existsSync } from 'node:fs';
import os from 'node:os';
import { command } from '../commands';
import { MachineError } from '../errors';
import { backendHome } from '../home';
import { isAutomatic } from '../backends/report';
import { describeLimit, threadLimit } from '../threads';
import { loadDataset } from '../datasets/load';
import { modelLabel } from '../models/registry';
import type { BackendReport, DoctorCheck } from '../vocabulary/backends';
import { newestCalibration } from '../calibration/calibrate';
import { compared } from '../calibration/choose';
import { writeLines } from './output';
import { probeBackends } from '../calibration/probe';
import { tensorFlowChecks } from './tensorFlowChecks';

const OLDEST_NODE = 20;

/** Returns the results of all checks. The result of a failed check has a remedy. */
export async function examine(): Promise<DoctorCheck[]> {
  return [nodeCheck(), threadCheck(), memoryCheck(), await sampleCheck(), ...(await backendChecks())];
}

/** Checks the backends. Prints the output of their libraries only if a backend that should work does not. */
async function backendChecks(): Promise<DoctorCheck[]> {
  try {
    const { backends, printed } = await probeBackends();
    const checks = backends.map(backendCheck);
    if (printed && checks.some(({ ok }) => !ok)) writeLines(process.stderr, printed);
    const tensorFlow = backends.filter(({ name }) => name === 'tensorflow');
    const more = await Promise.all(tensorFlow.map(tensorFlowChecks));
    return [...checks, ...more.flat(), await defaultCheck(backends)];
  } catch (error) {
    if (!(error instanceof MachineError)) throw error;
    return [{ name: 'Backends', ok: false, detail: error.message }];
  }
}

function nodeCheck(): DoctorCheck {
  const ok = Number(process.versions.node.split('.')[0]) >= OLDEST_NODE;
  const detail = `${process.version} on ${process.platform}-${process.arch}, ${os.availableParallelism()} cores`;
  return { name: 'Node', ok, detail, ...(!ok && { remedy: `Install Node ${OLDEST_NODE} or newer.` }) };
}

function threadCheck(): DoctorCheck {
  return { name: 'Threads', ok: true, detail: describeLimit(threadLimit()) };
}

function memoryCheck(): DoctorCheck {
  const [free, total] = [os.freemem(), os.totalmem()].map((bytes) => bytes / 2 ** 30) as [number, number];
  const ok = free >= 1;
  const detail = `${free.toFixed(1)} of ${total.toFixed(1)} GiB free`;
  return {
    name: 'Memory',
    ok,
    detail,
    ...(!ok && { remedy: 'Close other programs before training larger networks.' }),
  };
}

async function sampleCheck(): Promise<DoctorCheck> {
  try {
    const { name, train, test } = await loadDataset('sample', '.');
    return { name: 'Sample data', ok: true, detail: `${name}: ${train.count} training and ${test.count} test images` };
  } catch (error) {
    return { name: 'Sample data', ok: false, detail: (error as Error).message, remedy: 'Install the extension again.' };
  }
}

function backendCheck({ name, usable, device, version, problem }: BackendReport): DoctorCheck {
  const title = `Backend ${name}`;
  if (usable) return { name: title, ok: true, detail: `${version}, ${device}` };
  if (name === 'wasm') return { name: title, ok: false, detail: `not usable: ${problem}` };
  if (!existsSync(backendHome(name)))
    return { name: title, ok: true, optional: true, detail: `optional, not available: ${problem}` };
  const remedy = `Install it again with “${command('backends', 'install', name)}”, or remove it with “${command('backends', 'uninstall', name)}”.`;
  return { name: title, ok: false, detail: `installed, but not usable: ${problem}`, remedy };
}

async function defaultCheck(backends: readonly BackendReport[]): Promise<DoctorCheck> {
  const name = 'Training';
  const [only, ...others] = backends.filter(isAutomatic).map((report) => report.name);
  if (!only)
    return { name, ok: false, detail: 'no backend works on this machine', remedy: 'Install the extension again.' };
  if (others.length === 0) return { name, ok: true, detail: `"backend": "auto" uses ${only}` };
  const newest = await newestCalibration([only, ...others]);
  const last = newest ? ` Last result, for ${modelLabel(newest.model)}: ${compared(newest)}` : '';
  const detail = `"backend": "auto" measures ${[only, ...others].join(' and ')} once for each network and uses the fastest.${last}`;
  return { name, ok: true, detail };
}
