/** Starts a process that resumes a run on wasm, to see which kernels it uses. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { KernelSet } from '../../../engine/vocabulary/runEvents';

/** Returns the kernels of a run that began with `began` (without a note if empty) and resumes in a process with these variables. */
export async function resumed(
  began: KernelSet | '',
  env: Record<string, string> = {},
): Promise<{ kernels: KernelSet; mixed?: boolean }> {
  const command = [path.join(__dirname, 'resumedKernels.js'), began];
  const { stdout } = await promisify(execFile)(process.execPath, command, { env: { ...process.env, ...env } });
  return JSON.parse(stdout) as { kernels: KernelSet; mixed?: boolean };
}
