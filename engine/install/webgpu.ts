/**
 * Installs Dawn (the npm package `webgpu`) for programs that have no npm packages next to them. Keeps only the library of this
 * platform.
 */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../errors';
import type { Download, InstallProgress } from '../vocabulary/installation';
import { backendHome } from '../home';
import { explainLoading } from '../backends/webgpu/load';
import { ChildError, runNode, throwIfCancelled } from '../children';
import { fetchPackage } from './sources';
import { inStaging, place, remove } from './staging';

/** The tested version, with its hash from npm. */
export const DAWN: Download = {
  name: 'webgpu',
  version: '0.6.2',
  url: 'npm',
  bytes: 51_264_151,
  hash: 'sha512-3L4GfmqJLvYUIEWJngEQY+2HQiUlAFkg8+P8NDDj3Xx5hHHIFO/r8JW+ynfqBj7kHN4mbnwO74uB+lrRtLhp4Q==',
};

export interface WebGpuOptions {
  download?: Download;
  signal?: AbortSignal;
  onProgress: (progress: InstallProgress) => void;
}

/**
 * Installs the package, checks that its library loads, and returns its folder. After a failure or cancellation, the previous
 * installation is unchanged.
 */
export async function installWebGpu({ download = DAWN, signal, onProgress }: WebGpuOptions): Promise<string> {
  const home = backendHome('webgpu');
  return inStaging(home, async (staging) => {
    const folder = path.join(staging, 'node_modules', 'webgpu');
    onProgress({ step: 'downloading', message: `Downloading ${download.name} ${download.version} from npm` });
    await fetchPackage(download, folder, signal);
    await keepOwnPlatform(path.join(folder, 'dist'));
    onProgress({ step: 'trying', message: 'Trying WebGPU' });
    await tryOut(folder, signal);
    throwIfCancelled(signal);
    await place(staging, home);
    return home;
  });
}

/** Removes the private installation. Returns its folder, or undefined if there was none. */
export async function uninstallWebGpu(): Promise<string | undefined> {
  const home = backendHome('webgpu');
  return (await remove(home)) ? home : undefined;
}

async function keepOwnPlatform(dist: string): Promise<void> {
  const own = [process.arch, 'universal'].map((arch) => `${process.platform}-${arch}`);
  for (const name of await readdir(dist)) if (!own.includes(name)) await rm(path.join(dist, name), { recursive: true });
}

/** Loads the library in a separate process: it may crash, and a loaded library keeps its file open. */
async function tryOut(folder: string, signal: AbortSignal | undefined): Promise<void> {
  const url = pathToFileURL(path.join(folder, 'index.js')).href;
  const args = ['--input-type=module', '--eval', `await import(${JSON.stringify(url)})`];
  await runNode(args, { signal }).catch((error: unknown) => {
    if (!(error instanceof ChildError)) throw error;
    const words = error.output.stderr.split('\n').find((line) => /error/i.test(line)) ?? error.lastLine;
    throw new UserError(`Nothing was installed: ${explainLoading(words)}`, { cause: error });
  });
}
