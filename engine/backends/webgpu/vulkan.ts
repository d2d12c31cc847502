/** Whether a Vulkan driver is installed. Dawn is not asked where there is none: it would write its own complaints. */
import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Where Vulkan's loader looks for drivers on Linux (LoaderDriverInterface.md of the Vulkan loader). */
const NAMED = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES', 'VK_ADD_DRIVER_FILES'];

/** True where a driver is named by the environment or has its description in one of the loader's folders. */
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
    return []; // most of them are not there
  }
}
