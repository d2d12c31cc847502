/** Makes an installation in a staging folder, which then replaces the previous installation. */
import { existsSync, rmSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { asMachineError } from '../errors';
import { makeFolder, renameOver } from '../files';

/** Makes an empty folder next to `home` for this process. Removes folders that ended processes left behind. */
export async function makeStaging(home: string): Promise<string> {
  const parent = path.dirname(home);
  try {
    await makeFolder(parent);
    await sweep(parent);
    const staging = path.join(parent, nameFor(home, 'new'));
    await mkdir(staging);
    return staging;
  } catch (error) {
    throw asMachineError(error, `${parent} cannot be written`);
  }
}

let nextNumber = 0;

/** Returns the name of a staging folder. The name contains host and process id, so that folders of running processes are not removed. */
function nameFor(home: string, what: string): string {
  return `.${path.basename(home)}.${what}.${os.hostname()}.${process.pid}-${nextNumber++}`;
}

async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const [, host, pid] = /^\..+?\.(?:new|old)\.(.+)\.(\d+)-\d+$/.exec(name) ?? [];
    if (pid !== undefined && host === os.hostname() && !isAlive(Number(pid)))
      await rm(path.join(parent, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Renames the new installation into place. If that fails, the previous one is restored. */
export async function place(staging: string, home: string): Promise<void> {
  const old = path.join(path.dirname(home), nameFor(home, 'old'));
  const before = existsSync(home);
  if (before) await renameOver(home, old);
  try {
    await renameOver(staging, home);
  } catch (error) {
    if (before) await renameOver(old, home);
    throw error;
  }
  if (before) await rm(old, { recursive: true, force: true });
}

/** Renames and then removes an installation. Returns false if there was none. */
export async function remove(home: string): Promise<boolean> {
  if (!existsSync(home)) return false;
  const old = path.join(path.dirname(home), nameFor(home, 'old'));
  await renameOver(home, old);
  await rm(old, { recursive: true, force: true });
  return true;
}

/** Runs `make` in a staging folder. Removes the folder afterwards, even if this process exits early. */
export async function inStaging<T>(home: string, make: (staging: string) => Promise<T>): Promise<T> {
  const staging = await makeStaging(home);
  const removeNow = () => {
    rmSync(staging, { recursive: true, force: true });
  };
  process.once('exit', removeNow);
  try {
    return await make(staging);
  } catch (error) {
    throw asMachineError(error, `${home} cannot be installed (the previous installation is unchanged)`);
  } finally {
    process.off('exit', removeNow);
    await rm(staging, { recursive: true, force: true });
  }
}
