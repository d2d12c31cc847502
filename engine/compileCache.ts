/** Keeps the compiled code of the programs, so that they start faster: about a third of the time of a short command is compilation. */
import { existsSync, mkdirSync } from 'node:fs';
import module from 'node:module';
import path from 'node:path';
import { compileCacheFolder } from './home';

/** Node.js has this function from version 22.1 on. */
interface WithCache {
  enableCompileCache?: (folder: string) => { status: number };
}

/**
 * Loads a program that is next to this one, with the compiled code that its last start has left. Without such code, or if it is out of date or
 * cannot be written, Node.js compiles the program.
 */
export function loadProgram(name: string): void {
  const { enableCompileCache } = module as WithCache;
  const folder = compileCacheFolder();
  if (enableCompileCache && madeFolder(folder)) enableCompileCache(folder);
  module.createRequire(__filename)(`./${name}`);
}

/**
 * Makes a folder, and returns whether it exists. Node.js would make it too, but tries for ever where the system says that the parent of a new folder
 * is missing though it exists, as in /proc.
 */
function madeFolder(folder: string): boolean {
  if (existsSync(folder)) return true;
  if (path.dirname(folder) === folder || !madeFolder(path.dirname(folder))) return false;
  try {
    mkdirSync(folder);
  } catch {
    return existsSync(folder); // another process may have made it
  }
  return true;
}
