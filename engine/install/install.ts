/**
 * Installs TensorFlow in a private folder: the C library from a Python wheel, and tfjs-node compiled against that library. `plan`
 * downloads nothing. `install` carries out a plan in a staging folder and tests the result there. Only then the staging folder
 * replaces the old installation.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { command } from '../commands';
import { UserError } from '../errors';
import type { Download, InstallPlan, InstallProgress } from '../vocabulary/installation';
import { executableSets } from '../backends/tensorflow/instructions';
import {
  places,
  readInstalled,
  SHARED_TFJS,
  tensorFlowHome,
  type BuiltOperations,
  type InstalledTensorFlow,
} from '../backends/tensorflow/installed';
import { compileAddon, findCompiler } from './addon';
import { compileOperations } from './operations';
import { throwIfCancelled } from '../children';
import { findPython, usableInPlace, type Python } from './python';
import { copyPackage, fetchPackage, findTfjsNode, NODE_HEADERS, requireNpm, TFJS_NODE } from './sources';
import { inStaging, place, remove } from './staging';
import { tryInstallation, tryOperations, type TrialOptions } from './trial';
import { askPip, canLook, fetchWheels, requirement, requirePip, unpackWheels, type Wanted } from './wheels';

export interface PlanOptions extends Wanted {
  /** Path or name of a Python interpreter. */
  python?: string;
}

/** Plans an installation without changing anything. If a program is missing, throws UserError with its name and how to install it. */
export async function planTensorFlow(options: PlanOptions, signal?: AbortSignal): Promise<InstallPlan> {
  if (process.platform === 'win32')
    throw new UserError('TensorFlow for Windows does not include its C library. Use webgpu, wasm or WSL.');
  if (options.gpu && process.platform !== 'linux')
    throw new UserError('--gpu: CUDA is only supported on Linux. Leave out --gpu.');
  const compiler = await findCompiler(signal);
  await requireNpm(signal);
  const python = await findPython(options.python, signal);
  const found = usableInPlace(python, options.gpu);
  const own = [undefined, found?.version].includes(options.version) ? found : undefined;
  const wheels = own ? [] : await planWheels(python, options, signal);
  const tfjsNode = findTfjsNode();
  const { path: executable, version, pip } = python;
  return {
    home: tensorFlowHome(),
    gpu: options.gpu,
    python: { path: executable, version, pip },
    tensorflow: own
      ? { version: own.version, inPlace: own.folder, ...(options.gpu && { nvidia: python.nvidia }) }
      : { version: wheels[0]!.version },
    downloads: [...wheels, ...(tfjsNode ? [] : [TFJS_NODE]), NODE_HEADERS],
    ...(tfjsNode && { tfjsNode }),
    compiler,
    replaces: installedVersion(),
  };
}

/** An installation whose record cannot be read is replaced like any other. */
function installedVersion(): string | undefined {
  try {
    return readInstalled()?.version;
  } catch {
    return 'a broken installation';
  }
}

async function planWheels(python: Python, wanted: Wanted, signal?: AbortSignal): Promise<Download[]> {
  requirePip(python);
  if (canLook(python)) return askPip(python, wanted, signal);
  return [{ name: requirement(wanted), version: wanted.version ?? '', url: 'pip', hash: '' }];
}

export interface InstallOptions extends TrialOptions {
  onProgress: (progress: InstallProgress) => void;
}

/** Carries out a plan. Replaces the previous installation only after the new one works, so a failure or cancellation changes nothing. */
export async function installTensorFlow(plan: InstallPlan, options: InstallOptions): Promise<InstalledTensorFlow> {
  const { signal, onProgress } = options;
  return inStaging(plan.home, async (staging) => {
    const [tfjsNode, headers] = [places.tfjsNode(staging), path.join(staging, 'headers')];
    await sources(plan, { tfjsNode, headers }, signal); // these downloads are small, so they come first
    const wheels = await libraries(plan, staging, options);
    onProgress({ step: 'compiling', message: `Compiling tfjs-node's addon with ${plan.compiler}` });
    const linked = { ...plan, ...linking(plan, staging), headers };
    await compileAddon({ ...linked, tfjsNode, addon: places.addon(staging) }, signal);
    onProgress({ step: 'compiling', message: "Compiling Winning Sign's operations" });
    const compiled = await compileOperations(linked, staging, signal);
    await rm(headers, { recursive: true });
    await rm(path.join(tfjsNode, 'binding'), { recursive: true });
    await rm(path.join(places.libraries(staging), 'tensorflow', 'include'), { recursive: true, force: true });
    await writeBridge(staging);
    onProgress({ step: 'trying', message: 'Trying TensorFlow' });
    const { version, device } = await tryInstallation(staging, options);
    const operations = await tryOperations(staging, compiled, options);
    for (const message of problemsOf(operations)) onProgress({ step: 'trying', message });
    if (plan.gpu && device !== 'GPU')
      onProgress({ step: 'trying', message: `TensorFlow finds no GPU. Run “${command('doctor')}” to see why.` });
    const record = recordOf(plan, { version, wheels, operations });
    await writeFile(places.record(staging), `${JSON.stringify(record, undefined, 2)}\n`);
    throwIfCancelled(signal);
    onProgress({ step: 'placing', message: `Moving TensorFlow ${version} to ${plan.home}` });
    await place(staging, plan.home);
    return record;
  });
}

/** Removes the private installation. Returns its folder, or undefined if there was none. */
export async function uninstallTensorFlow(): Promise<string | undefined> {
  const home = tensorFlowHome();
  return (await remove(home)) ? home : undefined;
}

/** Downloads and unpacks TensorFlow's libraries, unless the plan uses those of Python. Returns the downloads. */
async function libraries(plan: InstallPlan, staging: string, options: InstallOptions): Promise<Download[]> {
  if (plan.tensorflow.inPlace !== undefined) return [];
  const { signal, onProgress } = options;
  const python: Python = { ...plan.python, nvidia: [] };
  const planned = plan.downloads.filter(({ url }) => url !== 'npm');
  const folder = path.join(staging, 'wheels');
  const known = planned.every(({ hash }) => hash !== '');
  if (!known)
    onProgress({ step: 'downloading', message: 'Asking pip which files it would download, and for their hashes' });
  const wheels = known
    ? planned
    : await askPip(python, { gpu: plan.gpu, version: plan.tensorflow.version || undefined }, signal);
  await fetchWheels(python, { downloads: wheels, folder, signal, onProgress });
  onProgress({ step: 'unpacking', message: 'Unpacking the libraries' });
  await unpackWheels(folder, places.libraries(staging), signal);
  return wheels;
}

async function sources(
  plan: InstallPlan,
  to: { tfjsNode: string; headers: string },
  signal: AbortSignal | undefined,
): Promise<void> {
  if (plan.tfjsNode !== undefined) await copyPackage(plan.tfjsNode, to.tfjsNode);
  for (const download of plan.downloads) {
    if (download.name === TFJS_NODE.name) await fetchPackage(download, to.tfjsNode, signal);
    if (download.name === NODE_HEADERS.name) await fetchPackage(download, to.headers, signal);
  }
}

/** Returns where TensorFlow's folder is: one path for the compiler and one for the loader. */
function linking(plan: InstallPlan, staging: string) {
  const { inPlace, nvidia } = plan.tensorflow;
  if (inPlace !== undefined) {
    const [folder] = nvidia ?? [];
    const packages = plan.gpu && folder !== undefined ? { folder, runPath: folder } : undefined;
    return { tensorflow: inPlace, runPath: inPlace, nvidia: packages };
  }
  const beside = `${process.platform === 'darwin' ? '@loader_path' : '$ORIGIN'}/libraries`;
  return {
    tensorflow: path.join(places.libraries(staging), 'tensorflow'),
    runPath: `${beside}/tensorflow`,
    nvidia: plan.gpu
      ? { folder: path.join(places.libraries(staging), 'nvidia'), runPath: `${beside}/nvidia` }
      : undefined,
  };
}

/**
 * tfjs-node requires the whole tfjs package, but its kernels need only tfjs-core. They must get the tfjs-core of the engine. Protocol
 * buffers are omitted, because only loading saved models needs them.
 */
async function writeBridge(staging: string): Promise<void> {
  await writeFile(path.join(places.tfjsNode(staging), 'dist', 'proto', 'api_pb.js'), '');
  for (const [name, folder] of Object.entries(places.bridges(staging))) {
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, 'package.json'), `{ "name": "${name}", "main": "index.js" }\n`);
    await writeFile(path.join(folder, 'index.js'), `module.exports = globalThis[Symbol.for('${SHARED_TFJS}')];\n`);
  }
}

/** Returns the problems with the operations, and after them those that this machine uses. */
function problemsOf({ sets, problems = [] }: BuiltOperations): string[] {
  if (problems.length === 0) return [];
  const used = executableSets().find((set) => sets.includes(set));
  const whose = used === undefined ? "TensorFlow's own operations" : `Winning Sign's operations for ${used}`;
  return [...problems, `${whose} are used instead.`];
}

function recordOf(
  plan: InstallPlan,
  { version, wheels, operations }: { version: string; wheels: readonly Download[]; operations: BuiltOperations },
): InstalledTensorFlow {
  return {
    version,
    gpu: plan.gpu,
    python: plan.python.path,
    ...(plan.tensorflow.inPlace !== undefined && { inPlace: plan.tensorflow.inPlace }),
    downloads: [...wheels, ...plan.downloads.filter(({ url }) => url === 'npm')],
    tfjsNode: TFJS_NODE.version,
    compiler: plan.compiler,
    operations,
    platform: `${process.platform}-${process.arch}`,
    at: new Date().toISOString(),
  };
}
