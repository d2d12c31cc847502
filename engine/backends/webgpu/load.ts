/**
 * Finds and loads Dawn, the implementation of WebGPU in the npm package `webgpu`. It is native and optional. If it is missing,
 * `problem` says why.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { command } from '../../commands';
import { backendHome } from '../../home';

/** The part of the package that is used here. */
export interface Dawn {
  create(options: string[]): GPU;
  /** The constructors and constants that a browser has as globals. */
  globals: object;
}

export type Loaded = { dawn: Dawn; version: string; problem: '' } | { dawn: undefined; problem: string };

/** The command that makes or repairs the private installation. */
export const INSTALL_WEBGPU = command('backends', 'install', 'webgpu');

/** Loads the package at the first call. */
export function loadDawn(): Promise<Loaded> {
  return (loaded ??= load());
}

let loaded: Promise<Loaded> | undefined;

async function load(): Promise<Loaded> {
  const manifest = findManifest();
  if (!manifest)
    return { dawn: undefined, problem: `the npm package webgpu is not installed. Run “${INSTALL_WEBGPU}”.` };
  try {
    const { version, main } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string; main: string };
    const dawn = (await import(pathToFileURL(path.join(path.dirname(manifest), main)).href)) as Dawn;
    return { dawn, version, problem: '' };
  } catch (error) {
    return { dawn: undefined, problem: explainLoading((error as Error).message) };
  }
}

/** Returns the package that is installed for this user, or if there is none, the package next to the program. */
function findManifest(): string | undefined {
  for (const from of [path.join(backendHome('webgpu'), 'index.js'), __filename])
    try {
      return createRequire(from).resolve('webgpu/package.json');
    } catch {
      // not there
    }
  return undefined;
}

/** Explains why the native library does not load, and what the user can do. */
export function explainLoading(message: string): string {
  const platform = `${process.platform}-${process.arch}`;
  if (/GLIBC(XX)?_[\d.]+' not found/.test(message))
    return 'the npm package webgpu needs the C libraries of Debian 12 or Ubuntu 22.04 (glibc 2.34) or newer. Use a newer system or another backend.';
  if (message.includes('Cannot find module') && message.includes('dawn.node'))
    return `the npm package webgpu has no library for ${platform}. Use another backend.`;
  return `the npm package webgpu does not load (${message.split('\n')[0]!.trim()}). Run “${INSTALL_WEBGPU}” again.`;
}
