/** Checks whether a Vulkan driver is installed. If there is none, Dawn is not started, because Dawn would print its own errors. */
import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Folders in which the Vulkan loader looks for drivers on Linux (LoaderDriverInterface.md of the Vulkan loader). */
const NAMED = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'VK_ADD_DRIVER_FILES'];

/** Whether a driver is named by an environment variable or described in one of the folders of the loader. */
export function hasVulkanDriver(env: NodeJS.ProcessEnv = process.env, root = '/'): boolean {
  if (NAMED.some((name) => env[name])) return true;
  const home = env['HOME'] ?? os.homedir();
  const folders = [
    env['XDG_CONFIG_HOME'] ?? path.join(home, '.config'),
    env['XDG_DATA_HOME'] ?? path.join(home, '.local/share'),
    ...listed(env['XDG_CONFIG_DIRS'] ?? '/etc/xdg', root),
    ...listed(env['XDG_DATA_DIRS'] ?? '/usr/local/share:/usr/share', root),
    ...listed('/etc:/usr/local/etc', root),
  ];
  return folders.some((folder) => descriptions(path.join(folder, 'vulkan', 'icd.d')).length > 0);
}

function listed(folders: string, root: string): string[] {
  return folders
    .split(':')
    .filter(Boolean)
    .map((folder) => path.join(root, folder));
}

function descriptions(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return []; // most of these folders do not exist
  }
}
