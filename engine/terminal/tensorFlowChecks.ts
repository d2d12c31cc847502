/** What TensorFlow misses on this machine, and the command that mends it. */
import { existsSync, readFileSync } from 'node:fs';
import { backendHome } from '../backends/home';
import { findCompiler } from '../install/addon';
import { findPython, isOlder, usableInPlace } from '../install/python';
import { requirePip } from '../install/wheels';
import { INSTALL, readInstalled, type InstalledTensorFlow } from '../backends/tensorflow/installed';
import { UserError } from '../errors';
import type { BackendReport, DoctorCheck } from '../vocabulary/backends';

/** The first driver for Linux that CUDA 12 runs on. */
const OLDEST_DRIVER = '525.60.13';
const DRIVER_FILE = '/proc/driver/nvidia/version';

/** Whether it could be installed where it is not, and what keeps it from a GPU. */
export async function tensorFlowChecks(report: BackendReport): Promise<DoctorCheck[]> {
  const gpu = gpuCheck(report, installedHere(), driverHere());
  const offered = !report.usable && !existsSync(backendHome('tensorflow'));
  return [...(offered ? [await installCheck()] : []), ...(gpu ? [gpu] : [])];
}

/** An offer, not a fault: ok whatever is missing. */
async function installCheck(): Promise<DoctorCheck> {
  const name = 'TensorFlow';
  try {
    if (process.platform === 'win32') return { name, ok: true, detail: 'cannot be installed on Windows; WSL can' };
    const compiler = await findCompiler();
    const python = await findPython(undefined);
    const own = usableInPlace(python, false);
    if (!own) requirePip(python);
    const source = own ? `its TensorFlow ${own.version}` : `pip ${python.pip}`;
    const detail = `can be installed with ${python.path} (${source}) and ${compiler}: “${INSTALL}”`;
    return { name, ok: true, detail };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { name, ok: true, detail: `could be installed once this is mended: ${error.message}` };
  }
}

/** What stands between TensorFlow and a GPU; undefined where there is neither a GPU nor a wish for one. */
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
    return { name, ok: true, detail: `driver ${driver}; to train on it with TensorFlow: “${INSTALL} --gpu”` };
  const detail = `driver ${driver}, but TensorFlow ${usable ? 'sees no GPU' : 'does not load'}`;
  const remedy = `Run “${INSTALL} --gpu” again; TF_CPP_MIN_LOG_LEVEL=0 lets TensorFlow say which library it misses.`;
  return { name, ok: false, detail, remedy };
}

/** A record that cannot be read is told by the backend's own check. */
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

/** Of what NVIDIA's kernel module says of itself; `0` where it says nothing known. */
export function driverVersion(text: string): string {
  return /Kernel Module.*?\s(\d+\.\d[\d.]*)\s/.exec(text)?.[1] ?? '0';
}
