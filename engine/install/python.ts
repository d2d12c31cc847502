/** Finds a Python interpreter and its TensorFlow, without importing TensorFlow. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import { ChildError, documentIn, runChild } from '../children';

/** Information that a Python interpreter reports about itself. */
export interface Python {
  path: string;
  version: string;
  /** Version of pip; empty if there is no pip. */
  pip: string;
  /** The TensorFlow of this interpreter: distribution, version and folder. */
  tensorflow?: { name: string; version: string; folder: string };
  /** Folders of NVIDIA's packages. */
  nvidia: string[];
}

/** The first version of TensorFlow whose wheel includes the C library and its headers. */
export const OLDEST_TENSORFLOW = '2.16';

const ASK = `
import json, sys
sys.path = [folder for folder in sys.path if folder]  # a folder “tensorflow” where we stand is not the package
from importlib import metadata, util
def version(name):
    try: return metadata.version(name)
    except Exception: return None
def folders(name):
    try: spec = util.find_spec(name)
    except Exception: spec = None
    return [str(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
names = ["tensorflow", "tensorflow-cpu", "tensorflow-macos", "tensorflow-cpu-aws", "tensorflow-rocm", "intel-tensorflow"]
found = [(name, version(name), folders("tensorflow")) for name in names if version(name)]
print(json.dumps({
    "path": sys.executable,
    "version": "%d.%d.%d" % sys.version_info[:3],
    "pip": version("pip") or "",
    "tensorflow": {"name": found[0][0], "version": found[0][1], "folder": found[0][2][0]} if found and found[0][2] else None,
    "nvidia": folders("nvidia"),
}))
`;

/** Finds the given Python, otherwise the one of the active virtual environment, otherwise python3. Throws UserError if there is none. */
export async function findPython(asked: string | undefined, signal?: AbortSignal): Promise<Python> {
  if (asked !== undefined) return askPython(asked, signal);
  const { VIRTUAL_ENV: environment } = process.env;
  const [folder, name] = process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python'];
  const inEnvironment = environment ? path.join(environment, folder, name) : '';
  const candidates = [...(existsSync(inEnvironment) ? [inEnvironment] : []), 'python3', 'python'];
  for (const candidate of candidates) {
    const python = await askPython(candidate, signal).catch((error: unknown) => {
      if (error instanceof UserError && error.cause instanceof ChildError) return undefined;
      throw error;
    });
    if (python) return python;
  }
  throw new UserError('No Python was found.', {
    advice: { terminal: 'Install Python 3, or set --python to the path of one.', window: 'Install Python 3.' },
  });
}

async function askPython(python: string, signal?: AbortSignal): Promise<Python> {
  try {
    const { stdout } = await runChild(python, ['-c', ASK], { signal });
    const { tensorflow, ...rest } = documentIn(stdout) as Python & { tensorflow: Python['tensorflow'] | null };
    return { ...rest, ...(tensorflow && { tensorflow }) };
  } catch (error) {
    if (!(error instanceof ChildError) && !(error instanceof SyntaxError)) throw error;
    const why = error instanceof ChildError && error.absent ? 'program not found' : error.message;
    throw new UserError(`--python ${python}: ${why}. Set --python to the path of a Python 3.`, { cause: error });
  }
}

/**
 * Returns the TensorFlow of this Python if its library can be used without a download. It must be new enough, include the library and
 * its headers, and support a GPU if `gpu`.
 */
export function usableInPlace({ tensorflow, nvidia }: Python, gpu: boolean): Python['tensorflow'] {
  if (!tensorflow || isOlder(tensorflow.version, OLDEST_TENSORFLOW)) return undefined;
  const whole = LIBRARIES.every((name) => existsSync(path.join(tensorflow.folder, name)));
  if (!whole || !existsSync(path.join(tensorflow.folder, 'include', 'tensorflow', 'c', 'c_api.h'))) return undefined;
  return gpu && (tensorflow.name === 'tensorflow-cpu' || nvidia.length === 0) ? undefined : tensorflow;
}

/** The two libraries of TensorFlow on this system. The first depends on the second. */
export const LIBRARIES =
  process.platform === 'darwin'
    ? ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib']
    : ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

function numbersIn(version: string): number[] {
  return version.split('.').map((part) => parseInt(part, 10) || 0);
}

/** Whether a version is older than another. Compares their leading numbers. */
export function isOlder(version: string, than: string): boolean {
  const [a, b] = [numbersIn(version), numbersIn(than)];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
