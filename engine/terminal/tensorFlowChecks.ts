/** Checks of `doctor` about TensorFlow. A failed check names the missing part and the command that fixes it. */
import { existsSync, readFileSync } from 'node:fs';
import { backendHome } from '../home';
import { findCompiler } from '../install/addon';
import { findPython, isOlder, usableInPlace } from '../install/python';
import { requirePip } from '../install/wheels';
import { INSTALL, readInstalled, type InstalledTensorFlow } from '../backends/tensorflow/installed';
import { UserError } from '../errors';
import type { BackendReport, DoctorCheck } from '../vocabulary/backends';

/** Oldest Linux driver that CUDA 12 supports. */
const OLDEST_DRIVER = '525.60.13';
const DRIVER_FILE = '/proc/driver/nvidia/version';

/** Returns a check of whether a missing TensorFlow can be installed, and a check of why TensorFlow does not use a GPU. */
export async function tensorFlowChecks(report: BackendReport): Promise<DoctorCheck[]> {
  const gpu = gpuCheck(report, installedHere(), driverHere());
  const offered = !report.usable && !existsSync(backendHome('tensorflow'));
  return [...(offered ? [await installCheck()] : []), ...(gpu ? [gpu] : [])];
}

/** Checks whether TensorFlow can be installed. The check never fails, because TensorFlow is optional. */
async function installCheck(): Promise<DoctorCheck> {
  const name = 'TensorFlow';
  try {
    if (process.platform === 'win32')
      return { name, ok: true, optional: true, detail: 'cannot be installed on Windows; use WSL' };
    const compiler = await findCompiler();
    const python = await findPython(undefined);
    const own = usableInPlace(python, false);
    if (!own) requirePip(python);
    const source = own ? `its TensorFlow ${own.version}` : `pip ${python.pip}`;
    const detail = `can be installed with ${python.path} (${source}) and ${compiler}: “${INSTALL}”`;
    return { name, ok: true, optional: true, detail };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { name, ok: true, optional: true, detail: `cannot be installed yet: ${error.message}` };
  }
}

/** Checks why TensorFlow does not use a GPU. Returns undefined if there is no GPU and TensorFlow was not installed for a GPU. */
export function gpuCheck(
  { usable, device }: Pick<BackendReport, 'usable' | 'device'>,
  installed: Pick<InstalledTensorFlow, 'gpu'> | undefined,
  driver: string | undefined,
): DoctorCheck | undefined {
  const name = 'NVIDIA GPU';
  if (driver === undefined) {
    if (!installed?.gpu || device === 'GPU') return undefined;
    const remedy = `Install NVIDIA's driver (${OLDEST_DRIVER} or newer), or run “${INSTALL}” for the CPU.`;
    return { name, ok: false, detail: 'TensorFlow was installed for a GPU, but no driver is loaded', remedy };
  }
  if (isOlder(driver, OLDEST_DRIVER)) {
    const remedy = `Update NVIDIA's driver to ${OLDEST_DRIVER} or newer; CUDA 12 needs it.`;
    return { name, ok: false, detail: `driver ${driver} is too old`, remedy };
  }
  if (device === 'GPU') return { name, ok: true, detail: `driver ${driver}, used by TensorFlow` };
  if (!installed?.gpu)
    return {
      name,
      ok: true,
      detail: `driver ${driver}. To train on this GPU with TensorFlow, run “${INSTALL} --gpu”.`,
    };
  const detail = `driver ${driver}, but TensorFlow ${usable ? 'sees no GPU' : 'does not load'}`;
  const remedy = `Run “${INSTALL} --gpu” again. With TF_CPP_MIN_LOG_LEVEL=0, TensorFlow prints which library is missing.`;
  return { name, ok: false, detail, remedy };
}

/**
 * Returns the record of the private installation. Returns undefined if it cannot be read, because the check of the backend reports that.
 */
function installedHere(): InstalledTensorFlow | undefined {
  try {
    return readInstalled();
  } catch {
    return undefined;
  }
}

function driverHere(): string | undefined {
  if (!existsSync(DRIVER_FILE)) return undefined;
  return driverVersion(readFileSync(DRIVER_FILE, 'utf8'));
}

/** Returns the version in the text of NVIDIA's kernel module, or `0` if the format of the text is unknown. */
export function driverVersion(text: string): string {
  return /Kernel Module.*?\s(\d+\.\d[\d.]*)\s/.exec(text)?.[1] ?? '0';
}
