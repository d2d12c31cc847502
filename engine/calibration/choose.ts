/**
 * Chooses the backend of a run: the one that the run names. For `auto`, chooses the one that trains the network fastest on this machine.
 */
import type { Backend } from '../backends/backend';
import { isAutomatic, reportBackends } from '../backends/report';
import { checkBackend, startBackend } from '../backends/startBackend';
import { preferThreads } from '../backends/tensorflow/load';
import { preferOperations, requireOperations } from '../backends/tensorflow/operations';
import { preferKernels } from '../backends/wasm/start';
import { choiceFrom } from '../environment';
import { describeLimit, threadLimit } from '../threads';
import { MachineError, UserError } from '../errors';
import type { BackendReport, Calibration } from '../vocabulary/backends';
import type { BackendChoice, KernelSet, OperationSet } from '../vocabulary/runEvents';
import type { BackendName } from '../vocabulary/runOptions';
import { calibrate, type CalibrationOptions, type Work } from './calibrate';

export interface ChooseOptions extends CalibrationOptions {
  work: Work;
  /** Reports the backends of this machine for `auto`. By default in this process, where native libraries may print. */
  report?: () => Promise<BackendReport[]>;
  /** The previous backend of this run. `auto` keeps this backend, so that the results stay bit-identical. */
  began?: BackendChoice | undefined;
}

/**
 * Chooses and starts a backend. `choice.reason` explains the choice. For a resumed run, `choice.reason` also warns if the results are
 * no longer bit-identical.
 */
export async function chooseBackend(requested: BackendName, options: ChooseOptions): Promise<Backend> {
  const { began } = options;
  const onTensorFlow = began?.name === 'tensorflow';
  preferThreads(onTensorFlow ? began.threads : undefined);
  preferOperations(onTensorFlow ? (began.operations ?? 'none') : undefined);
  preferKernels(began?.name === 'wasm' ? (began.kernels ?? 'simd') : undefined);
  const { name, reasons } = requested === 'auto' ? await chooseName(options) : { name: requested, reasons: [] };
  const backend = await startBackend(name);
  const { choice } = backend;
  const different = began ? differenceOf(began, choice) : undefined;
  const former =
    began?.mixed && !different
      ? 'Its result may not be bit-identical to that of an uninterrupted run, because its backend, kernels, operations or number of threads changed earlier.'
      : '';
  const mixed = different !== undefined || began?.mixed === true;
  const reason = [different, ...reasons, former, choice.reason].filter(Boolean).join(' ');
  const deterministic = choice.deterministic && !mixed;
  return { ...backend, choice: { ...choice, deterministic, reason, ...(mixed && { mixed }) } };
}

/**
 * Throws UserError if a run cannot begin with this backend. For `auto`, checks only that TensorFlow, if it is usable, has the operations that
 * WINNING_SIGN_OPERATIONS names: without them, `auto` fails instead of choosing another backend.
 * @param report checks the backends in another process, because a native library may crash
 */
export async function checkChoice(name: BackendName, report: () => Promise<BackendReport[]>): Promise<void> {
  if (name !== 'auto') return checkBackend(name);
  const wanted = choiceFrom('WINNING_SIGN_OPERATIONS');
  if (wanted === undefined || wanted === 'none') return;
  const reports = await report().catch((error: unknown) => {
    if (!(error instanceof MachineError)) throw error;
    return []; // a library crashed, so the run will use wasm
  });
  const tensorflow = reports.find((one) => one.name === 'tensorflow');
  if (tensorflow?.usable) requireOperations(tensorflow.device);
}

async function chooseName(options: ChooseOptions): Promise<{ name: BackendReport['name']; reasons: string[] }> {
  const { report = reportBackends } = options;
  const reports = await report().catch((error: unknown) => {
    if (!(error instanceof MachineError)) throw error;
    return error.message;
  });
  // A native library crashed while it was checked. The included backend needs none.
  if (typeof reports === 'string') return { name: 'wasm', reasons: [`${reports} This run uses wasm.`] };
  const tensorflow = reports.find(({ name }) => name === 'tensorflow');
  if (tensorflow?.usable) requireOperations(tensorflow.device); // no other backend replaces what the user wants
  const former = reports.find(({ name }) => name === options.began?.name);
  if (former?.usable) return { name: former.name, reasons: ['This run used this backend before.'] };
  const lost = former ? [`${former.name} cannot be used now: ${former.problem}`] : [];
  const candidates = reports.filter(isAutomatic);
  const [only, ...others] = candidates;
  if (!only) throw new UserError(`No backend can be used here: ${reports.map(({ problem }) => problem).join(' ')}`);
  if (others.length === 0) return { name: only.name, reasons: lost.length > 0 ? lost : offer(reports) };
  const calibration = await calibrate(options.work, candidates, options);
  const fastest = calibration.speeds.find(({ problem }) => problem === undefined);
  return { name: fastest?.name ?? 'wasm', reasons: [...lost, compared(calibration)] };
}

/** Returns how to get the kernels of a run back. */
function remedy(kernels: KernelSet): string {
  if (kernels.startsWith('simd'))
    return 'WINNING_SIGN_KERNELS chose the new ones, and this run keeps them from now on.';
  const fusing = kernels.includes('fused') ? 'with' : 'without';
  return `The former need a processor ${fusing} fused multiply-add, a Node.js with relaxed vector instructions, and no other choice by WINNING_SIGN_KERNELS. This run keeps the new ones from now on.`;
}

/** If a resume here makes the result differ from that of an uninterrupted run, returns the reason. Otherwise returns undefined. */
export function differenceOf(began: BackendChoice, choice: BackendChoice): string | undefined {
  const { name, threads, kernels, operations } = choice;
  const consequence = 'so its result may not be bit-identical to that of an uninterrupted run';
  if (name !== began.name) return `This run used ${began.name} before, ${consequence}.`;
  const before = began.kernels ?? 'simd';
  if (name === 'wasm' && kernels !== before)
    return `This run used the kernels “${before}” before and uses “${kernels}” now, ${consequence}. ${remedy(before)}`;
  if (name === 'tensorflow' && operations !== began.operations)
    return `This run used ${operationWords(began.operations)} before and uses ${operationWords(operations)} now, ${consequence}. WINNING_SIGN_OPERATIONS or what is installed on this machine chose them, and this run keeps them from now on.`;
  if (name === 'tensorflow' && choice.operationSources !== began.operationSources)
    return `This run used another version of Winning Sign's operations for TensorFlow before, ${consequence}.`;
  if (name !== 'tensorflow' || threads === began.threads) return undefined;
  const limit = threadLimit();
  const now = limit.threads === threads ? describeLimit(limit) : String(threads);
  return `This run had ${began.threads} threads before and has ${now} now. TensorFlow's sums depend on the number of threads, ${consequence}.`;
}

function operationWords(set: OperationSet | undefined): string {
  return set ? `Winning Sign's operations for TensorFlow (${set})` : 'only the operations of TensorFlow';
}

/** Returns for example “With this network tensorflow trains 790 examples a second, wasm 260.” */
export function compared({ speeds }: Pick<Calibration, 'speeds'>): string {
  const texts = speeds.map(({ name, examplesPerSecond, problem }, i) => {
    if (problem !== undefined) return `${name} failed (${problem})`;
    const speed = String(Number(examplesPerSecond.toPrecision(3)));
    return i === 0 ? `${name} trains ${speed} examples a second` : `${name} ${speed}`;
  });
  return `With this network ${texts.join(', ')}.`;
}

/** Suggests TensorFlow if only the included backend can be used. */
function offer(reports: readonly BackendReport[]): string[] {
  return reports
    .filter(({ name, usable }) => name === 'tensorflow' && !usable)
    .map(({ problem }) => `TensorFlow might be faster: ${problem}`);
}
